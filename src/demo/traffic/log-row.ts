/** The documented columns of an Email Log (Salesforce article 000383894), the TLS ones at the end of the line. */
export const COLUMNS = [
  'Date/Time',
  'Internal Message ID',
  'Mail Event',
  'Recipient',
  'Sender',
  'Remote Host',
  'Bytes Transferred',
  'User ID',
  'Message ID Header',
  'Retry Count',
  'Seconds in Queue',
  'Delivery Stage',
  'Relay Address',
  'TLS_Cipher',
  'TLS_Verified',
] as const;

/** Why a row stands in the log; not part of the file. */
export type RowKind =
  | 'reception'
  | 'delivery'
  | 'transient-failure'
  | 'permanent-failure'
  | 'hand-off'
  | 'warm-up-reception'
  | 'warm-up-delivery'
  | 'duplicate'
  | 'ragged';

export interface LogRow {
  readonly kind: RowKind;
  /** Minutes since midnight, UTC. */
  readonly minute: number;
  /** In the order of `COLUMNS`; a ragged row has fewer. */
  readonly fields: readonly string[];
}

/** `d/MM/yyyy HH:mm`, after the one documented example, `3/06/2009 13:37`. */
export function logTime(day: string, minute: number): string {
  const [year = '', month = '', date = ''] = day.split('-');
  const hours = String(Math.floor(minute / 60)).padStart(2, '0');
  return `${Number(date)}/${month}/${year} ${hours}:${String(minute % 60).padStart(2, '0')}`;
}

/** RFC 4180: every field in quotes, lines end in CRLF. */
export function toCsv(rows: readonly LogRow[]): string {
  return [COLUMNS, ...rows.map(({ fields }) => fields)].map(toLine).join('');
}

function toLine(fields: readonly string[]): string {
  return `${fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')}\r\n`;
}
