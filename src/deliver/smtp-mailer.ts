import type { NodemailerError } from 'nodemailer';
import type { Clock, Delivered, DigestMail, Mailer } from '../model/ports.ts';
import { durationText } from '../support/duration.ts';
import { AuditError } from '../support/errors.ts';
import { composeMessage, envelopeOf } from './message.ts';
import { HANDED_OVER, smtpFailure, toRejection } from './smtp-failure.ts';
import { checkSmtpOptions, type SmtpOptions } from './smtp-options.ts';
import { endSession, openSession, sendMessage } from './smtp-session.ts';

type SendOptions = NonNullable<Parameters<Mailer['send']>[1]>;

/**
 * Hands each mail to one mail server, in one session and one transaction for all recipients. `send` resolves when the
 * server took the message for at least one recipient; `close` gives up what is being sent. `compose` and `send` of the
 * same mail object give the same bytes. Throws a UsageError for options with which nothing could ever be sent.
 */
export function createSmtpMailer(options: SmtpOptions, context: { readonly clock: Clock }): Mailer {
  checkSmtpOptions(options);
  const envelope = envelopeOf(options.from, options.to);
  const composed = new WeakMap<DigestMail, Promise<Buffer>>();
  const closing = new AbortController();

  function compose(mail: DigestMail, date = context.clock.now()): Promise<Buffer> {
    const known = composed.get(mail);
    if (known !== undefined) return known;
    const bytes = composeMessage(mail, { from: options.from, to: options.to, date });
    composed.set(mail, bytes);
    return bytes;
  }

  async function send(mail: DigestMail, { to = envelope.to, date }: SendOptions = {}): Promise<Delivered> {
    const raw = await compose(mail, date);
    const progress = { handedOver: false };
    const limit = AbortSignal.timeout(options.timeLimitMs);
    try {
      const connection = await openSession(options, AbortSignal.any([closing.signal, limit]));
      try {
        const info = await sendMessage(connection, { ...envelope, to }, raw, () => (progress.handedOver = true));
        endSession(connection);
        return {
          accepted: info.accepted,
          rejected: (info.rejectedErrors ?? []).map((error) => toRejection(error, options)),
        };
      } catch (error) {
        connection.close();
        throw error;
      }
    } catch (error) {
      const doing = `Sending the mail through ${options.host}:${options.port}`;
      const doubt = progress.handedOver ? HANDED_OVER : '';
      if (closing.signal.aborted) {
        throw new AuditError(`${doing}: given up because the program is stopping${doubt}`, {
          remedy: 'Run the job again.',
        });
      }
      if (limit.aborted) {
        throw new AuditError(
          `${doing}: given up because it took longer than ${durationText(options.timeLimitMs)}${doubt}`,
          {
            remedy:
              'Look for what makes the mail server or the way to it so slow, or raise mail.smtp.timeLimitMinutes.',
          },
        );
      }
      if (error instanceof AuditError) throw error;
      throw smtpFailure(error as NodemailerError, { doing: 'Sending the mail', options, ...progress });
    }
  }

  return { recipients: envelope.to, send, compose, close: () => closing.abort() };
}
