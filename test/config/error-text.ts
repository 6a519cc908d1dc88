import { loadSettings } from '../../src/config/loading.ts';
import { UsageError } from '../../src/support/errors.ts';
import { withFile } from './temporary-file.ts';

/** The message of the UsageError that the action throws. */
export function usageErrorOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError && error.exitCode === 2 && error.remedy !== undefined) return error.message;
    throw error;
  }
  throw new Error('expected a UsageError, nothing was thrown');
}

/** The message about a settings file with this content, which it calls `audit.yaml`. */
export function messageAbout(yaml: string, env: Record<string, string> = {}): string {
  return withFile('audit.yaml', yaml, (configFile) =>
    usageErrorOf(() => loadSettings({ configFile, env })).replaceAll(configFile, 'audit.yaml'),
  );
}
