import { AuditError } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';
import { Fault } from './fault.ts';
import { withRetries, type RetryPolicy } from './retry.ts';
import { explain } from './salesforce-errors.ts';
import type { SignIn } from './sign-in.ts';
import type { Access } from './transport.ts';

export interface CallOptions {
  readonly signal: AbortSignal;
  readonly retry: RetryPolicy;
}

/**
 * Calls of one org with its token: each is tried again while that can help, with one renewal of an expired token for
 * each try. An org whose requests are used up, or that refuses a new token, is asked nothing more. What they throw is an AuditError or the reason of a
 * signal; no fault leaves.
 */
export class AuthorizedCalls {
  readonly #signIn: SignIn;
  readonly #logger: Logger;
  readonly #closed = new AbortController();
  #access: Access;
  /** The token came by a renewal, and nothing was answered to it yet. */
  #isUnproven = false;
  #usedUp: Fault | undefined;
  /** Why there is no new token in place of the expired one. */
  #refusal: { readonly expired: Access; readonly error: unknown } | undefined;
  #renewal: Promise<Access> | undefined;

  constructor(access: Access, signIn: SignIn, logger: Logger) {
    this.#access = access;
    this.#signIn = signIn;
    this.#logger = logger;
  }

  get host(): string {
    return new URL(this.#access.instanceUrl).host;
  }

  async call<T>(
    doing: string,
    options: CallOptions,
    attempt: (access: Access, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      if (this.#usedUp !== undefined) throw this.#usedUp;
      return await withRetries((signal) => this.#authorized(attempt, signal), options.retry, {
        signal: AbortSignal.any([options.signal, this.#closed.signal]),
        onRetry: (fault, delayMs) =>
          this.#logger.warn('Salesforce did not deliver: trying again', { doing, code: fault.code, delayMs }),
      });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (error.usedUp) this.#usedUp = error;
      throw explain(error, doing);
    }
  }

  /** Abandons what is under way. */
  close(): void {
    this.#closed.abort(new AuditError('the Salesforce session was closed'));
  }

  async #authorized<T>(attempt: (access: Access, signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const access = this.#access;
    try {
      return await this.#answered(attempt, access, signal);
    } catch (error) {
      // A second refusal ends the call, and a new token that nothing was ever answered to is renewed by no other call: a
      // server that refuses every token is not asked for ever.
      if (!(error instanceof Fault) || !error.expired || (this.#isUnproven && access === this.#access)) throw error;
      return await this.#answered(attempt, await this.#renew(access, signal), signal);
    }
  }

  async #answered<T>(
    attempt: (access: Access, signal: AbortSignal) => Promise<T>,
    access: Access,
    signal: AbortSignal,
  ): Promise<T> {
    const answer = await attempt(access, signal);
    if (access === this.#access) this.#isUnproven = false;
    return answer;
  }

  /** Calls that meet the expiry together share one sign-in; who comes late finds the new token. */
  async #renew(expired: Access, signal: AbortSignal): Promise<Access> {
    if (this.#access !== expired) return this.#access;
    if (this.#refusal?.expired === expired) throw this.#refusal.error;
    this.#renewal ??= this.#signIn(this.#closed.signal)
      .then((access) => {
        this.#isUnproven = true;
        return (this.#access = access);
      })
      .catch((error: unknown) => {
        this.#refusal = { expired, error };
        throw error;
      })
      .finally(() => (this.#renewal = undefined));
    return await Promise.race([this.#renewal, rejectOnAbort(signal)]);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Fault('ABORTED', 'abandoned')), { once: true });
  });
}
