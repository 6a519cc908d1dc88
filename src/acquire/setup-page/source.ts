import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, FetchedFile, LogFile, LogSource } from '../../model/ports.ts';
import type { Window } from '../../model/window.ts';
import { AuditError } from '../../support/errors.ts';
import type { Logger } from '../../support/logger.ts';
import type { LazySession } from '../lazy-session.ts';
import { safeText } from '../safe-text.ts';
import type { Session } from '../session.ts';
import { writeSpoolFile } from '../spool-file.ts';
import { type BrowserContextParts, launchBrowser, type RunningBrowser, withBrowser } from './browser.ts';
import { EmailLogPage } from './email-log-page.ts';
import type { SetupPageOptions } from './options.ts';
import { readPageClock } from './page-clock.ts';
import { ReceivedLog } from './received-log.ts';
import { meaningOf, type RequestRow, rowsOf } from './request-table.ts';
import { type LogRequest, planRequests, range, requestKey } from './requests.ts';

export interface SetupPageContext extends BrowserContextParts {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One request of this run, and how far it is. */
interface Planned {
  readonly request: LogRequest;
  readonly file: LogFile;
  isSubmitted: boolean;
  failure: AuditError | undefined;
}

/**
 * Requests Email Logs in Setup > Email Log Files with a real browser. Experimental: it was never seen against a real org.
 * `find` opens the page, reads its table and plans; only `fetch` requests, so that a look at the source changes nothing.
 * Whatever is not as the settings say is an AuditError; it never takes a page it does not understand for "no rows".
 */
export function createSetupPageSource(
  options: SetupPageOptions & {
    readonly maxFileBytes: number;
    /** Looks at the page and says what it would request, but requests and finds nothing. */
    readonly dry: boolean;
  },
  session: LazySession,
  context: SetupPageContext,
  launch: typeof launchBrowser = launchBrowser,
): LogSource {
  let running: RunningBrowser | undefined;
  let page: EmailLogPage | undefined;
  let planned: Planned[] = [];

  async function openPage(org: Session, signal: AbortSignal): Promise<EmailLogPage> {
    if (page !== undefined) return page;
    running ??= await launch(options, context);
    // Ends whatever the browser is doing: its calls know no signals.
    signal.addEventListener('abort', () => void running?.close(), { once: true });
    page = await EmailLogPage.open(running.browser, org, { options, logger: context.logger, signal });
    return page;
  }

  async function find(window: Window, signal: AbortSignal): Promise<LogFile[]> {
    const org = await session.signedIn(signal);
    const clock = await readPageClock(org, options, signal);
    const rows = await (await openPage(org, signal)).readRequests(signal);
    const now = context.clock.now();
    const taken = new Set(rows.map(({ start, end }) => requestKey(start, end)));
    planned = planRequests(window, now, { limits: options, clock, taken }).map((request) => ({
      request,
      file: toLogFile(request, now),
      isSubmitted: false,
      failure: undefined,
    }));
    if (!options.dry) return planned.map(({ file }) => file);
    for (const { file } of planned)
      context.logger.info('a run that is not dry would request a log', { log: file.name });
    return [];
  }

  async function fetchFile(file: LogFile, folder: string, signal: AbortSignal): Promise<FetchedFile> {
    const wanted = planned.find((candidate) => candidate.file.id === file.id);
    if (wanted === undefined || page === undefined) {
      throw new AuditError(`fetching ${file.name}: this source did not find it before`);
    }
    const row = await completeRow(page, wanted, signal);
    const path = join(folder, `${createHash('sha256').update(file.id).digest('hex').slice(0, 24)}.log`);
    await save(page, row, { name: file.name, path }, signal);
    context.logger.info('requested log downloaded', { log: file.name });
    return { file, path };
  }

  /** Waits until the request is complete; meanwhile it hands in what there is room for. */
  async function completeRow(shown: EmailLogPage, wanted: Planned, signal: AbortSignal): Promise<RequestRow> {
    const endsAt = performance.now() + options.completionTimeoutMs;
    for (;;) {
      let rows = await shown.readRequests(signal);
      if (await submitDue(shown, rows, signal)) rows = await shown.readRequests(signal);
      if (wanted.failure !== undefined) throw wanted.failure;
      const row = wanted.isSubmitted ? completeRowIn(rows, wanted) : undefined;
      if (row !== undefined) return row;
      if (performance.now() + options.pollMs > endsAt) throw notComplete(wanted);
      await sleep(options.pollMs, undefined, { signal });
    }
  }

  /** Salesforce works on few requests at once, whoever made them. Resolves to whether any was handed in. */
  async function submitDue(shown: EmailLogPage, rows: readonly RequestRow[], signal: AbortSignal): Promise<boolean> {
    const before = planned.filter(({ isSubmitted }) => isSubmitted).length;
    let open = rows.filter(({ status }) => meaningOf(status, options) === 'pending').length;
    for (const due of planned) {
      if (due.isSubmitted || due.failure !== undefined || open >= options.maxOpenRequests) continue;
      try {
        await shown.request(due.request, signal);
        due.isSubmitted = true;
        open += 1;
        context.logger.info('log requested', { log: due.file.name });
      } catch (error) {
        if (!(error instanceof AuditError) || signal.aborted) throw error;
        // Named when its file is asked for; the others take their way.
        due.failure = error;
      }
      await shown.reload(signal);
    }
    return planned.filter(({ isSubmitted }) => isSubmitted).length > before;
  }

  function completeRowIn(rows: readonly RequestRow[], { request, file }: Planned): RequestRow | undefined {
    const [row, ...others] = rowsOf(rows, request);
    if (row === undefined || others.length > 0) {
      throw new AuditError(
        `waiting for ${file.name}: the page lists ${row === undefined ? 'no request' : 'several requests'} of these times, expected one`,
        { remedy: 'Leave Setup > Email Log Files alone while a run is under way; run again.' },
      );
    }
    const meaning = meaningOf(row.status, options);
    if (meaning === 'complete') return row;
    if (meaning === 'pending') return undefined;
    const status = safeText(row.status);
    throw meaning === 'failed'
      ? new AuditError(`waiting for ${file.name}: Salesforce says "${status}"`, {
          remedy: 'Run again; if it stays so, request the log by hand on Setup > Email Log Files.',
        })
      : new AuditError(`waiting for ${file.name}: its status is "${status}", which no setting lists`, {
          remedy:
            'Add it to source.setupPage.pendingStatuses, completeStatuses or failedStatuses, whichever it means ' +
            '(experimental: the words were never seen in a real org).',
        });
  }

  function notComplete({ file, isSubmitted }: Planned): AuditError {
    const waited = `within ${options.completionTimeoutMs} ms (source.setupPage.completionTimeoutMs)`;
    return isSubmitted
      ? new AuditError(`waiting for ${file.name}: it was requested, but not complete ${waited}`, {
          remedy: 'Salesforce promises half an hour. Raise the limit, or look at Setup > Email Log Files.',
        })
      : new AuditError(
          `waiting for ${file.name}: ${options.maxOpenRequests} other requests were pending, and did not end ${waited}`,
          { remedy: 'Look at the pending requests on Setup > Email Log Files, or raise the limit.' },
        );
  }

  async function save(
    shown: EmailLogPage,
    row: RequestRow,
    to: { readonly name: string; readonly path: string },
    signal: AbortSignal,
  ): Promise<void> {
    const download = await shown.download(row, signal);
    const limit = setTimeout(() => void download.cancel().catch(() => undefined), options.downloadTimeoutMs);
    try {
      await withBrowser(`downloading ${to.name}`, signal, async () => {
        const received = new ReceivedLog(to.name, options.maxFileBytes);
        // Resolves when the whole file is there; a download that was cut rejects.
        const stream = await download.createReadStream();
        await writeSpoolFile(to.path, received.pass(stream), () => received.refuseOther());
      });
    } finally {
      clearTimeout(limit);
      await download.delete().catch(() => undefined);
    }
  }

  return {
    type: 'setup-page',
    description:
      'Setup > Email Log Files in a browser (source setup-page, experimental: never seen against a real org)' +
      (options.dry ? '; a dry run requests no log, so it has nothing to judge' : ''),
    find,
    fetch: fetchFile,
    close: async () => {
      await running?.close();
      running = undefined;
      page = undefined;
      await session.close();
    },
  };
}

/** No log tells of mail that was sent after it was requested, and it is requested after this. */
function toLogFile(request: LogRequest, now: Date): LogFile {
  const name = `Email Log of ${range(request)}`;
  return { id: name, name, createdAt: now, sizeBytes: undefined, period: { from: request.from, to: request.to } };
}
