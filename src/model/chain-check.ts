/** What checking the chain of recorded runs found. */
export interface ChainCheck {
  readonly runs: number;
  /** Runs recorded before there were hashes. */
  readonly unhashed: number;
  /** Runs of which pruning left no more than their place in the chain. */
  readonly pruned: number;
  /** The end of the latest window of a pruned run, ISO 8601. */
  readonly prunedUntil: string | undefined;
  /** The hash over all of it, hex; empty without a run. */
  readonly head: string;
  /** The first run whose hash is not what it should be. */
  readonly brokenAt: string | undefined;
  /** Hashes written down elsewhere that no run of the chain has. */
  readonly unknown: readonly string[];
  /** Absent where the chain is broken: then nothing proves any day. */
  readonly days?: DayCheck;
}

/** What comparing the recorded days with the hashes in the chain found. */
export interface DayCheck {
  /** Days that are as the run they rest on recorded them. */
  readonly proven: number;
  /** Days recorded before days were hashed: nothing proves them. */
  readonly unproven: number;
  /** By job and day. */
  readonly faults: readonly DayFault[];
  /** Pruning took the days before this one (`YYYY-MM-DD`); absent where it took none. */
  readonly prunedBefore?: string;
}

export interface DayFault {
  readonly job: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** `removed`: though no pruning took it. `inserted`: no run recorded it. `changed`: it is not as its run recorded it. */
  readonly fault: 'changed' | 'inserted' | 'removed';
}
