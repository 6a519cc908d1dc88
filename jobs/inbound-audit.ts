import { auditInbound } from '../src/run/inbound.ts';
import { dueDays, type Job } from '../src/job/job.ts';
import { runAudit } from '../src/pipeline.ts';

/** Nightly: headers of received messages of the days that are due -> verdict, history, digest. */
export const inboundAudit: Job = {
  name: 'inbound-audit',
  description: 'judges the TLS of mail received by Salesforce, from the headers kept with Email-to-Case messages',

  plan(facts) {
    return dueDays('inbound-audit', facts);
  },

  run(request, parts, signal) {
    return runAudit(auditInbound, { ...request, job: 'inbound-audit' }, parts, signal);
  },
};
