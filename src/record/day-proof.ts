import type { DatabaseSync } from 'node:sqlite';
import type { ChainCheck, DayCheck, DayFault } from '../model/chain-check.ts';
import { utcDay } from '../model/window.ts';
import { checkChain } from './chain.ts';
import { dayBounds } from './day-rows.ts';
import { sha256 } from './hash.ts';
import { dayQueries } from './queries/days.ts';
import { runQueries } from './queries/runs.ts';
import { type Row, text } from './recorded-run.ts';

/** The columns of `day_results` and `day_domains` that are proved; `late` is told by the runs that mark days. */
const DAY_COLUMNS = ['job', 'day', 'whole', 'complete'] as const;
const DOMAIN_COLUMNS = [
  ...['domain', 'deliveries', 'violations', 'plaintext', 'unrecognised', 'verified', 'unverified'],
  ...['verified_tls', 'unverified_tls', 'tls', 'first_seen', 'last_seen'],
] as const;

/** What a run recorded about days: part of what its hash covers. */
interface RunDays {
  /** By day (`YYYY-MM-DD`), for each that rests on this run since; not for those whose earlier result stayed. */
  readonly hashes: Readonly<Record<string, string>>;
  /** Days the run marked as late. */
  readonly late: readonly string[];
}

/** Proves the rows of these days, which have to be stored, by a text that is to be hashed with the run. */
export function storeRunDays(
  database: DatabaseSync,
  run: { readonly id: string; readonly job: string },
  recorded: readonly string[],
  late: readonly string[],
): void {
  const day = database.prepare(dayQueries.provableDay);
  const hashes = recorded.map((name) => [name, dayHashOf(database, day.get({ job: run.job, day: name }) ?? {})]);
  const days: RunDays = { hashes: Object.fromEntries(hashes) as RunDays['hashes'], late };
  database.prepare(runQueries.storeDays).run({ id: run.id, days: JSON.stringify(days) });
}

/** Over one day as it is stored, whatever else a later version keeps of it. */
function dayHashOf(database: DatabaseSync, day: Row): string {
  const rows = database.prepare(dayQueries.provableDomains).iterate({ job: text(day, 'job'), day: text(day, 'day') });
  const domains = [...rows].map((row) => namedColumns(row, DOMAIN_COLUMNS));
  return sha256(namedColumns(day, DAY_COLUMNS), ...domains);
}

/** By name and without those that are NULL: a column that a migration adds changes no hash of the days before it. */
function namedColumns(row: Row, columns: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(columns.map((name) => [name, row[name] ?? undefined])));
}

/** Removes days and notes which, so that a day that is gone for another reason shows. Within a transaction. */
export function pruneDays(database: DatabaseSync, before: Date): void {
  const bounds = { firstDay: utcDay(before) };
  database.prepare(dayQueries.pruneUnread).run(bounds);
  const { changes } = database.prepare(dayQueries.pruneDays).run(bounds);
  if (Number(changes) === 0) return;
  // What an earlier pruning took, this one would have taken as well.
  database.prepare(dayQueries.forgetPrunings).run(bounds);
  database.prepare(dayQueries.notePruning).run(bounds);
}

/** The chain and the days, as they stood at one moment; days are proved only by a chain that holds. */
export function verifyHistory(database: DatabaseSync, witnesses: readonly string[]): ChainCheck {
  database.exec('BEGIN');
  try {
    const chain = checkChain(database, witnesses);
    return chain.brokenAt === undefined ? { ...chain, days: checkDays(database) } : chain;
  } finally {
    database.exec('COMMIT');
  }
}

/** A day as the newest run that recorded it wrote it down. */
interface Standing {
  readonly job: string;
  readonly day: string;
  readonly runId: string;
  readonly sequence: number;
  readonly hash: string;
}

/** What the runs of a chain that holds say of days, each run taken after the one before it. */
interface Ledger {
  readonly runs: ReadonlyMap<string, Row>;
  readonly standing: ReadonlyMap<string, Standing>;
  /** Days marked as late since they were recorded. */
  readonly late: ReadonlySet<string>;
  readonly isPruned: (day: string, sequence: number) => boolean;
}

