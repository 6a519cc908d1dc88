import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { MailKind, MailTry, NewMail, Outbox, OutboxLine, OwedMail, Undelivered } from '../model/outbox.ts';
import type { DigestMail } from '../model/ports.ts';
import { outboxQueries } from './queries/outbox.ts';
import { type Row, text } from './recorded-run.ts';
import type { Guard } from './run-records.ts';
import { inTransaction } from './transaction.ts';

export function outboxIn(database: DatabaseSync, guarded: Guard): Outbox {
  function owed(messageId: string | null): OwedMail[] {
    return guarded('Reading the owed mails from', () =>
      database.prepare(outboxQueries.owedMails).all({ messageId }).map(toOwedMail),
    );
  }

  return {
    put(entry: NewMail): boolean {
      let isNew = false;
      guarded('Storing a mail in', () =>
        inTransaction(database, () => {
          isNew = putMail(database, entry, null);
        }),
      );
      return isNew;
    },

    owed: () => owed(null),

    find: (messageId) => owed(messageId)[0],

    readdress(messageId: string, wanted: readonly string[], at: Date): void {
      guarded('Addressing a mail anew in', () =>
        inTransaction(database, () => readdress(database, messageId, wanted, at.toISOString())),
      );
    },

    begin(messageId: string, nextTryAt: Date): void {
      guarded('Noting that a mail is tried in', () =>
        database.prepare(outboxQueries.beginTry).run({ messageId, nextTryAt: nextTryAt.toISOString() }),
      );
    },

    record(messageId: string, outcome: MailTry): void {
      guarded('Noting what became of a mail in', () =>
        inTransaction(database, () => recordTry(database, messageId, outcome)),
      );
    },

    undelivered(job: string, lateBefore: Date): Undelivered[] {
      return guarded('Reading the undelivered mails from', () =>
        database
          .prepare(outboxQueries.undeliveredMails)
          .all({ job, lateBefore: lateBefore.toISOString() })
          .map(toUndelivered),
      );
    },

    open(): OutboxLine[] {
      return guarded('Reading the outbox from', () =>
        database.prepare(outboxQueries.openMails).all().map(toOutboxLine),
      );
    },
  };
}

/** Stores a mail inside a transaction; what it tells of is not owed any more. False where it is stored already. */
export function putMail(database: DatabaseSync, entry: NewMail, runId: string | null): boolean {
  const { mail, kind, job, recipients, tellsOf = [], supersedes = [] } = entry;
  const { messageId } = mail;
  const at = entry.at.toISOString();
  const stored = database
    .prepare(outboxQueries.putMail)
    .run({ messageId, kind, job, runId, mail: JSON.stringify(mail), at });
  if (Number(stored.changes) === 0) return false;
  putRecipients(database, messageId, recipients, at);
  for (const told of tellsOf) {
    database.prepare(outboxQueries.mergeOwed).run({ messageId: told, at });
    database.prepare(outboxQueries.tellRefused).run({ messageId: told });
  }
  for (const superseded of supersedes) database.prepare(outboxQueries.mergeOwed).run({ messageId: superseded, at });
  return true;
}

function putRecipients(database: DatabaseSync, messageId: string, addresses: readonly string[], at: string): void {
  const putRecipient = database.prepare(outboxQueries.putRecipient);
  for (const address of addresses) {
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    putRecipient.run({ messageId, recipient: recipientKey(messageId, address), domain, at });
  }
}

function readdress(database: DatabaseSync, messageId: string, wanted: readonly string[], at: string): void {
  const keys = new Set(wanted.map((address) => recipientKey(messageId, address)));
  const owed = database.prepare(outboxQueries.owedRecipients).all({ messageId });
  if (keys.size === 0 || owed.some((row) => keys.has(text(row, 'recipient')))) return;
  if (database.prepare(outboxQueries.acceptedRecipient).get({ messageId }) !== undefined) return;
  putRecipients(database, messageId, wanted, at);
}

