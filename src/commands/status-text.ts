import type { RunRecord } from '../model/run-record.ts';
import { utcDay } from '../model/window.ts';
import { nameOfSource } from '../doctor/source-promise.ts';
import type { Status } from '../health/status.ts';
import { countOf } from '../support/plural.ts';

export function renderStatus(status: Status): string {
  const { historyPath, source, unreadDays, readUpTo, records, coverage, outbox, troubles, nextRuns } = status;
  const missing = coverage.flatMap(({ job, ledger }) =>
    ledger.filter(({ state }) => state !== 'covered').map((stretch) => ({ job, ...stretch })),
  );
  const blocks = [
    records.length === 0 ? [`No run is recorded in ${historyPath}.`] : records.map((record) => runLine(record, status)),
    headed(
      'Failing',
      troubles.map(
        ({ job, failures, since, reason }) =>
          `${job}: ${countOf(failures, 'failure')} since ${minute(since)}: ${reason}`,
      ),
    ),
    headed(
      withoutData(missing.map(({ state }) => state)),
      missing.map(({ job, state, from, to }) => `${state.padEnd(5)} ${minute(from)} to ${minute(to)}  ${job}`),
    ),
    headed(
      'Days with a log that could not be read or judged (tried again every night)',
      unreadDays.map(({ job, days }) => `${days.join(', ')}  ${job}`),
    ),
    headed(
      'Mail owed or refused',
      outbox.map(({ subject, createdAt, owed, refused, tries, nextTryAt, lastFailure }) =>
        [
          `${minute(createdAt)} ${subject}: ${countOf(owed, 'recipient')} owed, ${refused} refused, ${countOf(tries, 'try', 'tries')}`,
          ...(owed > 0 && tries > 0 ? [`next try from ${minute(nextTryAt)}`] : []),
          ...(lastFailure === null ? [] : [lastFailure]),
        ].join('; '),
      ),
    ),
    headed(`Source of log files: ${nameOfSource(source.type)}`, [
      `is     ${source.place}`,
      `can    ${source.can}`,
      `cannot ${source.cannot}`,
    ]),
    headed(
      'Read up to the file',
      readUpTo.map(({ createdAt, id, source: name, job }) => `${id} of ${minute(createdAt)}  ${name}  ${job}`),
    ),
    headed(
      'Next runs of the worker',
      nextRuns.map(({ job, at, timezone }) => `${job}: ${at.map(minute).join(', ')} (schedule in ${timezone})`),
    ),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const STATES = [
  ['gap', 'has to be fetched'],
  ['late', 'may still come'],
  ['lost', 'can no longer be had'],
] as const;

/** The heading, with what the states below it mean. */
function withoutData(states: readonly string[]): string {
  return `Without data (${STATES.flatMap(([state, words]) => (states.includes(state) ? [`${state}: ${words}`] : [])).join('; ')})`;
}

function headed(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [heading, ...lines.map((line) => `  ${line}`)];
}

function runLine(record: RunRecord, status: Status): string {
  const last = utcDay(new Date(record.window.to.getTime() - 1));
  const facts = [`${utcDay(record.window.from)} to ${last}`, record.job, record.id, ...factsOf(record, status)];
  return `${(record.end ?? 'running').padEnd(12)} ${facts.join('  ')}`;
}

function factsOf(record: RunRecord, { runs, outbox }: Status): string[] {
  const { id, end, reason, startedAt, endedAt, supersededBy, phase } = record;
  if (end === null) return [`${phase} since ${minute(startedAt)}`];
  if (reason !== null) return [reason];
  const took = endedAt === null ? [] : [`took ${Math.round((endedAt.getTime() - startedAt.getTime()) / 1000)} s`];
  if (supersededBy !== null) return [...took, `superseded by ${supersededBy}`];
  const mailedAt = runs.find((run) => run.id === id)?.mailedAt ?? null;
  if (mailedAt !== null) return [...took, `mailed ${mailedAt.toISOString()}`];
  const mail = outbox.find(({ messageId }) => messageId.startsWith(`${id}.`));
  if (mail === undefined) return [...took, 'not mailed'];
  return [...took, mail.owed > 0 ? 'mail owed' : 'mail refused'];
}

function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
