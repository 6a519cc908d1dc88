/** The columns of an Email Log as documented (Salesforce article 000383894), in the documented order. */
export const LOG_COLUMNS = [
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

export type LogColumn = (typeof LOG_COLUMNS)[number];

export type LogFields = Partial<Record<LogColumn, string>>;

const USUAL_FIELDS: Readonly<Record<LogColumn, string>> = {
  'Date/Time': '2026-11-03T09:00:00Z',
  'Internal Message ID': '16/A4-20983-88E21E84',
  'Mail Event': 'D',
  Recipient: 'ann@acme.example',
  Sender: 'news@example.com',
  'Remote Host': '192.0.2.25',
  'Bytes Transferred': '4711',
  'User ID': '005B0000000AbCd',
  'Message ID Header': '<1@example.com>',
  'Retry Count': '0',
  'Seconds in Queue': '1',
  'Delivery Stage': '',
  'Relay Address': '',
  TLS_Cipher: 'TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384',
  TLS_Verified: 'Unverified',
};

/** One row's fields: a usual delivery, with what the test is about put in its place. */
function logFields(fields: LogFields = {}, columns: readonly (LogColumn | (string & {}))[] = LOG_COLUMNS): string[] {
  const row: Readonly<Record<string, string>> = { ...USUAL_FIELDS, ...fields };
  return columns.map((column) => row[column] ?? '');
}

/**
 * The text of an Email Log. Every row is a usual delivery of a message of its own (so that no row repeats another),
 * changed by the fields the test names; a string stands in the text as it is, as one record.
 */
export function logText(
  rows: readonly (LogFields | string)[],
  options: { columns?: readonly (LogColumn | (string & {}))[]; newline?: string } = {},
): string {
  const { columns = LOG_COLUMNS, newline = '\n' } = options;
  const lines = rows.map((row, number) =>
    typeof row === 'string'
      ? row
      : logFields({ 'Internal Message ID': `16/A4-20983-${number}`, ...row }, columns)
          .map(quoteField)
          .join(','),
  );
  return [columns.map(quoteField).join(','), ...lines].map((line) => line + newline).join('');
}

function quoteField(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