function recordTry(database: DatabaseSync, messageId: string, outcome: MailTry): void {
  const at = outcome.at.toISOString();
  const settle = (recipient: string, state: string, response: string | null) =>
    database.prepare(outboxQueries.settleRecipient).run({ messageId, recipient, state, at, response });
  for (const address of outcome.accepted) settle(recipientKey(messageId, address), 'accepted', null);
  for (const { recipient, response } of outcome.refused) {
    settle(recipientKey(messageId, recipient), 'refused', response);
  }
  const wanted = new Set(outcome.wanted.map((address) => recipientKey(messageId, address)));
  for (const row of database.prepare(outboxQueries.owedRecipients).all({ messageId })) {
    const recipient = text(row, 'recipient');
    if (!wanted.has(recipient)) settle(recipient, 'withdrawn', null);
  }
  const nextTryAt = outcome.nextTryAt.toISOString();
  database.prepare(outboxQueries.noteTry).run({ messageId, nextTryAt, failure: outcome.failure });
  database.prepare(outboxQueries.markRunMailed).run({ messageId, at });
}

/** Recognises an address without holding it; different in every mail, so that mails cannot be joined by it. */
function recipientKey(messageId: string, address: string): string {
  const at = address.lastIndexOf('@');
  const spelling = `${address.slice(0, at)}${address.slice(at).toLowerCase()}`;
  return createHash('sha256').update(`${messageId}\n${spelling}`).digest('hex').slice(0, 32);
}

function toOwedMail(row: Row): OwedMail {
  const messageId = text(row, 'message_id');
  const recipients = new Set(JSON.parse(text(row, 'recipients')) as string[]);
  return {
    messageId,
    kind: text(row, 'kind') as MailKind,
    job: text(row, 'job'),
    createdAt: new Date(text(row, 'created_at')),
    mail: JSON.parse(text(row, 'mail_json')) as DigestMail,
    tries: Number(row['tries']),
    nextTryAt: new Date(text(row, 'next_try_at')),
    runId: row['run_id'] === null ? null : text(row, 'run_id'),
    window:
      row['window_from'] === null
        ? null
        : { from: new Date(text(row, 'window_from')), to: new Date(text(row, 'window_to')) },
    isOwedTo: (address) => recipients.has(recipientKey(messageId, address)),
  };
}

function toUndelivered(row: Row): Undelivered {
  const mail = JSON.parse(text(row, 'mail_json')) as DigestMail;
  return {
    messageId: text(row, 'message_id'),
    kind: text(row, 'kind') as MailKind,
    runId: row['run_id'] === null ? null : text(row, 'run_id'),
    subject: mail.subject,
    text: wholeTextOf(mail),
    createdAt: new Date(text(row, 'created_at')),
    why: row['refused'] === 1 ? 'refused' : 'late',
    domains: (JSON.parse(text(row, 'domains')) as string[]).toSorted(),
    response: nullable(row, 'response') ?? nullable(row, 'last_failure'),
  };
}

/** With the text of the mails it tells of itself, so that a long outage loses nothing. */
function wholeTextOf({ text: own, attachments }: DigestMail): string {
  const carried = attachments.filter(({ contentType }) => contentType.startsWith('text/plain'));
  return [own, ...carried.map(({ content }) => content)].join('\n\n');
}

function toOutboxLine(row: Row): OutboxLine {
  return {
    messageId: text(row, 'message_id'),
    kind: text(row, 'kind') as MailKind,
    job: text(row, 'job'),
    subject: text(row, 'subject'),
    createdAt: new Date(text(row, 'created_at')),
    tries: Number(row['tries']),
    nextTryAt: new Date(text(row, 'next_try_at')),
    lastFailure: nullable(row, 'last_failure'),
    owed: Number(row['owed']),
    refused: Number(row['refused']),
  };
}

function nullable(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}
