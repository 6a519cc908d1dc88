import { getSystemErrorMessage } from 'node:util';
import type { NodemailerError } from 'nodemailer';
import type { Delivered } from '../model/ports.ts';
import { AuditError } from '../support/errors.ts';
import { countOf } from '../support/plural.ts';
import type { SmtpOptions } from './smtp-options.ts';
import { explainTlsFailure, type Explanation } from './tls-failure.ts';

/** What is known about the attempt that failed. */
interface Attempt {
  /** `Sending the mail`, `Checking the mail server`: the beginning of the message. */
  readonly doing: string;
  readonly options: SmtpOptions;
  /** True from the moment the server asked for the message's bytes. */
  readonly handedOver: boolean;
}

/** A mail nobody got. */
export class MailFailure extends AuditError {
  /** Who was refused, and for how long; empty where the failure is about the session and not about recipients. */
  readonly rejected: Delivered['rejected'];
  /** True where the message itself was refused for good: the same message will never be accepted. */
  readonly permanent: boolean;

  constructor(message: string, facts: { remedy: string; rejected: Delivered['rejected']; permanent: boolean }) {
    super(message, { remedy: facts.remedy });
    this.rejected = facts.rejected;
    this.permanent = facts.permanent;
  }
}

/** For a session that ended between the message and the server's answer to it. */
export const HANDED_OVER = '; the message was already handed over, so it may or may not be delivered';

const TRY_LATER = 'The refusal is temporary: it can be tried again later.';
const CHECK_NETWORK =
  'Check mail.smtp.host and mail.smtp.port, that the server runs, and that a firewall lets this machine reach it.';

/**
 * Turns a failed SMTP session into an error for people. The cause is left behind on purpose: nodemailer's errors carry
 * recipients and whatever the server echoed.
 */
export function smtpFailure(error: NodemailerError, attempt: Attempt): MailFailure {
  const { host, port } = attempt.options;
  const { found, remedy } = explain(error, attempt.options);
  const doubt = attempt.handedOver && error.responseCode === undefined ? HANDED_OVER : '';
  const tooLarge = error.code === 'EMESSAGE' && error.command === 'MAIL FROM';
  return new MailFailure(`${attempt.doing} through ${host}:${port}: ${found}${doubt}`, {
    remedy,
    rejected: (error.rejectedErrors ?? []).map((refusal) => toRejection(refusal, attempt.options)),
    permanent: tooLarge || (error.command === 'DATA' && isPermanent(error)),
  });
}

/** One recipient's refusal. */
export function toRejection(error: NodemailerError, options: SmtpOptions): Delivered['rejected'][number] {
  return {
    recipient: error.recipient ?? '',
    response: cleanAnswer(error.response ?? error.message, options),
    permanent: isPermanent(error),
  };
}

/** RFC 5321 section 4.2.1: 5yz is for good, 4yz is worth another try. 503 tells of a confused session. */
function isPermanent({ permanent, responseCode = 0 }: NodemailerError): boolean {
  return permanent ?? (responseCode >= 500 && responseCode !== 503);
}

function explain(error: NodemailerError, options: SmtpOptions): Explanation {
  return (
    explainTlsFailure(error, options) ??
    explainNetworkFailure(error, options) ??
    explainAnswer(error, options) ?? {
      found: `the session failed: ${cleanAnswer(error.message, options)}`,
      remedy: CHECK_NETWORK,
    }
  );
}

function explainNetworkFailure(error: NodemailerError, options: SmtpOptions): Explanation | undefined {
  const code = error.originalCode ?? error.code ?? '';
  if (error.code === 'EDNS') {
    return {
      found: `the host name could not be resolved (${code})`,
      remedy: 'Check the spelling of mail.smtp.host and the name service of this machine.',
    };
  }
  if (error.code === 'ETIMEDOUT' || code === 'ETIMEDOUT') return explainTimeout(error, options);
  if (code === 'ECONNREFUSED') {
    return { found: 'the connection was refused: nothing listens there', remedy: CHECK_NETWORK };
  }
  if (error.responseCode !== undefined) return undefined;
  if (error.code === 'ECONNECTION' || code === 'ECONNRESET' || code === 'EPIPE') {
    return { found: 'the connection was closed before the server had answered', remedy: CHECK_NETWORK };
  }
  if (error.code === 'ESOCKET') {
    const meaning = error.errno === undefined ? '' : `: ${getSystemErrorMessage(error.errno)}`;
    return { found: `the connection failed (${code}${meaning})`, remedy: CHECK_NETWORK };
  }
  return undefined;
}