function readLedger(database: DatabaseSync, prunings: readonly Row[]): Ledger {
  const runs = new Map<string, Row>();
  const standing = new Map<string, Standing>();
  const late = new Set<string>();
  for (const run of database.prepare(runQueries.runDays).iterate()) {
    const [runId, job, sequence] = [text(run, 'id'), text(run, 'job'), Number(run['sequence'])];
    const { hashes, late: marked } = runDaysOf(run);
    runs.set(runId, run);
    for (const [day, hash] of Object.entries(hashes)) {
      late.delete(keyOf(job, day));
      standing.set(keyOf(job, day), { job, day, runId, sequence, hash });
    }
    for (const day of marked) late.add(keyOf(job, day));
  }
  const isPruned = (day: string, sequence: number) =>
    prunings.some((pruning) => day < text(pruning, 'before') && sequence <= Number(pruning['sequence']));
  return { runs, standing, late, isPruned };
}

/**
 * Compares each recorded day with what the newest run that recorded it wrote down. Days recorded before there were such
 * hashes are counted: nothing proves them.
 */
function checkDays(database: DatabaseSync): DayCheck {
  const prunings = database.prepare(dayQueries.prunings).all();
  const ledger = readLedger(database, prunings);
  const found = new Set<string>();
  const faults: DayFault[] = [];
  let [proven, unproven] = [0, 0];
  for (const row of database.prepare(dayQueries.provableDays).iterate()) {
    const [job, day] = [text(row, 'job'), text(row, 'day')];
    found.add(keyOf(job, day));
    const outcome = proofOf(database, row, ledger);
    if (outcome === 'proven') proven++;
    else if (outcome === 'unproven') unproven++;
    else faults.push({ job, day, fault: outcome });
  }
  for (const [key, { job, day, sequence }] of ledger.standing) {
    if (!found.has(key) && !ledger.isPruned(day, sequence)) faults.push({ job, day, fault: 'removed' });
  }
  faults.sort((a, b) => (keyOf(a.job, a.day) < keyOf(b.job, b.day) ? -1 : 1));
  const prunedBefore = prunings.map((pruning) => text(pruning, 'before')).at(-1);
  return { proven, unproven, faults, ...(prunedBefore === undefined ? {} : { prunedBefore }) };
}

function proofOf(database: DatabaseSync, row: Row, ledger: Ledger): 'proven' | 'unproven' | DayFault['fault'] {
  const key = keyOf(text(row, 'job'), text(row, 'day'));
  const [run, standing] = [ledger.runs.get(text(row, 'run_id')), ledger.standing.get(key)];
  // A day that pruning took comes back only with a run recorded since.
  if (run === undefined || ledger.isPruned(text(row, 'day'), Number(run['sequence']))) return 'inserted';
  const [isLate, wasMarked] = [row['late'] === 1, ledger.late.has(key)];
  if (standing === undefined) {
    if (run['days_json'] !== null || !isOfWindow(row, run)) return 'inserted';
    // Who marked it before days were hashed is not known.
    return wasMarked && !isLate ? 'changed' : 'unproven';
  }
  if (standing.runId !== row['run_id'] || isLate !== wasMarked) return 'changed';
  return dayHashOf(database, row) === standing.hash ? 'proven' : 'changed';
}

function keyOf(job: string, day: string): string {
  return `${job} ${day}`;
}

function isOfWindow(day: Row, run: Row): boolean {
  const window = { from: new Date(text(run, 'window_from')), to: new Date(text(run, 'window_to')) };
  const { first, last } = dayBounds(window);
  return run['job'] === day['job'] && first <= text(day, 'day') && text(day, 'day') <= last;
}

function runDaysOf(run: Row): RunDays {
  return run['days_json'] === null ? { hashes: {}, late: [] } : (JSON.parse(text(run, 'days_json')) as RunDays);
}
