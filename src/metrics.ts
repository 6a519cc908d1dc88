import type { Condition } from './condition.ts';
import type { RunEnd } from './model/run-record.ts';

const ENDS: readonly RunEnd[] = ['pass', 'fail', 'inconclusive', 'failed', 'abandoned'];

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
}

/**
 * Prometheus text format 0.0.4, all gauges: they come from the history, so they survive a restart. Nothing about people or
 * domains.
 */
export function renderMetrics(conditions: readonly Condition[], version: string): string {
  const outbox = conditions[0]?.outbox ?? [];
  const metrics: Metric[] = [
    { name: 'info', help: 'The program.', samples: [[{ version }, 1]] },
    ...joined(conditions.map(metricsOf)),
    {
      name: 'outbox_mails',
      help: 'Mails somebody is owed.',
      samples: [[{}, outbox.filter(({ owed }) => owed > 0).length]],
    },
    {
      name: 'outbox_refused_recipients',
      help: 'Refusals for good that no mail told of yet.',
      samples: [[{}, outbox.reduce((sum, { refused }) => sum + refused, 0)]],
    },
  ];
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(toText)
    .join('');
}

/** The same metric of every job under one heading, as the format demands. */
function joined(perJob: readonly (readonly Metric[])[]): Metric[] {
  const [first = [], ...others] = perJob;
  return first.map((metric, index) => ({
    ...metric,
    samples: [...metric.samples, ...others.flatMap((metrics) => metrics[index]?.samples ?? [])],
  }));
}

function metricsOf(condition: Condition): Metric[] {
  const { job, at, newest, records, ledger, troubles } = condition;
  const own = { job };
  const [ended] = records.filter(({ end, endedAt }) => end !== null && endedAt !== null);
  const protocols: Record<string, number> = {};
  for (const domain of newest?.report.domains ?? []) {
    for (const [name, count] of Object.entries(domain.protocols)) protocols[name] = (protocols[name] ?? 0) + count;
  }
  const coveredUntil = ledger.findLast(({ state }) => state === 'covered')?.to;
  const hoursOf = (state: string) =>
    ledger
      .filter((stretch) => stretch.state === state)
      .reduce((sum, { from, to }) => sum + (to.getTime() - from.getTime()) / 3_600_000, 0);
  const counts = newest?.report.counts;
  return [
    {
      name: 'recent_runs',
      help: 'How the newest 50 runs ended.',
      samples: ENDS.map((end) => [{ ...own, end }, records.filter((record) => record.end === end).length]),
    },
    {
      name: 'last_run_end_timestamp_seconds',
      help: 'When the newest run ended, however it did.',
      samples: ended?.endedAt ? [[own, ended.endedAt.getTime() / 1000]] : [],
    },
    {
      name: 'last_run_duration_seconds',
      help: 'How long it took.',
      samples: ended?.endedAt ? [[own, (ended.endedAt.getTime() - ended.startedAt.getTime()) / 1000]] : [],
    },
    {
      name: 'last_result_rows',
      help: 'Rows read by the newest run with a result.',
      samples: counts === undefined ? [] : [[own, counts.rows]],
    },
    {
      name: 'last_result_deliveries',
      help: 'Deliveries judged by the newest run with a result, by protocol.',
      samples: Object.entries(protocols).map(([protocol, count]) => [{ ...own, protocol }, count]),
    },
    {
      name: 'last_result_violations',
      help: 'Violations found by the newest run with a result.',
      samples: counts === undefined ? [] : [[own, counts.violations]],
    },
    {
      name: 'coverage_age_seconds',
      help: 'Time since the end of the newest hour that data tells of.',
      samples: coveredUntil === undefined ? [] : [[own, (at.getTime() - coveredUntil.getTime()) / 1000]],
    },
    {
      name: 'coverage_hours',
      help: 'Hours of the ledger by what is known of them.',
      samples: ['covered', 'late', 'gap', 'lost'].map((state) => [{ ...own, state }, hoursOf(state)]),
    },
    {
      name: 'consecutive_failures',
      help: 'How often the job failed since it last succeeded.',
      samples: [[own, troubles.find((trouble) => trouble.job === job)?.failures ?? 0]],
    },
  ];
}

function toText({ name, help, samples }: Metric): string {
  const full = `tls_audit_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labelText(labels)} ${value}`);
  return [`# HELP ${full} ${help}`, `# TYPE ${full} gauge`, ...lines, ''].join('\n');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
