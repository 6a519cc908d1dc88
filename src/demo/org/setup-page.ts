import { randomBytes } from 'node:crypto';

import type { Clock } from '../../model/ports.ts';
import { DAY_MS, type Window } from '../../model/window.ts';
import type { Answer } from './answers.ts';
import { oauthError, jsonAnswer, textAnswer } from './answers.ts';
import { formPage, listPage, loginPage, type PageLabels, shellPage, USUAL_LABELS } from './setup-page-html.ts';
import { readUserTime, showUserTime } from './user-time.ts';

const SETUP_PAGE_PATH = '/lightning/setup/EmailLogFiles/home';
export const SINGLE_ACCESS_PATH = '/services/oauth2/singleaccess';

const LIST_PATH = '/setup/emaillog/list';
const FORM_PATH = '/setup/emaillog/new';
const DOWNLOAD_PATH = '/servlet/emaillog';

/** "Generate a Frontdoor URL to Bridge into UI Sessions": it works once and for a minute. */
const FRONTDOOR_LIFE_MS = 60_000;

/** What Salesforce says of Email Logs: 7 days at most, of the last 30, 3 requests at once. */
const LIMITS = { spanDays: 7, backDays: 30, open: 3 };

export interface SetupPageOptions {
  /** The log of a window, as it is downloaded. */
  readonly log: (window: Window) => Buffer;
  /** What differs from the labels that the settings expect. */
  readonly labels?: Partial<PageLabels>;
  /** After this the frame with the list is put into the page; 100 where left out. */
  readonly frameDelayMs?: number;
  /** After this a request is complete; 100 where left out, `Infinity` for never. */
  readonly completeAfterMs?: number;
  /** The status a request ends in; `Complete` where left out. A log can only be downloaded then. */
  readonly finalStatus?: string;
  /** The form takes no request and says this. */
  readonly refusal?: string;
  /** A download answers with a page of HTML as if that were the file. */
  readonly downloadsHtml?: boolean;
  /** Of the user; GMT and en_US where left out. */
  readonly timeZone?: string;
  readonly locale?: string;
}

/** A request for a log, as the page lists it. */
export interface ListedRequest {
  readonly window: Window;
  readonly status: string;
}

interface Request {
  readonly window: Window;
  readonly completeAtMs: number;
}

/**
 * Setup > Email Log Files as a browser meets it: sign-in by frontdoor URL, a Lightning page whose frame comes late, a
 * form and a list. How the real page looks is unknown; this one has what made it hard elsewhere: a late frame, layout
 * tables around the list, and times in the zone of the user.
 */
export class SetupPage {
  readonly #options: SetupPageOptions;
  readonly #labels: PageLabels;
  readonly #clock: Clock;
  readonly #url: string;
  readonly #frontdoors = new Map<string, { readonly path: string; readonly endsAtMs: number }>();
  readonly #sessions = new Set<string>();
  readonly #requests: Request[] = [];
  #message = '';

  constructor(options: SetupPageOptions, { clock, url }: { readonly clock: Clock; readonly url: string }) {
    this.#options = options;
    this.#labels = { ...USUAL_LABELS, ...options.labels };
    this.#clock = clock;
    this.#url = url;
  }

  get timeZone(): string {
    return this.#options.timeZone ?? 'GMT';
  }

  get locale(): string {
    return this.#options.locale ?? 'en_US';
  }

  /** Oldest first. */
  get listed(): ListedRequest[] {
    return this.#requests.map((request) => ({ window: request.window, status: this.#statusOf(request) }));
  }

  /** Puts a request there that somebody else made. */
  add(window: Window, completeAfterMs = this.#options.completeAfterMs ?? 100): void {
    this.#requests.push({ window, completeAtMs: performance.now() + completeAfterMs });
  }

  /** Signs every browser out. */
  endSessions(): void {
    this.#sessions.clear();
  }

  /** Answers `POST /services/oauth2/singleaccess` for a token that was accepted. */
  singleAccess(form: URLSearchParams): Answer {
    const path = form.get('redirect_uri') ?? '/';
    if (!path.startsWith('/')) return oauthError('invalid_request', 'redirect_uri must be a relative path');
    const otp = randomBytes(32).toString('base64url');
    this.#frontdoors.set(otp, { path, endsAtMs: this.#clock.now().getTime() + FRONTDOOR_LIFE_MS });
    return jsonAnswer(200, { frontdoor_uri: `${this.#url}/secur/frontdoor.jsp?otp=${otp}` });
  }

