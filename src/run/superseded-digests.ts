import type { History } from '../model/history.ts';
import type { OwedMail } from '../model/outbox.ts';
import type { Clock } from '../model/ports.ts';
import type { Owner } from '../model/run-record.ts';
import type { Window } from '../model/window.ts';

/**
 * Whether a digest of the job is about time that one of the windows holds. A run of such a window makes the digest out of
 * date: where a run was killed before it had mailed its digest, the admins get that of the run that completes the work,
 * and not both.
 */
export function isAbout(job: string, windows: readonly Window[]): (mail: OwedMail) => boolean {
  return (mail) =>
    mail.kind === 'digest' &&
    mail.job === job &&
    windows.some(({ from, to }) => mail.window !== null && from <= mail.window.from && mail.window.to <= to);
}

/** Keeps the owed mails of the kind from being sent until disposed of; one that is being sent is left to its sender. */
export function holdOwed(
  { outbox, locks }: Pick<History, 'outbox' | 'locks'>,
  { owner, clock }: { readonly owner: Owner; readonly clock: Clock },
  concerns: (mail: OwedMail) => boolean,
): { readonly messageIds: readonly string[] } & Disposable {
  const messageIds = outbox
    .owed()
    .filter(concerns)
    .map(({ messageId }) => messageId)
    .filter((messageId) => locks.acquire(`mail:${messageId}`, owner, clock.now()) === undefined);
  return {
    messageIds,
    [Symbol.dispose]() {
      for (const messageId of messageIds) locks.release(`mail:${messageId}`, owner);
    },
  };
}
