import type { Verdict } from './verdict.ts';
import type { Window } from './window.ts';

/** What a run does at the moment, or did last. */
export type RunPhase = 'finding' | 'fetching' | 'reading' | 'recording' | 'done';

/** How a run ended: with its verdict, or without one. Abandoned: stopped or killed before it had a result. */
export type RunEnd = Verdict | 'failed' | 'abandoned';

export interface RunCounts {
  readonly files?: number;
  readonly rows?: number;
  readonly deliveries?: number;
  readonly violations?: number;
}

/** A run as it went, from its start; what it found stands in its report. */
export interface RunRecord {
  readonly id: string;
  readonly job: string;
  readonly window: Window;
  readonly startedAt: Date;
  readonly phase: RunPhase;
  readonly counts: RunCounts;
  /** Null while it is under way, and where it was killed before anybody could note the time. */
  readonly endedAt: Date | null;
  /** Null while it is under way. */
  readonly end: RunEnd | null;
  /** Why there is no result; null where there is one. */
  readonly reason: string | null;
  /** The later run over the same window whose figures count now. */
  readonly supersededBy: string | null;
}

/** Runs of a job that ended alike. */
export interface RunTotal {
  readonly end: RunEnd;
  readonly runs: number;
  /** Those of which it is known when they ended: nobody notes it for a run that is killed. */
  readonly timed: number;
  /** What these took together. */
  readonly durationMs: number;
}

/** A process, and one piece of work of it. */
export interface Owner {
  /** Random. */
  readonly id: string;
  /** Where process numbers mean the same: host, its boot, its process namespace. */
  readonly place: string;
  readonly pid: number;
}

/** The course of runs. */
export interface RunRecords {
  begin(run: { readonly id: string; readonly job: string; readonly window: Window; readonly startedAt: Date }): void;
  /** Counts are added to those known before. */
  progress(id: string, phase: RunPhase, counts?: RunCounts): void;
  /** Ends a run that has no result; one that has ended already stays as it is. */
  end(id: string, end: 'failed' | 'abandoned', facts: { readonly at: Date; readonly reason: string }): void;
  /** Newest first, in the order in which they were begun; superseded ones too. */
  latest(job: string | undefined, limit: number): RunRecord[];
  /** Every run of the job that ever ended, also what pruning has removed: no number ever falls. */
  totals(job: string): RunTotal[];
  /** The run whose figures count now for the window of the given one; null where these do. */
  newerThan(id: string): string | null;
}

/** Locks across processes. A holder that died, or whose heartbeat stopped, loses its lock to the next who asks. */
export interface Locks {
  /**
   * Takes the lock, or says who holds it. Where it is taken from a dead holder of `job:NAME`, the runs of that job that
   * were left under way become abandoned ones.
   */
  acquire(name: string, owner: Owner, now: Date): LockHolder | undefined;
  /** False where the lock was lost to somebody else. */
  beat(name: string, owner: Owner, now: Date): boolean;
  release(name: string, owner: Owner): void;
}

export interface LockHolder {
  readonly place: string;
  readonly pid: number;
  readonly since: Date;
}
