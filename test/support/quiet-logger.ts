import type { Logger } from '../../src/support/logger.ts';

export interface LoggedLine {
  readonly level: keyof Logger;
  readonly message: string;
  readonly facts: Record<string, unknown> | undefined;
}

/** A logger that keeps its lines for the test to look at. */
export function quietLogger(): Logger & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const at = (level: keyof Logger) => (message: string, facts?: Record<string, unknown>) =>
    void lines.push({ level, message, facts });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
