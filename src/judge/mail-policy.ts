import type { Downgrade, ExceptionUse, Report } from '../model/report.ts';

/** When a digest is mailed; what is not mailed is recorded all the same. */
export type MailWhen = 'always' | 'on-change' | 'on-problem';

/**
 * Whether the digest of a run is to be mailed. `before` is the report of the run before; undefined on a first run. A
 * verdict of pass hides a lost certificate, a loss that an exception covers, and an exception that is about to expire:
 * each of them is mailed once whatever the verdict.
 */
export function deservesMail(when: MailWhen, report: Report, before: Report | undefined): boolean {
  switch (when) {
    case 'always':
      return true;
    case 'on-problem':
      return report.verdict !== 'pass' || hasNews(report, before);
    case 'on-change':
      return (
        before?.verdict !== report.verdict ||
        (report.changes ?? []).some(({ state }) => state !== 'ongoing') ||
        hasNews(report, before)
      );
  }
}

/**
 * What the run before did not tell of: a downgrade that is the first to be told of here, or an exception that began to
 * expire or has expired. A downgrade that shows again after a day without mail is none; after a baseline, every one is.
 */
function hasNews({ downgrades = [], exceptions = [], window }: Report, before: Report | undefined): boolean {
  const told = new Set([...(before?.downgrades ?? []).map(lossKey), ...(before?.exceptions ?? []).map(stateKey)]);
  const ending = exceptions.filter(({ state }) => state !== 'valid');
  const firstDay = before?.downgrades === undefined ? '' : (window.from?.slice(0, 10) ?? '');
  const isNews = (loss: Downgrade): boolean => (loss.toldFrom ?? loss.since) >= firstDay && !told.has(lossKey(loss));
  return downgrades.some(isNews) || ending.some((use) => !told.has(stateKey(use)));
}

function lossKey({ domain, kind, since }: Downgrade): string {
  return JSON.stringify([domain, kind, since]);
}

function stateKey({ domain, expires, state }: ExceptionUse): string {
  return JSON.stringify([domain, expires, state]);
}
