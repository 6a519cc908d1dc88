import type { LazySession } from '../lazy-session.ts';
import { safeText } from '../safe-text.ts';
import { launchBrowser } from './browser.ts';
import { EmailLogPage } from './email-log-page.ts';
import { byRoles, placeOf } from './frames.ts';
import type { LabelSetting, SetupPageOptions } from './options.ts';
import { pageTime } from './local-time.ts';
import { readPageClock } from './page-clock.ts';
import { COLUMN_SETTINGS, type ColumnSetting, meaningOf, type RequestRow, type RequestTable } from './request-table.ts';
import type { SetupPageContext } from './source.ts';

/** What became of the labels of one setting. */
interface LabelFinding {
  /** `source.setupPage.startField` */
  readonly setting: string;
  /** The labels that were looked for. */
  readonly labels: readonly string[];
  /**
   * `missing`: it has to be there and is not. `unknown`: it could not be looked for; `reason` says why. `unused`: the
   * setting is an empty list.
   */
  readonly status: 'found' | 'missing' | 'unknown' | 'unused';
  /** The label that was found and where: host and path of its frame. */
  readonly found?: { readonly label: string; readonly place: string };
  readonly reason?: string;
}

/** What the browser saw on Setup > Email Log Files. Experimental. */
export interface SetupPageCalibration {
  /** Host and path the browser ended at. */
  readonly place: string;
  readonly timeZone: string;
  /** The present time as the form would be filled in. */
  readonly exampleTime: string;
  readonly findings: readonly LabelFinding[];
  /** What the table lists, as it writes it, from top to bottom. */
  readonly requests: readonly Pick<RequestRow, 'start' | 'end' | 'status'>[];
  /** Statuses in the table that no setting lists; a run would stop at them. */
  readonly unlistedStatuses: readonly string[];
  /** True where nothing is missing and no status is unlisted. */
  readonly isUsable: boolean;
}

/**
 * Opens the page and looks for every label of the settings; it opens the form, but requests nothing.
 * @throws AuditError where the org, the browser or the page cannot be reached at all
 */
export async function calibrateSetupPage(
  options: SetupPageOptions,
  session: Pick<LazySession, 'signedIn'>,
  context: SetupPageContext,
  signal: AbortSignal,
  launch: typeof launchBrowser = launchBrowser,
): Promise<SetupPageCalibration> {
  const org = await session.signedIn(signal);
  const clock = await readPageClock(org, options, signal);
  const running = await launch(options, context);
  const end = () => void running.close();
  signal.addEventListener('abort', end, { once: true });
  try {
    const page = await EmailLogPage.open(running.browser, org, { options, logger: context.logger, signal });
    const seen = new Map<ColumnSetting, string>();
    const table = await page.findTable(signal, seen);
    const findings = [
      ...columnFindings(options, table, seen, table === undefined && (await page.saysNoRequests())),
      await linkFinding(options, table),
      ...(await formFindings(options, page, signal)),
    ];
    const unlistedStatuses = unlisted(table, options);
    return {
      place: page.place,
      timeZone: clock.timeZone,
      exampleTime: pageTime(context.clock.now(), clock),
      findings,
      requests: (table?.rows ?? []).map(({ start, end, status }) => ({
        start: safeText(start),
        end: safeText(end),
        status: safeText(status),
      })),
      unlistedStatuses,
      isUsable: unlistedStatuses.length === 0 && !findings.some(({ status }) => status === 'missing'),
    };
  } finally {
    signal.removeEventListener('abort', end);
    await running.close();
  }
}

function columnFindings(
  options: SetupPageOptions,
  table: RequestTable | undefined,
  seen: ReadonlyMap<ColumnSetting, string>,
  isEmpty: boolean,
): LabelFinding[] {
  return COLUMN_SETTINGS.map((setting) => {
    const label = seen.get(setting);
    if (table !== undefined)
      return found(setting, options, { label: table.columns[setting], place: placeOf(table.frame) });
    if (isEmpty) return unknown(setting, options, 'the page says that nothing was requested yet');
    return label === undefined
      ? missing(setting, options)
      : unknown(setting, options, `"${label}" stands on the page, but in no row with the other columns`);
  });
}

async function linkFinding(options: SetupPageOptions, table: RequestTable | undefined): Promise<LabelFinding> {
  const row = table?.rows.find(({ status }) => meaningOf(status, options) === 'complete');
  if (table === undefined || row === undefined)
    return unknown('downloadLink', options, 'the table lists no complete log');
  for (const label of options.downloadLink) {
    const count = await byRoles(row.locator, options.linkRoles, label).count();
    if (count > 0) return found('downloadLink', options, { label, place: placeOf(table.frame) });
  }
  return missing('downloadLink', options);
}

/** Opens the form to look for its fields; it is not handed in. */
async function formFindings(
  options: SetupPageOptions,
  page: EmailLogPage,
  signal: AbortSignal,
): Promise<LabelFinding[]> {
  const fields = ['startField', 'endField', 'submitButton'] as const;
  if (options.requestButton.length === 0) {
    return [
      finding('requestButton', options, { status: 'unused' }),
      ...(await lookForAll(fields, options, page, signal)),
    ];
  }
  const button = await lookForOne('requestButton', options, page, signal);
  if (button.status === 'missing') {
    return [button, ...fields.map((setting) => unknown(setting, options, 'the form could not be opened'))];
  }
  await page.openForm(signal);
  return [button, ...(await lookForAll(fields, options, page, signal))];
}

async function lookForAll(
  settings: readonly LabelSetting[],
  options: SetupPageOptions,
  page: EmailLogPage,
  signal: AbortSignal,
): Promise<LabelFinding[]> {
  const findings: LabelFinding[] = [];
  for (const setting of settings) findings.push(await lookForOne(setting, options, page, signal));
  return findings;
}

async function lookForOne(
  setting: LabelSetting,
  options: SetupPageOptions,
  page: EmailLogPage,
  signal: AbortSignal,
): Promise<LabelFinding> {
  const seen = await page.find(setting, signal);
  if (seen === undefined) return missing(setting, options);
  return found(setting, options, { label: seen.label, place: placeOf(seen.frame) });
}

function unlisted(table: RequestTable | undefined, options: SetupPageOptions): string[] {
  const statuses = table?.rows.map(({ status }) => status) ?? [];
  return [...new Set(statuses)].filter((status) => meaningOf(status, options) === undefined).map(safeText);
}

function found(setting: LabelSetting, options: SetupPageOptions, what: { label: string; place: string }): LabelFinding {
  return finding(setting, options, { status: 'found', found: what });
}

function missing(setting: LabelSetting, options: SetupPageOptions): LabelFinding {
  return finding(setting, options, { status: 'missing' });
}

function unknown(setting: LabelSetting, options: SetupPageOptions, reason: string): LabelFinding {
  return finding(setting, options, { status: 'unknown', reason });
}

function finding(
  setting: LabelSetting,
  options: SetupPageOptions,
  facts: Pick<LabelFinding, 'status' | 'found' | 'reason'>,
): LabelFinding {
  return { setting: `source.setupPage.${setting}`, labels: options[setting], ...facts };
}
