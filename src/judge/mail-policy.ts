import type { Report, Verdict } from '../model/report.ts';

/** When a digest is mailed; what is not mailed is recorded all the same. */
export type MailWhen = 'always' | 'on-change' | 'on-problem';

/** Whether the digest of a run is to be mailed. `before` is the verdict of the run before; undefined on a first run. */
export function deservesMail(when: MailWhen, report: Report, before: Verdict | undefined): boolean {
  switch (when) {
    case 'always':
      return true;
    case 'on-problem':
      return report.verdict !== 'pass';
    case 'on-change':
      return before !== report.verdict || (report.changes ?? []).some(({ state }) => state !== 'ongoing');
  }
}
