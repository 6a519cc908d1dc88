import { Command, CommanderError } from 'commander';
import { AuditError } from '../support/errors.ts';
import { packageVersion } from '../support/package-info.ts';
import { type CommandContext, wantsColor, widthOf } from './context.ts';

const EXAMPLES = `
Examples:
  tls-audit scan 'logs/*.csv'                     judge log files, print a table
  tls-audit scan log.csv --json --exit-code       for scripts: 10 is fail, 11 inconclusive
  tls-audit run --config tls-audit.yaml --dry-run try the nightly run, send and record nothing
  tls-audit worker --config tls-audit.yaml        stay up and run every night
  tls-audit demo                                  see all of it on this machine alone

Exit codes: 0 done, whatever the verdict; 1 the job failed; 2 wrong usage or settings;
with --exit-code also 10 for the verdict fail and 11 for inconclusive.`;

/**
 * Runs one command line (without node and script). Returns the exit code; a mistake of the user's, or a failure that
 * was foreseen, is written to standard error in sentences. What it throws is a defect of the program.
 */
export async function runProgram(args: readonly string[], context: CommandContext): Promise<number> {
  let exitCode = 0;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof AuditError) {
      const [{ knownSecrets }, { withoutSecrets }, { visible }] = await Promise.all([
        import('../config/loading.ts'),
        import('../support/logger.ts'),
        import('../report/escape.ts'),
      ]);
      // Others wrote parts of it: a server may say a secret back, and a file name may hold what moves the cursor.
      const remedy = error.remedy === undefined ? '' : `  ${error.remedy}\n`;
      const text = withoutSecrets(`tls-audit: ${error.message}\n${remedy}`, knownSecrets());
      context.stderr.write(text.split('\n').map(visible).join('\n'));
      return error.exitCode;
    }
    throw error;
  }
}

