/** `skipped` where something that failed before stands in the way. */
export type CheckStatus = 'ok' | 'warning' | 'failure' | 'skipped';

export interface CheckResult {
  readonly name: string;
  readonly status: CheckStatus;
  /** What was found. */
  readonly message: string;
  /** What to do about a warning or a failure. */
  readonly remedy: string | undefined;
}

/** What a check found; a failure is thrown as an AuditError. */
export type Finding =
  | { readonly status: 'ok' | 'skipped'; readonly message: string }
  | { readonly status: 'warning' | 'failure'; readonly message: string; readonly remedy: string };

export interface Check {
  readonly name: string;
  find(signal: AbortSignal): Promise<Finding> | Finding;
}

export function ok(message: string): Finding {
  return { status: 'ok', message };
}

export function warning(message: string, remedy: string): Finding {
  return { status: 'warning', message, remedy };
}

export function failure(message: string, remedy: string): Finding {
  return { status: 'failure', message, remedy };
}

export function skipped(message: string): Finding {
  return { status: 'skipped', message };
}
