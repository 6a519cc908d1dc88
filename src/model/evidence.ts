import type { ChainLink } from './history.ts';
import type { RunEvidence, RunStamp } from './report.ts';

/** The run with its place in the chain of recorded runs, as reports name it. */
export function evidenceOf(run: RunStamp, link: ChainLink | null): RunEvidence {
  const days = link?.days ?? null;
  return { ...run, hash: link?.hash ?? null, previous: link?.previous ?? null, ...(days === null ? {} : { days }) };
}
