import type { Chore } from '../src/job/job.ts';
import { DAY_MS, startOfUtcDay } from '../src/model/window.ts';

/** A mail everybody has got tells nothing that its run does not tell. */
const KEEP_MAILS_DAYS = 31;

/** Weekly: forgets results and runs older than history.keepDays, and mails that were delivered long ago. */
export const historyPruning: Chore = {
  name: 'history-pruning',
  description: 'forgets results older than history.keepDays',

  run({ audits, clock, history, keepDays }) {
    const now = clock.now();
    const today = startOfUtcDay(now.getTime());
    // A clock that is ahead must not make what was found look old: what counts is how far data tells of mail.
    const covered = audits.flatMap((job) => [...history.coveredDays(job, { from: new Date(0), to: now })]);
    const toldUntil = Math.max(0, ...covered.map((day) => Date.parse(day) + DAY_MS));
    const results = new Date(Math.min(today, toldUntil) - keepDays * DAY_MS);
    const mails = new Date(today - KEEP_MAILS_DAYS * DAY_MS);
    history.prune({ results, mails, mailsAfter: new Date(now.getTime() + DAY_MS) });
    return Promise.resolve(`Results before ${results.toISOString().slice(0, 10)} are forgotten.\n`);
  },
};
