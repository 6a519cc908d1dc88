import type { Advice, LeftOut, LeftOutReason, RequiredOnlyReason, VerifyAdvice } from '../model/advice.ts';
import type { Report } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { periodText } from './dates.ts';
import { domainText } from './escape.ts';
import { moreText, numberText } from './wording.ts';

/** What requiring TLS would have done, in one sentence. */
export function previewText({ required, rule, days, window }: Advice, { run }: Pick<Report, 'run'>): string {
  const { deliveries, bounced, domains, unrecognised, weak = 0 } = required;
  const evidence = days < rule.days ? ` (${countOf(days, 'complete day')})` : '';
  const outcome =
    bounced === 0
      ? `none of ${countOf(deliveries, 'delivery', 'deliveries')} would have bounced`
      : `${numberText(bounced)} of ${countOf(deliveries, 'delivery', 'deliveries')}, to ${countOf(domains, 'domain')}, would have bounced`;
  const doubt = unrecognised === 0 ? '' : `; ${numberText(unrecognised)} with an unrecognised TLS value might have`;
  const old =
    weak === 0
      ? ''
      : ` ${numberText(weak)} more ${weak === 1 ? 'delivery' : 'deliveries'} used a TLS version outside the policy: whether Required takes ` +
        `${weak === 1 ? 'it' : 'them'} depends on what Salesforce still speaks.`;
  return `Had TLS been Required ${run === undefined ? spanText(window) : lastText(rule)}${evidence}, ${outcome}${doubt}.${old}`;
}

function lastText({ days }: Advice['rule']): string {
  return `in the last ${countOf(days, 'day')}`;
}

/** Whoever asks for days of the past asks for no last days: `from Nov 2 to Nov 7, 2026`. */
function spanText(window: Advice['window']): string {
  const period = periodText(window, { year: true }) ?? 'an unknown day';
  return `${period.includes(' to ') ? 'from' : 'on'} ${period}`;
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
    : `${countOf(covered, 'domain')} ready for "Restrict TLS to these domains" with the TLS setting Required (${rules}):`;
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

interface NamedList {
  readonly why: string;
  readonly names: readonly string[];
}

/** The same by reason, with the names that are known. */
export function leftOutLists({ leftOut, rule }: Advice): NamedList[] {
  return namedLists(leftOut, (reason) => WHY_LEFT_OUT[reason](rule));
}

function namedLists<Reason>(leftOut: readonly LeftOut<Reason>[], why: (reason: Reason) => string): NamedList[] {
  return leftOut.map(({ reason, domains, names = [] }) => ({
    why: `${countOf(domains, 'domain')} ${why(reason)}`,
    names: [
      ...names.map((name) => domainText(name)),
      ...(domains > names.length && names.length > 0 ? [moreText(domains - names.length, '')] : []),
    ],
  }));
}

/** What requiring a verified certificate as well would have done; undefined in reports that do not know. */
export function verifyPreviewText(
  { required, requiredVerify, rule, window }: Advice,
  { run }: Pick<Report, 'run'>,
): string | undefined {
  if (requiredVerify === undefined) return undefined;
  const { verified, bounced, domains, unknown, unknownDays } = requiredVerify;
  const older =
    unknownDays === 0
      ? ''
      : ` It is not known for ${countOf(unknownDays, 'day')}: ${unknownDays === 1 ? 'it was' : 'they were'} recorded before ` +
        'verification was kept.';
  if (verified === 0) {
    return (
      'What Required Verify would have done, which also asks for a certificate that holds, is not known: no delivery ' +
      `stands in the log as verified. It tells of certificates only where ${VERIFYING}.${older}`
    );
  }
  const known = required.deliveries - unknown;
  const outcome =
    bounced === 0
      ? `none of ${countOf(known, 'delivery', 'deliveries')} would have bounced`
      : `${numberText(bounced)} of ${countOf(known, 'delivery', 'deliveries')}, to ${countOf(domains, 'domain')}, would have bounced`;
  const doubt = unknown === 0 ? '' : `; of ${numberText(unknown)} more it is not known`;
  return (
    `Had TLS with a verified certificate been required (Required Verify) ${run === undefined ? spanText(window) : lastText(rule)}, ` +
    `${outcome}${doubt}.${older}`
  );
}

const VERIFYING = 'the TLS setting is Preferred Verify or Required Verify';

/** For which domains Required Verify is safe too; undefined where that is not known, or there is no list. */
export function verifyRestrictText(advice: Advice): string | undefined {
  const { covered, requiredVerify } = advice;
  if (requiredVerify === undefined || requiredVerify.verified === 0 || covered === 0) return undefined;
  if (requiredVerify.covered === 0) {
    return `${covered === 1 ? 'It is not' : 'None of them is'} ready for Required Verify: safe for Required only.`;
  }
  return isSameList(advice)
    ? `Required Verify is safe for ${covered === 1 ? 'it' : 'the same list'} too: every delivery was verified.`
    : `${countOf(requiredVerify.covered, 'domain')} ready for Required Verify too (every delivery was verified):`;
}

/** The list for Required Verify; empty where there is none of its own. */
export function verifyList(advice: Advice): string {
  const { verified = 0, restrictTo = [] } = advice.requiredVerify ?? {};
  return verified === 0 || isSameList(advice) ? '' : restrictTo.join(', ');
}

function isSameList({ restrictTo, requiredVerify }: Advice): boolean {
  return restrictTo.join() === requiredVerify?.restrictTo.join();
}

const WHY_REQUIRED_ONLY = {
  unverified: () => 'with deliveries to a server that was not verified',
  unknown: () => 'with deliveries of which it is not known',
  length: WHY_LEFT_OUT.length,
} as const satisfies Record<RequiredOnlyReason, (rule: Advice['rule']) => string>;

/** `Safe for Required only: 2 with deliveries to a server that was not verified.`; undefined where none is. */
export function requiredOnlyText(advice: Advice): string | undefined {
  const parts = requiredOnlyOf(advice).map(
    ({ reason, domains }) => `${numberText(domains)} ${WHY_REQUIRED_ONLY[reason](advice.rule)}`,
  );
  return parts.length === 0 ? undefined : `Safe for Required only: ${parts.join(', ')}.`;
}

/** The same by reason, with the names that are known. */
export function requiredOnlyLists(advice: Advice): NamedList[] {
  return namedLists(requiredOnlyOf(advice), (reason) => WHY_REQUIRED_ONLY[reason](advice.rule));
}

function requiredOnlyOf({ requiredVerify }: Advice): VerifyAdvice['requiredOnly'] {
  return requiredVerify === undefined || requiredVerify.verified === 0 ? [] : requiredVerify.requiredOnly;
}
