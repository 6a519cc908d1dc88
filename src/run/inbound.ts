import { createHash } from 'node:crypto';
import { assess } from '../judge/assessment.ts';
import { gapAfter } from '../judge/coverage.ts';
import { MessageTally } from '../judge/message/message-tally.ts';
import { readKeptHeaders } from '../parse/message/kept-headers.ts';
import type { AuditRequest, Audited, RunParts } from './run.ts';
import type { Progress } from './run-course.ts';

/** A message becomes visible when the transaction that stores it ends, which is later than the time it carries. */
const SETTLING_MS = 5 * 60_000;

/**
 * Mail that Salesforce received: every message of the window is read, judged and forgotten, page by page.
 * @throws AuditError where the messages cannot be read to the end.
 */
export async function auditInbound(
  request: AuditRequest,
  parts: RunParts,
  signal: AbortSignal,
  progress: Progress,
): Promise<Audited> {
  const { logger, messages, policy } = parts;
  const { run, window, startedAt } = request;
  logger.info('looking for messages', { run, source: messages.description });
  progress('fetching');
  const tally = new MessageTally(policy, window);
  const hash = createHash('sha256');
  let rows = 0;
  for await (const page of messages.pages(window, signal)) {
    rows += page.length;
    for (const { id, receivedAt, senderDomain, headers } of page) {
      hash.update(JSON.stringify([id, headers]));
      tally.add({ senderDomain, kept: readKeptHeaders(headers) }, receivedAt.getTime());
    }
  }
  logger.info('messages read', { run, messages: rows });

  const report = assess({
    direction: 'inbound',
    policy,
    window: { from: window.from.toISOString(), to: window.to.toISOString() },
    tally: tally.servers,
    senders: tally.senders,
    sources: [{ name: 'EmailMessage', sha256: hash.digest('hex'), rows, dateOrder: 'unambiguous' }],
    rejected: 0,
    duplicates: 0,
    rejects: [],
    gaps: gapAfter(window, new Date(startedAt.getTime() - SETTLING_MS)),
    failures: [],
    notes: tally.notes(),
  });
  return {
    report,
    tally: tally.servers,
    unread: [],
    extents: [],
    late: [],
    logIds: [],
    unreadDays: [],
    cursor: undefined,
  };
}
