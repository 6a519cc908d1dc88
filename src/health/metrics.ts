import type { Condition } from './condition.ts';
import type { RunEnd } from '../model/run-record.ts';

const ENDS: readonly RunEnd[] = ['pass', 'fail', 'inconclusive', 'failed', 'abandoned'];

interface Metric {
  readonly name: string;
  readonly help: string;
  /** A gauge where left out. */
  readonly type?: 'gauge' | 'counter' | 'summary';
  readonly samples: readonly Sample[];
}

/** `suffix`: of a summary, `_sum` or `_count`. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number, suffix?: string];

/**
 * Prometheus text format 0.0.4. Nothing about people or domains. All of it comes from the history and not from this
 * process: a run counts also where cron or a person started it, and a restart of the worker loses none. So the counters
 * of runs have no start time to tell; pruning keeps their totals, and they begin again only with a new history.
 */
export function renderMetrics(conditions: readonly Condition[], version: string): string {
  const { outbox = [], troubles = [], chores = [] } = conditions[0] ?? {};
  const metrics: Metric[] = [
    { name: 'info', help: 'The program.', samples: [[{ version }, 1]] },
    ...joined(conditions.map(metricsOf)),
    {
      name: 'consecutive_failures',
      help: 'How often the job failed since it last succeeded.',
      samples: [...conditions.map(({ job }) => job), ...chores].map((job) => [
        { job },
        troubles.find((trouble) => trouble.job === job)?.failures ?? 0,
      ]),
    },
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
  const { job, at, newest, records, totals, ledger } = condition;
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
      name: 'runs_total',
      help: 'Runs that ended, by how they did.',
      type: 'counter',
      samples: ENDS.map((outcome) => [{ ...own, outcome }, totals.find(({ end }) => end === outcome)?.runs ?? 0]),
    },
    {
      name: 'run_duration_seconds',
      help: 'What runs took whose end is known.',
      type: 'summary',
      samples: ENDS.flatMap((outcome): Sample[] => {
        const { timed = 0, durationMs = 0 } = totals.find(({ end }) => end === outcome) ?? {};
        const labels = { ...own, outcome };
        return [
          [labels, durationMs / 1000, '_sum'],
          [labels, timed, '_count'],
        ];
      }),
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
  ];
}

function toText({ name, help, type = 'gauge', samples }: Metric): string {
  const full = `tls_audit_${name}`;
  const lines = samples.map(([labels, value, suffix = '']) => `${full}${suffix}${labelText(labels)} ${value}`);
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines, ''].join('\n');
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
