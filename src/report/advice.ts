import type { Advice, LeftOutReason } from '../model/advice.ts';
import { countOf } from '../support/plural.ts';
import { domainText } from './escape.ts';
import { moreText, numberText } from './wording.ts';

/** What requiring TLS would have done, in one sentence. */
export function previewText({ required, rule, days }: Advice): string {
  const { deliveries, bounced, domains, unrecognised, weak = 0 } = required;
  const evidence = days < rule.days ? ` (${countOf(days, 'audited day')})` : '';
  const outcome =
    bounced === 0
      ? `none of ${countOf(deliveries, 'delivery', 'deliveries')} would have bounced`
      : `${numberText(bounced)} of ${countOf(deliveries, 'delivery', 'deliveries')}, to ${countOf(domains, 'domain')}, would have bounced`;
  const doubt = unrecognised === 0 ? '' : `; ${numberText(unrecognised)} with an unrecognised TLS value might have`;
  const old =
    weak === 0
      ? ''
      : ` ${countOf(weak, 'delivery', 'deliveries')} more used a TLS version outside the policy: whether Required takes ` +
        `${weak === 1 ? 'it' : 'them'} depends on what Salesforce still speaks.`;
  return `Had TLS been Required in the last ${countOf(rule.days, 'day')}${evidence}, ${outcome}${doubt}.${old}`;
}

/** What an entry of the list covers; undefined where no wildcard stands in it. */
export function wildcardText({ restrictTo }: Advice): string | undefined {
  const wildcard = restrictTo.find((entry) => entry.startsWith('*.'));
  if (wildcard === undefined) return undefined;
  const under = domainText(wildcard.slice(2));
  return `*.${under} covers what stands under ${under}, but not ${under} itself: both stand in the list.`;
}

/** The list as it is pasted into "Restrict TLS to these domains". */
export function restrictList({ restrictTo }: Advice): string {
  return restrictTo.join(', ');
}

export function restrictText({ covered, rule }: Advice): string {
  const rules = `at least ${countOf(rule.minDeliveries, 'clean delivery', 'clean deliveries')} on ${countOf(rule.minDays, 'day')}`;
  return covered === 0
    ? `No domain is ready for "Restrict TLS to these domains" yet: none had ${rules}.`
    : `${countOf(covered, 'domain')} ready for "Restrict TLS to these domains" (${rules}):`;
}

const WHY_LEFT_OUT = {
  violations: () => 'with violations',
  unrecognised: () => 'with an unrecognised TLS value',
  few: () => 'with too little mail to tell',
  unusual: () => 'whose name the list cannot hold',
  length: ({ maxListCharacters }) =>
    `because the list would be longer than ${numberText(maxListCharacters)} characters`,
} as const satisfies Record<LeftOutReason, (rule: Advice['rule']) => string>;

/** `Left out: 3 with violations, 12 with too little mail`; undefined where nothing was. */
export function leftOutText({ leftOut, rule }: Advice): string | undefined {
  if (leftOut.length === 0) return undefined;
  const parts = leftOut.map(({ reason, domains }) => `${numberText(domains)} ${WHY_LEFT_OUT[reason](rule)}`);
  return `Left out: ${parts.join(', ')}.`;
}

/** The same by reason, with the names that are known. */
export function leftOutLists({ leftOut, rule }: Advice): { readonly why: string; readonly names: string[] }[] {
  return leftOut.map(({ reason, domains, names = [] }) => ({
    why: `${countOf(domains, 'domain')} ${WHY_LEFT_OUT[reason](rule)}`,
    names: [
      ...names.map((name) => domainText(name)),
      ...(domains > names.length && names.length > 0 ? [moreText(domains - names.length, '')] : []),
    ],
  }));
}
