import { withoutAddresses } from '../support/addresses.ts';
import { AuditError } from '../support/errors.ts';

/** The columns the audit reads; all others only take part in telling rows apart. */
type ColumnName = 'dateTime' | 'mailEvent' | 'recipient' | 'tlsCipher' | 'tlsVerified' | 'internalId';

const DOCUMENTED: Readonly<Record<ColumnName, string>> = {
  dateTime: 'Date/Time',
  mailEvent: 'Mail Event',
  recipient: 'Recipient',
  tlsCipher: 'TLS_Cipher',
  tlsVerified: 'TLS_Verified',
  internalId: 'Internal Message ID',
};

/**
 * Other spellings of a column, in the form `normaliseColumnName` gives. The documented names are English; no real
 * header row is published (Salesforce article 000383894), so near and localised names are understood as well.
 */
const ALIASES: Readonly<Record<ColumnName, readonly string[]>> = {
  dateTime: [
    'date',
    'datetime',
    'datetime(gmt)',
    'datetimegmt',
    'datetime(utc)',
    'datetimeutc',
    'timestamp',
    'datumuhrzeit',
    'datum/zeit',
    'datumzeit',
    'dateheure',
    'fechahora',
    'dataora',
    'datahora',
    'datumtijd',
    '日時',
  ],
  mailEvent: [
    'mailevent',
    'emailevent',
    'event',
    'mailereignis',
    'emailereignis',
    'evenementdemessagerie',
    'eventodecorreo',
    'eventomail',
    'eventodeemail',
    'メールイベント',
  ],
  recipient: [
    'recipient',
    'recipients',
    'recipientaddress',
    'empfänger',
    'empfanger',
    'destinataire',
    'destinatario',
    'destinatário',
    'ontvanger',
    '受信者',
  ],
  tlsCipher: ['tlscipher', 'tlsciphersuite', 'tlsverschlüsselung', 'chiffrementtls', 'cifradotls'],
  tlsVerified: ['tlsverified', 'tlsverifiziert', 'tlsvérifié', 'tlsverificado'],
  internalId: ['internalmessageid', 'internalid', 'internenachrichtenid', 'interneberichtid'],
};

const OPTIONAL: ReadonlySet<ColumnName> = new Set(['tlsVerified', 'internalId']);

const COLUMN_OF_NAME: ReadonlyMap<string, ColumnName> = new Map(
  columnNames().flatMap((column) => ALIASES[column].map((alias) => [normaliseColumnName(alias), column] as const)),
);

export interface Columns {
  /** Position of each column the audit reads; -1 where an optional one is absent. */
  readonly index: Readonly<Record<ColumnName, number>>;
  /** Every column of the file by its normalised name, in the file's order. */
  readonly names: readonly string[];
}

/** The form in which column names are compared: no case, spaces, `_`, `/`, `-` or byte order mark. */
export function normaliseColumnName(name: string): string {
  return name.replace(/[\s_/\-\uFEFF]/gu, '').toLowerCase();
}

/**
 * Finds the needed columns in a header row by name, wherever they stand.
 * @throws AuditError naming the missing and the found columns.
 */
export function resolveColumns(header: readonly string[], source: string): Columns {
  const normalised = header.map(normaliseColumnName);
  const names = normalised.map((name) => {
    const column = COLUMN_OF_NAME.get(name);
    if (column === undefined) return name;
    // Beside the documented name, an alias is a column of its own.
    const documented = normaliseColumnName(DOCUMENTED[column]);
    return name === documented || !normalised.includes(documented) ? column : name;
  });
  const missing = columnNames().filter((column) => !OPTIONAL.has(column) && !names.includes(column));
  if (missing.length > 0) {
    const wanted = missing.map((column) => quoteColumn(DOCUMENTED[column])).join(', ');
    throw new AuditError(
      `${source}: the header row has no ${missing.length === 1 ? 'column' : 'columns'} ${wanted}; ` +
        `found: ${header.map(quoteColumn).join(', ')}`,
      { remedy: missingRemedy(header) },
    );
  }
  // The id only helps to find a message again: which of two is read decides nothing.
  const doubled = columnNames().filter(
    (column) => column !== 'internalId' && names.indexOf(column) !== names.lastIndexOf(column),
  );
  if (doubled.length > 0) {
    const found = header
      .map((name, position) => ({ name, position, column: names[position] }))
      .filter(({ column }) => doubled.some((twice) => twice === column));
    throw new AuditError(
      `${source}: the header row names a column more than once: ${found.map(({ name, position }) => `${quoteColumn(name)} (column ${position + 1})`).join(', ')}; ` +
        'one of each was expected',
      { remedy: 'Request the log again, or remove the copy that is not Salesforce’s own.' },
    );
  }
  const index = Object.fromEntries(columnNames().map((column) => [column, names.indexOf(column)]));
  return { index: index as Record<ColumnName, number>, names };
}

function missingRemedy(header: readonly string[]): string {
  const [only = ''] = header;
  const separator = header.length === 1 ? [';', '\t', '|'].find((character) => only.includes(character)) : undefined;
  return separator === undefined
    ? 'Check that this is a Salesforce Email Log (Setup > Email Log Files) and that its first line is intact.'
    : `The columns seem to be separated by ${JSON.stringify(separator)}; expected "," as Salesforce writes it. Use the file as it was downloaded.`;
}

function columnNames(): ColumnName[] {
  return Object.keys(DOCUMENTED) as ColumnName[];
}

function quoteColumn(header: string): string {
  const name = withoutAddresses(header);
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
}
