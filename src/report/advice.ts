import type { Advice, LeftOutReason } from '../model/advice.ts';
import { countOf } from '../support/plural.ts';
import { numberText } from './wording.ts';

/** What requiring TLS would have done, in one sentence. */
export function previewText({ required, rule, days }: Advice): string {
  const { deliveries, bounced, domains, unrecognised } = required;
  const evidence = days < rule.days ? ` (${countOf(days, 'audited day')})` : '';
  const outcome =
    bounced === 0
      ? `none of ${countOf(deliveries, 'delivery', 'deliveries')} would have bounced`
      : `${numberText(bounced)} of ${countOf(deliveries, 'delivery', 'deliveries')}, to ${countOf(domains, 'domain')}, would have bounced`;
  const doubt = unrecognised === 0 ? '' : `; ${numberText(unrecognised)} with an unrecognised TLS value might have`;
  return `Had TLS been Required in the last ${countOf(rule.days, 'day')}${evidence}, ${outcome}${doubt}.`;
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

/** `Left out: 3 with violations, 12 with too little mail`; undefined where nothing was. */
export function leftOutText({ leftOut, rule }: Advice): string | undefined {
  if (leftOut.length === 0) return undefined;
  const why: Record<LeftOutReason, string> = {
    violations: 'with violations',
    unrecognised: 'with an unrecognised TLS value',
    few: 'with too little mail to tell',
    unusual: 'whose name the list cannot hold',
    length: `because the list would be longer than ${numberText(rule.maxListCharacters)} characters`,
  };
  return `Left out: ${leftOut.map(({ reason, domains }) => `${numberText(domains)} ${why[reason]}`).join(', ')}.`;
}
