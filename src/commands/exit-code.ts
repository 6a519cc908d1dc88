import type { Verdict } from '../model/verdict.ts';

/** 0 whatever the verdict; with `--exit-code` 10 for fail and 11 for inconclusive, so that scripts can tell. */
export function exitCodeFor(verdict: Verdict, options: { exitCode?: boolean }): number {
  if (options.exitCode !== true) return 0;
  return { pass: 0, fail: 10, inconclusive: 11 }[verdict];
}

export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'pass') ? 'pass' : 'inconclusive';
}
