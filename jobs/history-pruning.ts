import type { Chore } from '../src/job.ts';
import { DAY_MS, startOfUtcDay } from '../src/model/window.ts';

/** A mail everybody has got tells nothing that its run does not tell. */
const KEEP_MAILS_DAYS = 31;

/** Weekly: forgets results and runs older than history.keepDays, and mails that were delivered long ago. */
export const historyPruning: Chore = {
  name: 'history-pruning',
  description: 'forgets results older than history.keepDays',

  run({ clock, history, keepDays }) {
    const today = startOfUtcDay(clock.now().getTime());
    const results = new Date(today - keepDays * DAY_MS);
    history.prune({ results, mails: new Date(today - KEEP_MAILS_DAYS * DAY_MS) });
    return Promise.resolve(`Results before ${results.toISOString().slice(0, 10)} are forgotten.\n`);
  },
};
