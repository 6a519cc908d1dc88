import type { Job } from '../src/job.ts';
import { inboundAudit } from './inbound-audit.ts';
import { outboundAudit } from './outbound-audit.ts';

/** Every job there is: a literal list, so that what runs is what stands here. */
export const jobs: readonly Job[] = [outboundAudit, inboundAudit];
