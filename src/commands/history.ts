import { existsSync } from 'node:fs';
import { loadSettings } from '../config/loading.ts';
import { backupDatabase, exportDatabase, verifyDatabase } from '../record/care.ts';
import { AuditError, UsageError } from '../support/errors.ts';
import type { CommandContext } from './context.ts';
import { prepareOutput, writeText } from './output.ts';

export interface HistoryOptions {
  config?: string;
  output?: string;
}

/**
 * `tls-audit history backup FILE`: a whole copy while others write. `export`: everything as JSON lines. `verify`: a full
 * integrity check. Returns the exit code.
 */
export async function history(
  action: string,
  file: string | undefined,
  options: HistoryOptions,
  context: CommandContext,
): Promise<number> {
  const { path } = loadSettings(options.config === undefined ? {} : { configFile: options.config }).history;
  if (!existsSync(path)) {
    throw new AuditError(`there is no history at ${path}`, {
      remedy: 'Run tls-audit run first, or set history.path to where the worker keeps it.',
    });
  }
  switch (action) {
    case 'backup': {
      if (file === undefined)
        throw new UsageError('history backup needs the file to write', { remedy: 'tls-audit history backup FILE' });
      await backupDatabase(path, file);
      await writeText(`${path} is backed up in ${file}, and the copy is sound.\n`, context.stdout);
      return 0;
    }
    case 'export': {
      const output = await prepareOutput(options.output ?? file, context.stdout);
      await output.write(exportDatabase(path));
      return 0;
    }
    case 'verify':
      await writeText(`${path} is sound: ${verifyDatabase(path)}.\n`, context.stdout);
      return 0;
    default:
      throw new UsageError(`history knows no ${JSON.stringify(action)}`, {
        remedy: 'It knows backup, export and verify.',
      });
  }
}
