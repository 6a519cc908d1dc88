import { Tally } from '../../src/judge/tally.ts';
import type { LogRow } from '../../src/model/log-row.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/model/policy.ts';
import type { Window } from '../../src/model/window.ts';

const USUAL_TIME = '2026-11-03T09:00:00.000Z';

export interface DatedRow extends Partial<LogRow> {
  /** ISO 8601. */
  readonly time?: string;
  /** Short for one recipient `ann` at that domain. */
  readonly domain?: string;
}

export function rowOf(row: DatedRow): LogRow {
  const { event = 'D', domain = 'acme.example' } = row;
  return {
    event,
    eventText: row.eventText ?? (event === 'other' ? 'X' : event),
    recipients: row.recipients ?? [{ mailbox: 'ann', domain }],
    tlsCipher: row.tlsCipher ?? 'TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384',
    tlsVerified: row.tlsVerified ?? '',
    internalId: row.internalId ?? '',
  };
}

/** A tally of rows that are usual deliveries, changed by what the test names. */
export function tallyOf(
  rows: readonly DatedRow[],
  { policy = DEFAULT_POLICY, window }: { policy?: Policy; window?: Window } = {},
): Tally {
  const tally = new Tally(policy, window);
  for (const row of rows) tally.add(rowOf(row), Date.parse(row.time ?? USUAL_TIME));
  return tally;
}

export function windowOf(from: string, to: string): Window {
  return { from: new Date(from), to: new Date(to) };
}