/** Each command is imported when it is called, so that `scan` need not load what signs in, records or mails. */
export function createProgram(context: CommandContext, done: (exitCode: number) => void): Command {
  const program = new Command('tls-audit')
    .description('Tells which recipient domains got mail from Salesforce that was not protected by TLS 1.2 or better.')
    .version(packageVersion, '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .showHelpAfterError('(run with --help for the whole usage)')
    .addHelpText('after', EXAMPLES);

  program
    .command('scan')
    .description('judge Email Log files (.csv, .csv.gz, .zip) with no settings, org or database')
    .argument('<file...>', 'files, quoted globs, or - for standard input')
    .option('--from <date>', 'first UTC day, or a full ISO 8601 timestamp')
    .option('--to <date>', 'last UTC day, included; or a timestamp, not included')
    .option('--minimum <version>', 'oldest TLS version that complies (default: TLSv1.2)')
    .option('--maximum <version>', 'newest TLS version that complies (default: none)')
    .option('--exceptions <file>', 'accepted findings (YAML): they leave the verdict, never the report')
    .option('--date-order <order>', 'how dates like 3/06/2026 are read: dmy, mdy or auto (default: auto)')
    .option('--format <format>', 'text, json, csv or html (default: text)')
    .option('--json', 'the same as --format json')
    .option('--output <file>', 'write the result to a file')
    .option('--exit-code', 'exit with 10 for fail and 11 for inconclusive')
    .action(async (names: string[], options: object) => {
      const { scan } = await import('./scan.ts');
      done(await scan(names, options, context));
    });

  program
    .command('run')
    .description('run a job once: fetch, judge, record, mail the digest')
    .argument('[job]', 'outbound-audit, inbound-audit, weekly-summary or history-pruning', 'outbound-audit')
    .option('--config <file>', 'settings (YAML); what it leaves out has its default or comes from the environment')
    .option('--from <date>', 'first UTC day, or a full ISO 8601 timestamp (default: what is due)')
    .option('--to <date>', 'last UTC day, included; or a timestamp, not included')
    .option('--dry-run', 'show the result, but record and send nothing')
    .option('--no-mail', 'record the result, but send nothing')
    .option('--format <format>', 'text, json, csv or html (default: text)')
    .option('--json', 'the same as --format json')
    .option('--output <file>', 'write the result to a file')
    .option('--exit-code', 'exit with 10 for fail and 11 for inconclusive')
    .action(async (job: string, options: { mail: boolean }) => {
      const { run } = await import('./run.ts');
      done(await run(job, options, context));
    });

  program
    .command('worker')
    .description('stay up and run the jobs on their schedules')
    .option('--config <file>', 'settings (YAML)')
    .option('--once', 'run what is due and end: for cron, systemd timers and Kubernetes CronJobs')
    .action(async (options: object) => {
      const { worker } = await import('./worker.ts');
      done(await worker(options, context));
    });

  program
    .command('report')
    .description('show a recorded run again, any range of recorded days, or a letter to a postmaster')
    .option('--config <file>', 'settings (YAML)')
    .option('--run <id>', 'the run (default: the newest)')
    .option('--job <job>', 'the job (default: outbound-audit; of --run and of the newest run any)')
    .option('--from <date>', 'first UTC day of a range (default: the first recorded)')
    .option('--to <date>', 'last UTC day of a range, included (default: yesterday)')
    .option('--letter <domain>', 'write to the postmaster of a domain in violation')
    .option('--format <format>', 'text, json, csv or html (default: text)')
    .option('--json', 'the same as --format json')
    .option('--output <file>', 'write the result to a file')
    .option('--exit-code', 'exit with 10 for fail and 11 for inconclusive')
    .action(async (options: object) => {
      const { report } = await import('./report.ts');
      done(await report(options, context));
    });

  program
    .command('status')
    .description('show the newest runs, what has no data, what mail is owed, and the next runs')
    .option('--config <file>', 'settings (YAML)')
    .option('--live', 'ask the worker whether it is well (for health checks)')
    .option('--json', 'print JSON: the newest results')
    .option('--all', 'with --json: everything status knows')
    .action(async (options: object) => {
      const { status } = await import('./status.ts');
      done(await status(options, context));
    });

  program
    .command('doctor')
    .description('check what a run rests on: settings, clock, disk, history, sign-in, permissions, source, relay, mail')
    .option('--config <file>', 'settings (YAML)')
    .option('--source <type>', 'look at this source instead of the one of the settings; setup-page is experimental')
    .option('--json', 'print JSON')
    .action(async (options: object) => {
      const { doctor } = await import('./doctor.ts');
      done(await doctor(options, context));
    });

  program
    .command('history')
    .description('take care of the history: backup FILE, export, verify')
    .argument('<action>', 'backup, export or verify')
    .argument('[file]', 'where the backup or the export goes')
    .option('--config <file>', 'settings (YAML)')
    .option('--output <file>', 'where the export goes (default: standard output)')
    .option('--head <hash>', 'verify: the hash in which the chain of runs must end, from an earlier verification')
    .option('--hash <hash...>', 'verify: hashes that digests and reports name; a run with each has to be in the chain')
    .option('--json', 'verify: print JSON')
    .action(async (action: string, file: string | undefined, options: object) => {
      const { history } = await import('./history.ts');
      done(await history(action, file, options, context));
    });

  for (const [name, description] of [
    ['check-message', 'say what TLS carried a message from Salesforce to its recipient, from its Received headers'],
    ['check-snapshot', 'say what TLS carried a message into Salesforce, from an Email Snapshot or its headers'],
  ] as const) {
    program
      .command(name)
      .description(description)
      .argument('<file...>', 'messages (.eml, pasted headers, mbox), folders, or - for standard input')
      .option('--minimum <version>', 'oldest TLS version that complies (default: TLSv1.2)')
      .option('--maximum <version>', 'newest TLS version that complies (default: none)')
      .option('--json', 'print one JSON array, an object a message')
      .option('--exit-code', 'exit with 10 for fail and 11 for inconclusive, the worst of all messages')
      .action(async (files: string[], options: { json?: boolean; exitCode?: boolean }) => {
        const check =
          name === 'check-message'
            ? (await import('./check-message.ts')).checkMessage
            : (await import('./check-snapshot.ts')).checkSnapshot;
        const screen = { color: wantsColor(context.stdout), width: widthOf(context.stdout) };
        done(await check(files, { json: false, exitCode: false, ...options, ...screen }, context));
      });
  }

  program
    .command('demo')
    .description('run the whole of it against an org and a mailbox on this machine')
    .option('--folder <folder>', 'where its files go', '.demo')
    .action(async (options: { folder: string }) => {
      const { demo } = await import('./demo.ts');
      done(await demo(options, context));
    });

  return program;
}
