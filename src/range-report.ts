import { adviceFrom } from './judge/advice.ts';
import { assess } from './judge/assessment.ts';
import { changesWithin } from './judge/changes.ts';
import { protectionChanges } from './judge/downgrades.ts';
import { rangeFacts, wholeDays } from './judge/range.ts';
import type { AdviceRule } from './model/advice.ts';
import { evidenceOf } from './model/evidence.ts';
import type { PolicyException } from './model/exception.ts';
import type { History } from './model/history.ts';
import type { Policy } from './model/policy.ts';
import type { Report } from './model/report.ts';
import type { Window } from './model/window.ts';

/**
 * One report over any days of the history, judged as they were recorded: a day that is not recorded, or not whole, is a
 * gap. Exceptions are those of now, by the day of each delivery.
 */
export function reportRange(
  history: History,
  request: { readonly job: string; readonly window: Window },
  rules: {
    readonly policy: Policy;
    readonly exceptions: readonly PolicyException[];
    readonly advice: AdviceRule;
  },
): Report {
  const { job } = request;
  const window = wholeDays(request.window);
  const days = history.recordedDays(job, window);
  const runIds = [...new Set(days.map(({ runId }) => runId))];
  const runs = runIds.flatMap((id) => history.findRun(id) ?? []);
  const reports = runs.map(({ report }) => report);
  const { days: summaries, ...facts } = rangeFacts({ window, days, domains: history.dayDomains(job, window), reports });
  const direction = (reports.at(-1) ?? history.latestRuns(job, 1)[0]?.report)?.direction ?? 'outbound';
  const assessed = assess({
    ...facts,
    direction,
    policy: reports.at(-1)?.policy ?? rules.policy,
    window: { from: window.from.toISOString(), to: window.to.toISOString() },
    // Exceptions and the advice are about mail that Salesforce sends.
    ...(direction === 'outbound' ? { exceptions: rules.exceptions } : {}),
  });
  const before = history.openFindings(job, window.from);
  const rule = { ...rules.advice, days: summaries.length };
  const audited = {
    audited: days.filter(({ complete, late }) => complete && !late).length,
    withoutVerification: history.daysWithoutVerification(job, window),
  };
  const advice = adviceFrom(history.domainSums(job, window), window, audited, rule);
  const evidence = runs.flatMap(({ report: { run }, link }) => (run === undefined ? [] : [evidenceOf(run, link)]));
  const complete = { ...assessed, ...(direction === 'outbound' ? { advice } : {}), days: summaries, evidence };
  const changes = changesWithin(before, facts.tally.domains);
  const past = {
    daysOf: (domain: string) => history.protectionDays(job, domain, window.from),
    exposed: history.exposedDomains(job, window.from),
  };
  return { ...complete, changes, ...protectionChanges(past, facts.tally) };
}
