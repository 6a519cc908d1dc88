import type { Browser, Download, Frame, Page } from 'playwright-core';
import { AuditError } from '../../support/errors.ts';
import type { Logger } from '../../support/logger.ts';
import { safeText } from '../safe-text.ts';
import type { Session } from '../session.ts';
import { withBrowser } from './browser.ts';
import { byRoles, findByName, findField, type Found, lookFor, placeOf } from './frames.ts';
import { labelsNotFound } from './missing-label.ts';
import type { LabelSetting, SetupPageOptions } from './options.ts';
import { takePicture } from './picture.ts';
import {
  COLUMN_SETTINGS,
  type ColumnSetting,
  readTable,
  type RequestRow,
  type RequestTable,
  rowsOf,
} from './request-table.ts';
import type { LogRequest } from './requests.ts';
import { comparable, labelPattern } from './text.ts';

const NEEDS_WEB =
  'The app needs the scope "Manage user data via Web browsers (web)", and the user must not have "API Only User".';

/** Setup > Email Log Files in a browser. Experimental: every label is looked for, none is taken for granted. */
export class EmailLogPage {
  readonly #page: Page;
  readonly #org: Pick<Session, 'frontdoorUrl' | 'host'>;
  readonly #options: SetupPageOptions;
  readonly #logger: Logger;
  #origin = '';

  private constructor(
    page: Page,
    org: Pick<Session, 'frontdoorUrl' | 'host'>,
    options: SetupPageOptions,
    logger: Logger,
  ) {
    this.#page = page;
    this.#org = org;
    this.#options = options;
    this.#logger = logger;
  }

  /** Opens a window of the browser and signs in. */
  static async open(
    browser: Pick<Browser, 'newContext'>,
    org: Pick<Session, 'frontdoorUrl' | 'host'>,
    parts: { readonly options: SetupPageOptions; readonly logger: Logger; readonly signal: AbortSignal },
  ): Promise<EmailLogPage> {
    const { options, logger, signal } = parts;
    const page = await withBrowser('opening a window of the browser', signal, async () => {
      const context = await browser.newContext({ acceptDownloads: true, locale: 'en-US', serviceWorkers: 'block' });
      context.setDefaultTimeout(options.labelTimeoutMs);
      context.setDefaultNavigationTimeout(options.pageTimeoutMs);
      return await context.newPage();
    });
    const opened = new EmailLogPage(page, org, options, logger);
    await opened.#signIn(signal);
    return opened;
  }

  /** Where the browser is, without the query. */
  get place(): string {
    return placeOf(this.#page.mainFrame());
  }

  /** Opens the page anew and reads its table; a session that ended meanwhile is begun anew, once. */
  async readRequests(signal: AbortSignal): Promise<readonly RequestRow[]> {
    await this.reload(signal);
    return await this.#attempt('reading the requests', signal, async () => {
      const seen = new Map<ColumnSetting, string>();
      const rows = await this.#lookForRows(signal, seen);
      if (rows !== undefined) return rows;
      if (new URL(this.#page.url()).pathname !== this.#options.path) {
        await this.#signIn(signal);
        const again = await this.#lookForRows(signal, seen);
        if (again !== undefined) return again;
      }
      const missing = COLUMN_SETTINGS.filter((setting) => !seen.has(setting));
      throw labelsNotFound(missing.length === 0 ? COLUMN_SETTINGS : missing, this.#options, this.#whereItLooked());
    });
  }

  /** Fills in the form and hands it in; then the request stands in the table, or this fails. */
  async request(log: LogRequest, signal: AbortSignal): Promise<void> {
    await this.#attempt(`requesting the Email Log of ${log.startText} to ${log.endText}`, signal, async () => {
      await this.openForm(signal);
      await this.#fill('startField', log.startText, signal);
      await this.#fill('endField', log.endText, signal);
      const { locator } = await this.need('submitButton', signal);
      await locator.click();
      if (await this.#isListed(log, signal)) return;
      const message = await this.#message();
      await this.reload(signal);
      if (await this.#isListed(log, signal)) return;
      throw new AuditError(
        `the request for ${log.startText} to ${log.endText} was handed in at ${this.place}, but the table does not list it` +
          (message === '' ? '' : `; the page says "${message}"`),
        {
          remedy:
            'Look at the page in a browser: it says why, or it writes times in another way than ' +
            `source.setupPage.dateTimeFormat ("${this.#options.dateTimeFormat}").`,
        },
      );
    });
  }

  /** Opens the form for a request, where a button does that. */
  async openForm(signal: AbortSignal): Promise<void> {
    if (this.#options.requestButton.length > 0) await (await this.need('requestButton', signal)).locator.click();
  }

  /** Begins the download of a complete log and waits for its end. */
  async download(row: RequestRow, signal: AbortSignal): Promise<Download> {
    const { downloadLink, linkRoles, downloadTimeoutMs } = this.#options;
    return await this.#attempt('downloading an Email Log', signal, async () => {
      const links = downloadLink.map((label) => byRoles(row.locator, linkRoles, label).first());
      const counts = await Promise.all(links.map((link) => link.count()));
      const link = links.find((_, index) => (counts[index] ?? 0) > 0);
      if (link === undefined)
        throw labelsNotFound(['downloadLink'], this.#options, `the row of the log, ${this.place}`);
      // Of the context, not of the page: a link may open a window of its own.
      const begun = this.#page.context().waitForEvent('download', { timeout: downloadTimeoutMs });
      const [download] = await Promise.all([begun, link.click()]);
      return download;
    });
  }

  /** Gives what the setting's labels name, in whatever frame and however late. */
  async need(setting: LabelSetting, signal: AbortSignal): Promise<Found> {
    const found = await this.find(setting, signal);
    if (found === undefined) throw labelsNotFound([setting], this.#options, this.#whereItLooked());
    return found;
  }

  async find(setting: LabelSetting, signal: AbortSignal): Promise<Found | undefined> {
    const labels = this.#options[setting];
    const isField = setting === 'startField' || setting === 'endField';
    return await this.#lookFor(signal, (frame) =>
      isField ? findField(frame, labels) : findByName(frame, this.#options.buttonRoles, labels),
    );
  }

  /** The table of requests, or undefined; `seen` gets the labels of columns wherever they stand. */
  async findTable(signal: AbortSignal, seen: Map<ColumnSetting, string>): Promise<RequestTable | undefined> {
    return await this.#lookFor(signal, (frame) =>
      readTable(frame, this.#options, (setting, label) => seen.set(setting, label)),
    );
  }

  /** Whether the page says, now, that nothing was ever requested. */
  async saysNoRequests(): Promise<boolean> {
    const answers = await Promise.all(this.#page.frames().map((frame) => this.#isEmpty(frame).catch(() => false)));
    return answers.includes(true);
  }

  /** Goes to the page again. */
  async reload(signal: AbortSignal): Promise<void> {
    await withBrowser(`opening ${this.#options.path} at ${this.#org.host}`, signal, () =>
      this.#page.goto(this.#origin + this.#options.path, { waitUntil: 'domcontentloaded' }),
    );
  }

  /** The address that signs in works once and for a minute; it is used here and kept nowhere. */
  async #signIn(signal: AbortSignal): Promise<void> {
    const address = await this.#org.frontdoorUrl(this.#options.path, signal).catch((error: unknown) => {
      if (!(error instanceof AuditError)) throw error;
      throw new AuditError(error.message, { remedy: `${error.remedy ?? ''} ${NEEDS_WEB}`.trim() });
    });
    this.#origin = new URL(address).origin;
    await withBrowser(`signing in to ${this.#org.host} with the browser`, signal, () =>
      this.#page.goto(address, { waitUntil: 'domcontentloaded' }),
    );
  }

