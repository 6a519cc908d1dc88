import { existsSync } from 'node:fs';
import { loadSettings } from '../config/loading.ts';
import type { ChainCheck } from '../model/ports.ts';
import { openHistory } from '../record/history.ts';
import { AuditError } from '../support/errors.ts';
import { countOf } from '../support/plural.ts';
import type { CommandContext } from './context.ts';
import { writeText } from './output.ts';

/**
 * `tls-audit history verify`: proves that no recorded run was changed, inserted or removed since it was recorded.
 * @throws AuditError naming the run at which the chain is broken.
 */
export async function verifyHistory(
  options: { config?: string; head?: string; json?: boolean },
  context: CommandContext,
): Promise<number> {
  const { path } = loadSettings(options.config === undefined ? {} : { configFile: options.config }).history;
  if (!existsSync(path)) throw new AuditError(`there is no history at ${path}`, { remedy: 'Check history.path.' });
  const history = openHistory(path, { readOnly: true });
  let check: ChainCheck;
  try {
    check = history.verify();
  } finally {
    history.close();
  }
  const remedy = 'Restore the history from a backup, and find out who can write to the file.';
  if (check.brokenAt !== undefined) {
    throw new AuditError(
      `the chain of recorded runs is broken at run ${check.brokenAt}: it, or one before it, is not as recorded`,
      {
        remedy,
      },
    );
  }
  if (options.head !== undefined && options.head.toLowerCase() !== check.head) {
    throw new AuditError(`the chain ends in ${check.head}, expected ${options.head}`, {
      remedy: 'Runs were added since that head was written down, or removed at the end.',
    });
  }
  await writeText(options.json === true ? `${JSON.stringify(check)}\n` : describe(check), context.stdout);
  return 0;
}

function describe({ runs, unhashed, head }: ChainCheck): string {
  const older = unhashed === 0 ? '' : ` (${countOf(unhashed, 'run')} recorded before there were hashes)`;
  return `${countOf(runs, 'run')} as recorded${older}; the chain ends in ${head === '' ? 'nothing' : head}\n`;
}
