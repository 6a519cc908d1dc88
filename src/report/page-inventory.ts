import type { Report } from '../model/report.ts';
import { wordsOf } from './direction-words.ts';
import { htmlText, nameText } from './escape.ts';
import { heading, muted, table } from './page-parts.ts';
import { numberText, protocolParts } from './wording.ts';

interface Use {
  deliveries: number;
  domains: number;
}

/** Protocols and cipher suites in use, most used first: the inventory that PCI DSS 12.3.3 asks for. */
export function cipherInventory(report: Report): string {
  const protocols = usesOf(report.domains.map((domain) => domain.protocols));
  const suites = usesOf(report.domains.map((domain) => domain.ciphers));
  if (protocols.length === 0) return '';
  const rows = (uses: readonly [string, Use][], nameOf: (name: string) => string): string[] =>
    uses.map(
      ([name, { deliveries, domains }]) =>
        `<tr><th scope="row">${htmlText(nameOf(name))}</th><td class="number">${numberText(deliveries)}</td><td class="number">${share(deliveries, report.counts.deliveries)}</td><td class="number">${numberText(domains)}</td></tr>`,
    );
  const headings = (name: string): string[] => [
    heading(name),
    heading(wordsOf(report).judged, 'number'),
    heading('Share', 'number'),
    heading('Domains', 'number'),
  ];
  return [
    table('Protocols in use', headings('Protocol'), rows(protocols, protocolName), { stacked: 'uses' }),
    suites.length === 0
      ? ''
      : table(
          'Cipher suites in use',
          headings('Cipher suite'),
          rows(suites, (name) => nameText(name, 80)),
          { stacked: 'uses' },
        ),
    `<p>${muted(`For PCI DSS 4.0.1 requirement 12.3.3: the protocols and cipher suites of ${report.direction === 'inbound' ? 'received' : 'sent'} mail. Key sizes and certificates are not known.`)}</p>`,
  ].join('\n');
}

function usesOf(counts: readonly Readonly<Record<string, number | undefined>>[]): [string, Use][] {
  const uses = new Map<string, Use>();
  for (const one of counts) {
    for (const [name, deliveries = 0] of Object.entries(one)) {
      const use = uses.get(name) ?? { deliveries: 0, domains: 0 };
      use.deliveries += deliveries;
      use.domains++;
      uses.set(name, use);
    }
  }
  return [...uses].sort(([a, x], [b, y]) => y.deliveries - x.deliveries || (a < b ? -1 : 1));
}

/** `TLS 1.2` of `TLSv1.2`, in the words of every other place. */
function protocolName(protocol: string): string {
  return protocolParts({ [protocol]: 1 })[0]?.slice(2) ?? nameText(protocol, 40);
}

function share(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)}%`;
}