  async #fill(setting: 'startField' | 'endField', text: string, signal: AbortSignal): Promise<void> {
    const { locator, label } = await this.need(setting, signal);
    await locator.fill(text);
    // Scripts of the page may rewrite or clear what they do not understand.
    await locator.blur();
    const kept = await locator.inputValue();
    if (comparable(kept) === comparable(text)) return;
    throw new AuditError(
      `the field "${label}" was filled with "${text}", but the page made "${safeText(kept)}" of it`,
      {
        remedy: 'Set source.setupPage.dateTimeFormat to the way this page writes times.',
      },
    );
  }

  async #lookForRows(
    signal: AbortSignal,
    seen: Map<ColumnSetting, string>,
  ): Promise<readonly RequestRow[] | undefined> {
    return await this.#lookFor(signal, async (frame) => {
      const table = await readTable(frame, this.#options, (setting, label) => seen.set(setting, label));
      return table?.rows ?? ((await this.#isEmpty(frame)) ? [] : undefined);
    });
  }

  async #isEmpty(frame: Frame): Promise<boolean> {
    for (const text of this.#options.noRequestsText) {
      if ((await frame.getByText(labelPattern(text)).filter({ visible: true }).count()) > 0) return true;
    }
    return false;
  }

  async #isListed(log: LogRequest, signal: AbortSignal): Promise<boolean> {
    const row = await this.#lookFor(signal, async (frame) => {
      const table = await readTable(frame, this.#options);
      return table === undefined ? undefined : rowsOf(table.rows, log)[0];
    });
    return row !== undefined;
  }

  async #message(): Promise<string> {
    for (const frame of this.#page.frames()) {
      const texts = await byRoles(frame, this.#options.messageRoles)
        .allInnerTexts()
        .catch(() => []);
      if (texts.length > 0) return safeText(texts.join(' '));
    }
    return '';
  }

  #lookFor<T>(signal: AbortSignal, look: (frame: Frame) => Promise<T | undefined>): Promise<T | undefined> {
    return lookFor(this.#page, { timeoutMs: this.#options.labelTimeoutMs, signal }, look);
  }

  #whereItLooked(): string {
    const places = this.#page.frames().map(placeOf);
    return `${places.join(', ')}, within ${this.#options.labelTimeoutMs} ms`;
  }

  async #attempt<T>(doing: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await withBrowser(doing, signal, work);
    } catch (error) {
      const { screenshotFolder } = this.#options;
      if (!signal.aborted && screenshotFolder !== null) await takePicture(this.#page, screenshotFolder, this.#logger);
      throw error;
    }
  }
}
