import type { Chore, Job } from '../src/job/job.ts';
import { historyPruning } from './history-pruning.ts';
import { inboundAudit } from './inbound-audit.ts';
import { outboundAudit } from './outbound-audit.ts';
import { weeklySummary } from './weekly-summary.ts';

/** Every job there is: a literal list, so that what runs is what stands here. */
export const jobs: readonly Job[] = [outboundAudit, inboundAudit];

export const chores: readonly Chore[] = [weeklySummary, historyPruning];
