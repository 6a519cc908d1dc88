/** 1: the job failed; 2: wrong usage or settings. */
export type ErrorExitCode = 1 | 2;

/**
 * A failure a person can act on. `message` says what was being done, what was found and what was expected; `remedy`
 * says what to do next. Neither may hold a secret or a person's address.
 */
export class AuditError extends Error {
  override readonly name: string = 'AuditError';
  readonly remedy: string | undefined;
  readonly exitCode: ErrorExitCode;

  constructor(message: string, options: { remedy?: string; exitCode?: ErrorExitCode; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.remedy = options.remedy;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** Wrong usage or settings: exit code 2. */
export class UsageError extends AuditError {
  override readonly name = 'UsageError';

  constructor(message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, { ...options, exitCode: 2 });
  }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return Error.isError(error) ? error.message : String(error);
}
