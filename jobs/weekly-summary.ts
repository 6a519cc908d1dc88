import type { Chore } from '../src/job.ts';
import { DAY_MS, startOfUtcDay } from '../src/model/window.ts';
import { sendOwed } from '../src/mailing.ts';
import { renderSummary } from '../src/report/summary.ts';

const MAX_RUNS = 200;

/** Weekly: what the last seven days came to for every audit, and how many of them anybody looked at. Proof of life. */
export const weeklySummary: Chore = {
  name: 'weekly-summary',
  description: 'mails what the week came to, also when all is well',

  async run(parts, signal) {
    const { clock, history, mailer, messageIdDomain, version, audits, zone } = parts;
    const at = clock.now();
    const to = new Date(startOfUtcDay(at.getTime()));
    const week = { from: new Date(to.getTime() - 7 * DAY_MS), to };
    const before = { from: new Date(to.getTime() - 14 * DAY_MS), to: week.from };
    const mail = renderSummary(
      {
        week,
        audits: audits.map((job) => ({
          job,
          totals: history.totals(job, week),
          totalsBefore: history.totals(job, before),
          coveredDays: history.coveredDays(job, week),
          runs: history.runs.latest(job, MAX_RUNS).filter(({ startedAt }) => startedAt >= week.from),
          findings: history.openFindings(job, to) ?? [],
        })),
        owed: history.outbox.open(),
        troubles: history.troubles.current(),
      },
      { messageIdDomain, version, zone },
    );
    // What becomes of the mail is told in the digest of an audit that is enabled.
    const [job = 'outbound-audit'] = audits;
    if (mailer !== undefined) {
      history.outbox.put({ mail, kind: 'summary', job, at, recipients: mailer.recipients });
      await sendOwed(parts, mailer, { onlyDue: false }, signal);
    }
    return `${mail.subject}\n\n${mail.text}`;
  },
};