  /** Undefined for what is no page of the browser's. */
  answer(method: string, target: URL, cookie: string | undefined, body: string): Answer | undefined {
    const path = target.pathname;
    if (path === '/favicon.ico') return { status: 204, headers: {}, body: Buffer.alloc(0) };
    if (path === '/secur/frontdoor.jsp') return this.#frontdoor(target.searchParams.get('otp') ?? '');
    if (path === '/') return textAnswer(200, loginPage());
    if (![SETUP_PAGE_PATH, LIST_PATH, FORM_PATH, DOWNLOAD_PATH].includes(path)) return undefined;
    const sid = /(?:^|;\s*)sid=([\w-]+)/.exec(cookie ?? '')?.[1] ?? '';
    if (!this.#sessions.has(sid)) return redirect(`/?ec=302&startURL=${encodeURIComponent(path)}`);
    if (path === SETUP_PAGE_PATH) return textAnswer(200, shellPage(LIST_PATH, this.#options.frameDelayMs ?? 100));
    if (path === LIST_PATH) return this.#list();
    if (path === DOWNLOAD_PATH) return this.#download(Number(target.searchParams.get('id')));
    return method === 'POST' ? this.#take(new URLSearchParams(body)) : textAnswer(200, formPage(this.#labels));
  }

  #frontdoor(otp: string): Answer {
    const door = this.#frontdoors.get(otp);
    this.#frontdoors.delete(otp);
    if (door === undefined || this.#clock.now().getTime() > door.endsAtMs) return redirect('/?ec=302');
    const sid = randomBytes(24).toString('base64url');
    this.#sessions.add(sid);
    return redirect(door.path, { 'Set-Cookie': `sid=${sid}; Path=/; HttpOnly; SameSite=Lax` });
  }

  #list(): Answer {
    const message = this.#message;
    this.#message = '';
    const rows = this.#requests.map((request, id) => ({
      start: showUserTime(request.window.from, this.timeZone),
      end: showUserTime(request.window.to, this.timeZone),
      status: this.#statusOf(request),
      download: this.#isDownloadable(request) ? `${DOWNLOAD_PATH}?id=${id}` : undefined,
    }));
    return textAnswer(200, listPage({ labels: this.#labels, formPath: FORM_PATH, message, rows: rows.toReversed() }));
  }

  #take(form: URLSearchParams): Answer {
    const from = readUserTime(form.get('start') ?? '', this.timeZone);
    const to = readUserTime(form.get('end') ?? '', this.timeZone);
    if (from === undefined || to === undefined) this.#message = 'Error: Invalid Date and Time.';
    else {
      this.#message = this.#options.refusal ?? this.#whyNot({ from, to }) ?? '';
      if (this.#message === '') this.add({ from, to });
    }
    return redirect(LIST_PATH);
  }

  #whyNot({ from, to }: Window): string | undefined {
    const nowMs = this.#clock.now().getTime();
    const open = this.#requests.filter((request) => this.#statusOf(request) === 'Pending').length;
    if (open >= LIMITS.open) return `Error: You can have ${LIMITS.open} pending requests.`;
    if (from >= to) return 'Error: The end must be after the start.';
    if (to.getTime() - from.getTime() > LIMITS.spanDays * DAY_MS) return `Error: At most ${LIMITS.spanDays} days.`;
    if (from.getTime() < nowMs - LIMITS.backDays * DAY_MS) return `Error: At most ${LIMITS.backDays} days back.`;
    return to.getTime() > nowMs ? 'Error: The end must be in the past.' : undefined;
  }

  #download(id: number): Answer {
    const request = this.#requests[id];
    if (request === undefined || !this.#isDownloadable(request)) return textAnswer(404, 'URL No Longer Exists');
    const body = this.#options.downloadsHtml === true ? Buffer.from(loginPage()) : this.#options.log(request.window);
    return {
      status: 200,
      headers: {
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': 'attachment; filename="EmailLog.csv"',
        'Cache-Control': 'no-store',
      },
      body,
    };
  }

  #isDownloadable(request: Request): boolean {
    return performance.now() >= request.completeAtMs && this.#statusOf(request) === this.#labels.complete;
  }

  #statusOf({ completeAtMs }: Request): string {
    if (performance.now() < completeAtMs) return 'Pending';
    return this.#options.finalStatus ?? this.#labels.complete;
  }
}

function redirect(location: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 302, headers: { ...headers, Location: location }, body: Buffer.alloc(0) };
}
