export type Verdict = 'pass' | 'fail' | 'inconclusive';
