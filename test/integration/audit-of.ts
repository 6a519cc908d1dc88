import type { LazySession } from '../../src/acquire/lazy-session.ts';
import { createMessageSource } from '../../src/acquire/email-messages.ts';
import { createOrgNotes } from '../../src/acquire/org-notes.ts';
import type { History } from '../../src/model/history.ts';
import type { LogSource } from '../../src/model/ports.ts';
import type { Report } from '../../src/model/report.ts';
import type { Window } from '../../src/model/window.ts';
import { auditOutbound } from '../../src/run/outbound.ts';
import { runAudit } from '../../src/pipeline.ts';
import { openHistory } from '../../src/record/history.ts';
import type { Logger } from '../../src/support/logger.ts';

export interface AuditContext {
  readonly window: Window;
  readonly now: Date;
  readonly spoolFolder: string;
  readonly logger: Logger;
  readonly session: LazySession;
  readonly signal?: AbortSignal;
  /** Where it is recorded; a history of its own where left out. */
  readonly history?: History;
}

/** One outbound run as a worker makes it, recorded, on what the source brings; closes the source. */
export async function auditOf(source: LogSource, context: AuditContext): Promise<Report> {
  const { window, now, spoolFolder, logger, session, signal = new AbortController().signal } = context;
  const history = context.history ?? openHistory(':memory:');
  try {
    const parts = {
      clock: { now: () => now },
      logger,
      source,
      messages: createMessageSource(session),
      orgNotes: createOrgNotes(session, logger),
      history,
      mailer: undefined,
      policy: { minimum: 'TLSv1.2', maximum: null } as const,
      exceptions: [],
      adviceRule: { days: 30, minDeliveries: 5, minDays: 3, maxListCharacters: 4000 },
      dateOrder: 'auto' as const,
      overlapDays: 2,
      quietHours: 24,
      owner: { id: 'test', place: 'test', pid: 1 },
      mailWhen: 'always' as const,
      tooOldAfterMs: 1000,
      spoolFolder,
      version: '0',
      renderDigest: () => ({ subject: '', text: '', html: '', messageId: '', headers: {}, attachments: [] }),
    };
    const phaseLimits = { finding: 60_000, fetching: 60_000, reading: 60_000 };
    const request = {
      job: 'outbound-audit',
      window,
      dryRun: false,
      phaseLimits,
      reachDays: 30,
      ahead: [],
      judgedLogs: new Set<string>(),
    };
    return (await runAudit(auditOutbound, request, parts, signal)).report;
  } finally {
    await source.close();
    await session.close();
    if (context.history === undefined) history.close();
  }
}
