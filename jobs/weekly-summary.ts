import { type Chore, troublesNow } from '../src/job/job.ts';
import { sendOwed } from '../src/run/mailing.ts';
import { DAY_MS, startOfUtcDay } from '../src/model/window.ts';
import { renderSummary } from '../src/report/summary.ts';

const MAX_RUNS = 200;

/**
 * Weekly: what seven days came to for every audit, and how many of them anybody looked at. Proof of life. The seven days
 * are those before the day its schedule asked for it, and that day is in the Message-ID: so the outbox takes one summary of
 * a week, whoever starts this again.
 */
export const weeklySummary: Chore = {
  name: 'weekly-summary',
  description: 'mails what the week came to, also when all is well',

  async run(parts, signal) {
    const { clock, history, logger, mailer, messageIdDomain, version, audits, chores, tick, zone } = parts;
    const to = new Date(startOfUtcDay(tick.getTime()));
    const isOfWeek = (time: Date) => time.getTime() > tick.getTime() - 7 * DAY_MS && time <= tick;
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
          runs: history.runs.latest(job, MAX_RUNS).filter(({ startedAt }) => isOfWeek(startedAt)),
          findings: history.openFindings(job, to) ?? [],
        })),
        owed: history.outbox.open(),
        troubles: troublesNow(history, [...audits, ...chores]),
      },
      { messageIdDomain, version, zone },
    );
    // What becomes of the mail is told in the digest of an audit that is enabled.
    const [job = 'outbound-audit'] = audits;
    if (mailer !== undefined) {
      const isNew = history.outbox.put({ mail, kind: 'summary', job, at: clock.now(), recipients: mailer.recipients });
      if (!isNew) logger.info('the summary of this week was made before: no other is mailed', { week });
      const outcomes = await sendOwed(parts, mailer, { onlyDue: false }, signal);
      const failure = outcomes.find((outcome) => outcome.failure !== undefined)?.failure;
      if (failure !== undefined) throw failure;
    }
    return `${mail.subject}\n\n${mail.text}`;
  },
};
