import { TLS_VERSIONS, type Protocol } from '../model/protocol.ts';
import type { DomainReport, Report } from '../model/report.ts';
import { csvCell } from './escape.ts';
import { changeByDomain } from './findings.ts';
import { downgradeByDomain } from './losses.ts';

const PROTOCOL_COLUMNS: readonly Protocol[] = TLS_VERSIONS.toReversed();
const COLUMNS = [
  'domain',
  'status',
  'deliveries',
  'violations',
  ...PROTOCOL_COLUMNS,
  'plaintext',
  'unrecognised',
  'ciphers',
  'verified',
  'unverified',
  'firstSeen',
  'lastSeen',
  'change',
  'since',
  'nights',
  'downgrade',
  'excepted',
];

/** Every domain on a line, worst first: RFC 4180 with CRLF; no cell that a spreadsheet would run as a formula. */
export function renderCsv(report: Report): string {
  return table(report, report.domains);
}

/** As `renderCsv`, but only domains with violations or unrecognised deliveries. */
export function renderViolationsCsv(report: Report): string {
  return table(
    report,
    report.domains.filter(({ status }) => status !== 'compliant'),
  );
}

function table(report: Report, domains: readonly DomainReport[]): string {
  const changes = changeByDomain(report);
  const downgrades = downgradeByDomain(report);
  const lines = domains.map((domain) => {
    const change = changes.get(domain.domain);
    const cells = [
      domain.domain,
      domain.status,
      domain.deliveries,
      domain.violations,
      ...PROTOCOL_COLUMNS.map((protocol) => domain.protocols[protocol] ?? 0),
      domain.protocols.plaintext ?? 0,
      domain.protocols.unrecognised ?? 0,
      cipherCell(domain.ciphers),
      domain.verified,
      domain.unverified,
      domain.firstSeen,
      domain.lastSeen,
      change?.state ?? '',
      change?.since ?? '',
      change?.nights ?? '',
      downgrades.get(domain.domain)?.kind ?? '',
      domain.excepted ?? 0,
    ];
    return cells.map(csvCell).join(',');
  });
  return [COLUMNS.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

function cipherCell(ciphers: DomainReport['ciphers']): string {
  return Object.entries(ciphers)
    .map(([suite, count]) => `${suite}=${count}`)
    .join(' ');
}
