import { describe, expect, it } from '@jest/globals';
import { normaliseColumnName, resolveColumns } from '../../src/parse/columns.ts';
import { AuditError } from '../../src/support/errors.ts';
import { LOG_COLUMNS } from '../support/log-text.ts';

const NEEDED = ['Date/Time', 'Mail Event', 'Recipient', 'TLS_Cipher', 'TLS_Verified'];

describe('normaliseColumnName', () => {
  it.each([
    ['Date/Time', 'datetime'],
    ['DATE_TIME', 'datetime'],
    ['date-time', 'datetime'],
    ['  Date / Time  ', 'datetime'],
    ['\uFEFFDate/Time', 'datetime'],
    ['Date\u00A0Time', 'datetime'],
    ['TLS Cipher', 'tlscipher'],
    ['tls-cipher', 'tlscipher'],
  ])('compares %j as %s', (name, normalised) => {
    expect(normaliseColumnName(name)).toBe(normalised);
  });
});

describe('the needed columns', () => {
  it('are found in the documented header row', () => {
    expect(resolveColumns(LOG_COLUMNS, 'a.csv').index).toEqual({
      dateTime: 0,
      mailEvent: 2,
      recipient: 3,
      tlsCipher: 13,
      tlsVerified: 14,
      internalId: 1,
    });
  });

  it.each([
    ['in capitals', ['DATE/TIME', 'MAIL EVENT', 'RECIPIENT', 'TLS_CIPHER', 'TLS_VERIFIED']],
    ['as API names', ['date_time', 'mail_event', 'recipient', 'tls_cipher', 'tls_verified']],
    ['with hyphens', ['date-time', 'mail-event', 'recipient', 'tls-cipher', 'tls-verified']],
    ['run together', ['DateTime', 'MailEvent', 'Recipient', 'TLSCipher', 'TLSVerified']],
    ['with spaces around', [' Date/Time ', '\tMail Event', 'Recipient ', ' TLS Cipher', 'TLS Verified ']],
    ['after a byte order mark', ['\uFEFFDate/Time', 'Mail Event', 'Recipient', 'TLS_Cipher', 'TLS_Verified']],
    ['in German', ['Datum/Uhrzeit', 'Mail-Ereignis', 'Empfänger', 'TLS-Verschlüsselung', 'TLS verifiziert']],
    ['in Japanese', ['日時', 'メールイベント', '受信者', 'TLS_Cipher', 'TLS_Verified']],
  ])('are found %s', (_, header) => {
    expect(resolveColumns(header, 'a.csv').index).toEqual({
      dateTime: 0,
      mailEvent: 1,
      recipient: 2,
      tlsCipher: 3,
      tlsVerified: 4,
      internalId: -1,
    });
  });

  it('are found in any order, between columns that nobody knows', () => {
    const header = ['TLS_Verified', 'Added 2027', 'TLS_Cipher', '', 'Recipient', 'Mail Event', '', 'Date/Time'];
    expect(resolveColumns(header, 'a.csv').index).toEqual({
      dateTime: 7,
      mailEvent: 5,
      recipient: 4,
      tlsCipher: 2,
      tlsVerified: 0,
      internalId: -1,
    });
  });

  it('may lack TLS_Verified, which says nothing about the protocol', () => {
    expect(resolveColumns(NEEDED.slice(0, 4), 'a.csv').index.tlsVerified).toBe(-1);
  });

  it('have the same names however they are spelled, so that rows of two files can be compared', () => {
    const english = resolveColumns(['Date/Time', 'Mail Event', 'Recipient', 'TLS_Cipher', 'Sender'], 'a.csv');
    const other = resolveColumns(['DATUM_UHRZEIT', 'mail-event', 'empfänger', 'Tls Cipher', 'SENDER'], 'b.csv');
    expect(other.names).toEqual(english.names);
  });
});

describe('a header row that is refused', () => {
  it.each(NEEDED.slice(0, 4))('without %s names it and every column that was found', (missing) => {
    const header = ['Sender', ...NEEDED.filter((column) => column !== missing)];
    const error = errorOf(header);
    expect(error.message).toContain(`a.csv: the header row has no column "${missing}";`);
    for (const column of header) expect(error.message).toContain(JSON.stringify(column));
    expect(error.remedy).toContain('Email Log');
  });

  it('names all missing columns at once', () => {
    expect(errorOf(['Recipient', 'Sender']).message).toContain('no columns "Date/Time", "Mail Event", "TLS_Cipher";');
  });

  it('does not repeat a column name of any length', () => {
    expect(errorOf(['x'.repeat(5000)]).message.length).toBeLessThan(300);
  });

  it('does not repeat an address, where the header is missing and the first line is a row', () => {
    const { message } = errorOf(['3/06/2026 13:37', 'D', 'ann.of.acme@acme.example', '<bob@other.example>', ':']);
    expect(message).toContain('3/06/2026 13:37');
    expect(message).not.toMatch(/ann|bob/);
  });

  it.each([
    ['Recipient', 'RECIPIENT'],
    ['TLS_Cipher', 'TLS Cipher'],
    ['Date/Time', 'date_time'],
  ])('names a needed column that stands there twice: %s and %s', (first, second) => {
    const error = errorOf([...NEEDED, second]);
    expect(error.message).toContain('more than once');
    expect(error.message).toContain(JSON.stringify(first));
    expect(error.message).toContain(JSON.stringify(second));
  });

  it('is not one where a column the audit does not read stands twice', () => {
    expect(resolveColumns([...NEEDED, 'Note', 'Note'], 'a.csv').names).toHaveLength(7);
  });
});

function errorOf(header: readonly string[]): AuditError {
  try {
    resolveColumns(header, 'a.csv');
  } catch (error) {
    if (error instanceof AuditError) return error;
    throw error;
  }
  throw new Error('the header row was accepted');
}
