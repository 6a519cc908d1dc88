import type { Clock } from '../model/ports.ts';
import type { Logger } from '../support/logger.ts';

/** API requests of the last 24 hours, as Salesforce states them with every answer. */
export interface ApiUsage {
  readonly used: number;
  readonly limit: number;
}

const USAGE_WARNING_SHARE = 0.9;

/** What the headers of an org's answers tell beside the answers: how much of the API is used up, and what time it is. */
export class AnswerFacts {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #apiUsage: ApiUsage | undefined;
  #clockDifferenceMs: number | undefined;

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get apiUsage(): ApiUsage | undefined {
    return this.#apiUsage;
  }

  get clockDifferenceMs(): number | undefined {
    return this.#clockDifferenceMs;
  }

  note(headers: Headers): void {
    this.#noteUsage(headers);
    const date = Date.parse(headers.get('date') ?? '');
    if (!Number.isNaN(date)) this.#clockDifferenceMs = date - this.#clock.now().getTime();
  }

  /** REST API Developer Guide, "Limit Info Header". Warns once each time it becomes scarce. */
  #noteUsage(headers: Headers): void {
    const stated = /api-usage=(\d+)\/(\d+)/.exec(headers.get('sforce-limit-info') ?? '');
    if (stated === null) return;
    const usage = { used: Number(stated[1]), limit: Number(stated[2]) };
    if (isScarce(usage) && !isScarce(this.#apiUsage)) {
      this.#logger.warn('the org has nearly used up its API requests of the last 24 hours', { ...usage });
    }
    this.#apiUsage = usage;
  }
}

function isScarce(usage: ApiUsage | undefined): boolean {
  return usage !== undefined && usage.used >= usage.limit * USAGE_WARNING_SHARE;
}
