import { dueDays, type Job } from '../src/job/job.ts';
import { auditOutbound } from '../src/run/outbound.ts';
import { runAudit } from '../src/pipeline.ts';

/** Nightly: Email Logs of the days that are due -> verdict, history, digest. */
export const outboundAudit: Job = {
  name: 'outbound-audit',
  description: 'judges the TLS of mail sent from Salesforce, from its Email Log files',

  plan(facts) {
    return dueDays('outbound-audit', facts);
  },

  run(request, parts, signal) {
    return runAudit(auditOutbound, { ...request, job: 'outbound-audit' }, parts, signal);
  },
};
