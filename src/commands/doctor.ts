import { composeDoctor, composeLogger } from '../compose.ts';
import { loadSettings, secretsOf } from '../config/loading.ts';
import { SOURCE_TYPES, type Settings } from '../config/schema.ts';
import { doctorChecks, runChecks } from '../doctor/doctor.ts';
import type { CheckResult, CheckStatus } from '../doctor/check.ts';
import { nameOfSource } from '../doctor/source-promise.ts';
import { UsageError } from '../support/errors.ts';
import { systemClock } from '../support/clock.ts';
import { withoutSecrets } from '../support/logger.ts';
import type { CommandContext } from './context.ts';
import { untilInterrupted } from './interruption.ts';
import { writeText } from './output.ts';

export interface DoctorOptions {
  config?: string;
  /** Looks at this source instead of `source.type`. */
  source?: string;
  json?: boolean;
}

/** `tls-audit doctor`: checks what a run rests on. Exit code 1 where a check fails; warnings do not count. */
export async function doctor(options: DoctorOptions, context: CommandContext): Promise<number> {
  const loaded = readSettings(options.config);
  if ('remedy' in loaded) {
    await writeResults([loaded], options, context);
    return 2;
  }
  const settings = options.source === undefined ? loaded : withSource(loaded, options.source);
  const logger = composeLogger(settings, context.stderr);
  const secrets = secretsOf(settings);
  const results: CheckResult[] = [];
  await untilInterrupted(async (signal) => {
    await using parts = composeDoctor(settings, { clock: systemClock, logger });
    for await (const found of runChecks(doctorChecks(parts), signal)) {
      const redact = (text: string) => withoutSecrets(text, secrets);
      const remedy = found.remedy === undefined ? undefined : redact(found.remedy);
      const result = { ...found, message: redact(found.message), remedy };
      results.push(result);
      if (options.json !== true) await writeText(lineOf(result), context.stdout);
    }
  });
  if (options.json === true) await writeResults(results, options, context);
  return worstOf(results) === 'failure' ? 1 : 0;
}

/** Settings that cannot be read leave nothing else to check. */
function readSettings(config: string | undefined): Settings | CheckResult {
  try {
    return loadSettings(config === undefined ? {} : { configFile: config });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { name: 'settings', status: 'failure', message: error.message, remedy: error.remedy };
  }
}

async function writeResults(
  results: readonly CheckResult[],
  { json }: DoctorOptions,
  { stdout }: CommandContext,
): Promise<void> {
  const document = { schema: 'tls-audit/doctor/1', status: worstOf(results), checks: results };
  const text = json === true ? `${JSON.stringify(document, undefined, 2)}\n` : results.map(lineOf).join('');
  await writeText(text, stdout);
}

function withSource(settings: Settings, name: string): Settings {
  const type = SOURCE_TYPES.find((known) => known === name);
  if (type !== undefined) return { ...settings, source: { ...settings.source, type } };
  throw new UsageError(`--source ${JSON.stringify(name)} is no source`, {
    remedy: `The sources are: ${SOURCE_TYPES.map(nameOfSource).join(', ')}.`,
  });
}

/** One line a check, whatever its message holds. */
function lineOf({ name, status, message, remedy }: CheckResult): string {
  const text = remedy === undefined ? message : `${message.replace(/[.\s]+$/, '')}. ${remedy}`;
  return `${status.padEnd(8)} ${name.padEnd(13)} ${text.replaceAll(/[\p{Cc}\s]+/gu, ' ')}\n`;
}

function worstOf(results: readonly CheckResult[]): Exclude<CheckStatus, 'skipped'> {
  return (['failure', 'warning'] as const).find((status) => results.some((result) => result.status === status)) ?? 'ok';
}
