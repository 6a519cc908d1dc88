import type { Report } from '../model/report.ts';
import { minuteText, periodText } from './dates.ts';
import { htmlText, prose } from './escape.ts';
import { coverageText, judgedByText } from './evidence.ts';
import { heading, proseText, table } from './page-parts.ts';
import { countOf } from '../support/plural.ts';
import { policyText } from './wording.ts';

/** What the report rests on and how to prove it: versions, policy, coverage, sources, and the recorded runs. */
export function evidenceTables(report: Report, zone: string): string {
  const period = periodText(report.window, { year: true });
  const facts: [string, string | undefined][] = [
    ['Judged by', judgedByText(report)],
    ['Page made by', report.program === undefined ? undefined : prose(report.program, 40)],
    ['Window', period === undefined ? undefined : `${period} (UTC)`],
    ['Policy', policyText(report.policy)],
    ['Coverage', coverageText(report)],
    ['Sources', `${countOf(report.sources.length, 'source')}, each with its SHA-256 above`],
  ];
  const rows = facts.flatMap(([label, value]) =>
    value === undefined ? [] : [`<tr><th scope="row">${label}</th><td>${htmlText(value)}</td></tr>`],
  );
  return [
    table('What the report rests on', [heading('What'), heading('Value')], rows, { stacked: 'facts' }),
    runsTable(report, zone),
  ].join('\n');
}

function runsTable({ evidence = [] }: Report, zone: string): string {
  if (evidence.length === 0) return '';
  const rows = evidence.map(
    ({ id, job, startedAt, version, hash, previous }) =>
      `<tr><th scope="row"><code>${htmlText(prose(id, 60))}</code><br>${htmlText(prose(job, 60))}</th><td>${proseText(minuteText(startedAt, zone))}</td><td>${htmlText(prose(version, 30))}</td><td><code>${htmlText(hash === null ? 'none' : prose(hash, 64))}</code></td><td><code>${htmlText(previousText(previous))}</code></td></tr>`,
  );
  const headings = [
    heading('Recorded run'),
    heading(`Started (${zone})`),
    heading('Version'),
    heading('SHA-256 of the run'),
    heading('SHA-256 of the run before'),
  ];
  return [
    table('Recorded runs', headings, rows, { stacked: 'wide runs' }),
    '<p>The SHA-256 of a run is made over its result and over that of the run before it. <code>tls-audit history verify --hash</code>, followed by such a hash, proves that the history still holds exactly what was recorded; the digest of each night names the same hash.</p>',
  ].join('\n');
}

function previousText(previous: string | null): string {
  if (previous === null) return 'not known';
  return previous === '' ? 'none, it is the first' : prose(previous, 64);
}
