import { existsSync } from 'node:fs';
import { loadSettings } from '../config/loading.ts';
import { backupDatabase, exportDatabase, verifyDatabase } from '../record/care.ts';
import type { ChainCheck, DayCheck, DayFault } from '../model/chain-check.ts';
import { openHistory } from '../record/history.ts';
import { AuditError, UsageError } from '../support/errors.ts';
import { countOf } from '../support/plural.ts';
import type { CommandContext } from './context.ts';
import { prepareOutput, refuseHistory, writeText } from './output.ts';

export interface HistoryOptions {
  config?: string;
  output?: string;
  head?: string;
  hash?: readonly string[];
  json?: boolean;
}

/**
 * `tls-audit history backup FILE`: a whole copy while others write. `export`: everything as JSON lines. `verify`: a full
 * integrity check, and the proof that no recorded run or day was changed, inserted or removed. Returns the exit code.
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
      refuseHistory(file, path);
      await backupDatabase(path, file);
      await writeText(`${path} is backed up in ${file}, and the copy is sound.\n`, context.stdout);
      return 0;
    }
    case 'export': {
      const target = options.output ?? file;
      refuseHistory(target, path);
      const output = await prepareOutput(target, context.stdout, [], { mode: 0o600 });
      await output.write(exportDatabase(path));
      return 0;
    }
    case 'verify': {
      const contents = verifyDatabase(path);
      const chain = checkedChain(path, options.head, options.hash ?? []);
      await writeText(
        options.json === true ? `${JSON.stringify(chain)}\n` : `${path} is sound: ${contents}.\n${chainText(chain)}\n`,
        context.stdout,
      );
      return 0;
    }
    default:
      throw new UsageError(`history knows no ${JSON.stringify(action)}`, {
        remedy: 'It knows backup, export and verify.',
      });
  }
}

/**
 * @param witnesses hashes from mails and reports: a run with each has to be in the chain.
 * @throws AuditError naming the run at which the chain is broken, the days that are not as recorded, the head where the
 *   chain should end in another one, or the witnesses it knows nothing of.
 */
function checkedChain(path: string, expectedHead: string | undefined, witnesses: readonly string[]): ChainCheck {
  const malformed = [...witnesses, ...(expectedHead === undefined ? [] : [expectedHead])].find(
    (hash) => !/^[0-9a-f]{64}$/i.test(hash),
  );
  if (malformed !== undefined) {
    throw new UsageError(`${JSON.stringify(malformed)} is no hash of a run: expected 64 hexadecimal digits`, {
      remedy: 'Copy it whole from the end of a digest or from a report.',
    });
  }
  const history = openHistory(path, { readOnly: true });
  let check: ChainCheck;
  try {
    check = history.verify(witnesses);
  } finally {
    history.close();
  }
  if (check.brokenAt !== undefined) {
    throw new AuditError(
      `the chain of recorded runs in ${path} is broken at run ${check.brokenAt}: it, or one before it, is not as recorded`,
      { remedy: 'Restore the history from a backup, and find out who can write to the file.' },
    );
  }
  if (check.days !== undefined && check.days.faults.length > 0) {
    const { faults } = check.days;
    throw new AuditError(
      `${countOf(faults.length, 'day')} in ${path} ${faults.length === 1 ? 'is' : 'are'} not as recorded: ${faultsText(faults)}`,
      {
        remedy:
          'Restore the history from a backup, and find out who can write to the file. Audit these days again where their logs are at hand.',
      },
    );
  }
  if (expectedHead !== undefined && expectedHead.toLowerCase() !== check.head) {
    throw new AuditError(`the chain of recorded runs in ${path} ends in ${check.head}, expected ${expectedHead}`, {
      remedy: 'Runs were added since that head was written down (--hash takes older ones), or removed at the end.',
    });
  }
  if (check.unknown.length > 0) {
    throw new AuditError(
      `the chain of recorded runs in ${path} is sound in itself, but no run in it has the hash ${check.unknown.join(', ')}`,
      {
        remedy:
          'Either that hash is of another history, or this one was made anew: compare it with a backup, and find out ' +
          'who can write to the file.',
      },
    );
  }
  return check;
}

const FAULTS_NAMED = 10;

/** `outbound-audit 2026-11-05 (changed), 2026-11-07 (removed) and 3 more`. */
function faultsText(faults: readonly DayFault[]): string {
  const named = faults.slice(0, FAULTS_NAMED).map(({ job, day, fault }, index) => {
    return `${faults[index - 1]?.job === job ? '' : `${job} `}${day} (${fault})`;
  });
  const others = faults.length - named.length;
  return named.join(', ') + (others === 0 ? '' : ` and ${others} more`);
}

function daysText({ proven, unproven, prunedBefore }: DayCheck): string {
  const old =
    unproven === 0
      ? ''
      : ` ${countOf(unproven, 'day')} ${unproven === 1 ? 'was' : 'were'} recorded before days were hashed: nothing proves ${unproven === 1 ? 'it' : 'them'}.`;
  const gone = prunedBefore === undefined ? '' : ` The days of before ${prunedBefore} were pruned.`;
  return `${countOf(proven, 'day')} as recorded.${old}${gone}`;
}

function chainText({ runs, unhashed, pruned, prunedUntil, head, days }: ChainCheck): string {
  if (head === '') return 'No run is recorded yet.';
  const older = unhashed === 0 ? '' : ` (${countOf(unhashed, 'run')} recorded before there were hashes)`;
  const gone = pruned === 0 ? '' : ` ${countOf(pruned, 'run')} of before ${prunedUntil?.slice(0, 10)} were pruned.`;
  const proof = days === undefined ? '' : `${daysText(days)}\n`;
  return `${countOf(runs, 'run')} as recorded${older}.${gone}\n${proof}The chain ends in ${head}`;
}