function explainTimeout(error: NodemailerError, { timeoutMs, port, security }: SmtpOptions): Explanation {
  const limit = `within ${timeoutMs} ms`;
  const slow = 'A server that is only slow needs a longer mail.smtp.timeoutMs.';
  switch (error.timeoutType) {
    case 'GREETING_TIMEOUT':
      return {
        found: `the connection was made, but the server sent no greeting ${limit}`,
        remedy:
          security !== 'tls' && port === 465
            ? 'Port 465 expects TLS from the first byte: set mail.smtp.security to tls.'
            : `Check that an SMTP server listens there, and whether it expects TLS from the first byte (mail.smtp.security: tls). ${slow}`,
      };
    case 'UPGRADE_TIMEOUT':
      return {
        found: `the TLS handshake did not end ${limit}`,
        remedy: `Check the TLS settings of the server. ${slow}`,
      };
    case 'SOCKET_TIMEOUT':
      return { found: `the server did not answer ${limit}`, remedy: slow };
    default:
      return { found: `no connection was made ${limit}`, remedy: `${CHECK_NETWORK} ${slow}` };
  }
}

/** A refusal the server put into words (RFC 5321 section 4.2), by the command it answers. */
function explainAnswer(error: NodemailerError, options: SmtpOptions): Explanation | undefined {
  const { command = '', responseCode } = error;
  const temporary = responseCode !== undefined && responseCode < 500;
  const answer = error.response === undefined ? '' : `: ${cleanAnswer(error.response, options)}`;
  const outcome = (remedy: string) => (temporary ? TRY_LATER : remedy);
  if (error.code === 'EAUTH') {
    return {
      found: `the server did not accept the user name and password${answer}`,
      remedy: outcome('Check mail.smtp.username and its password, and that the account may send by SMTP.'),
    };
  }
  if (error.code === 'EMESSAGE' && command === 'MAIL FROM') {
    return {
      found: 'the message is larger than the server accepts',
      remedy: 'Raise the limit on the server, or set mail.attachViolations to false.',
    };
  }
  if (responseCode === undefined) return undefined;
  if (responseCode === 530) {
    return {
      found: `the server demands authentication${answer}`,
      remedy: 'Set mail.smtp.username and its password.',
    };
  }
  if (command === 'RCPT TO') return explainRefusedRecipients(error, options, answer, outcome);
  const refused =
    { 'MAIL FROM': 'the server refused the sender', DATA: 'the server refused the message' }[command] ??
    'the server refused the session';
  return {
    found: `${refused}${answer}`,
    remedy: outcome('Ask the operator of the mail server what it needs to accept this mail, or use another server.'),
  };
}

function explainRefusedRecipients(
  error: NodemailerError,
  options: SmtpOptions,
  answer: string,
  outcome: (remedy: string) => string,
): Explanation {
  const refused = error.rejected ?? [];
  const domains = [...new Set(refused.map((address) => address.slice(address.lastIndexOf('@') + 1)))];
  const named = domains.slice(0, 5).join(', ') + (domains.length > 5 ? ` and ${domains.length - 5} more` : '');
  return {
    found:
      `the server refused every recipient (${countOf(refused.length, 'recipient')} ` +
      `in ${countOf(domains.length, 'domain')}: ${named})${answer}`,
    remedy: outcome(
      options.username === undefined
        ? 'Check the addresses in mail.to, and whether the server relays only for users that sign in (mail.smtp.username).'
        : 'Check the addresses in mail.to, and that the account may send to them.',
    ),
  };
}

/** One line of a server's answer, without addresses and without the password in any form it was sent in. */
export function cleanAnswer(text: string, { username = '', password = '' }: SmtpOptions): string {
  const base64 = (value: string) => Buffer.from(value, 'utf8').toString('base64');
  const secrets =
    password === '' ? [] : [password, base64(password), base64(`\0${username}\0${password}`), base64(username)];
  const cleaned = secrets
    .filter((secret) => secret !== '')
    .reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
    .replaceAll(/"[^"\r\n]*"@[^\s<>"]+|[^\s<>"',;:()]+@[^\s<>"',;:()]+/g, '[address]')
    // Control and format characters could forge lines or turn text around on a terminal.
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim();
  return cleaned.length > 300 ? `${cleaned.slice(0, 299)}…` : cleaned;
}
