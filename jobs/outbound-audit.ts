import type { Job } from '../src/job.ts';
import { runAudit } from '../src/pipeline.ts';
import { dueWindows } from '../src/record/due-window.ts';
import { DAY_MS } from '../src/model/window.ts';

/** Nightly: Email Logs of the days that are due -> verdict, history, digest. */
export const outboundAudit: Job = {
  name: 'outbound-audit',
  description: 'judges the TLS of mail sent from Salesforce, from its Email Log files',

  plan({ now, history, settings }) {
    const { firstRunDays, catchUpDays, reachDays } = settings;
    const days = Math.max(catchUpDays, reachDays) + 1;
    const lookBack = { from: new Date(now.getTime() - days * DAY_MS), to: now };
    return dueWindows({
      now,
      reachDays,
      coveredDays: history.coveredDays('outbound-audit', lookBack),
      auditedDays: history.auditedDays('outbound-audit', lookBack),
      firstDay: history.firstDay('outbound-audit'),
      firstRunDays,
      catchUpDays,
    });
  },

  run(request, parts, signal) {
    return runAudit({ ...request, job: 'outbound-audit' }, parts, signal);
  },
};
