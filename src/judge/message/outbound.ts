import type { Hop, HopReport, JudgedMessage, MessageHeaders, TlsReading } from '../../model/message.ts';
import type { Policy } from '../../model/policy.ts';
import { countOf } from '../../support/plural.ts';
import { readClaim } from './reading.ts';
import { hopsFromSalesforce, isSalesforce } from './salesforce-hop.ts';
import { describeReading, systemOf } from './summary.ts';
import { doubt, type Judgement, judgeHop, withDoubts, withNotes } from './verdict.ts';

export const UNKNOWN: TlsReading = { protocol: null, evidence: 'unknown', cipher: null };

/** Judges a message that came from Salesforce by the hop on which another system received it. */
export function judgeMessage(headers: MessageHeaders, file: string, policy: Policy): JudgedMessage {
  const candidates = hopsFromSalesforce(headers.hops);
  const hop = candidates.at(-1);
  const cut = headers.cut ? ['the headers are longer than this program reads: hops may be missing'] : [];
  const reading = hop === undefined ? UNKNOWN : readClaim(hop.claim);
  const judgement =
    hop === undefined ? doubt(whyNoHop(headers)) : withAmbiguity(judgeHop(hop, policy), candidates, hop, policy);
  const noted = hop === undefined ? judgement : withNotes(judgement, namedOtherwise(hop));
  const { verdict, reasons } = withDoubts(noted, cut);
  return {
    report: {
      schema: 'tls-audit/message/1',
      file,
      messageId: headers.messageId,
      direction: hop === undefined ? 'unknown' : 'outbound',
      hop: hop?.index ?? null,
      ...reading,
      verdict,
      reasons,
      hops: reportHops(headers.hops),
    },
    summary:
      hop === undefined
        ? whatIsMissing(headers, 'no hop from Salesforce to another system')
        : describeReading(reading, systemOf(hop)),
  };
}

export function reportHops(hops: readonly Hop[]): HopReport[] {
  return hops.map((hop) => {
    const { index, from, by, with: with_ } = hop;
    return { index, from, by, with: with_, ...readClaim(hop.claim) };
  });
}

/** Of several hops that fit, the oldest is the one nearest to Salesforce. It passes only where the others would too. */
function withAmbiguity(judgement: Judgement, candidates: readonly Hop[], chosen: Hop, policy: Policy): Judgement {
  if (candidates.length < 2) return judgement;
  const others = candidates.filter((hop) => hop !== chosen);
  const reason =
    `${countOf(candidates.length, 'hop')} look like the one from Salesforce to the recipient: ` +
    `the oldest, hop ${chosen.index}, was judged (ambiguous with hop ${indexesOf(others)})`;
  const worse = others.filter((hop) => judgeHop(hop, policy).verdict !== 'pass');
  if (judgement.verdict !== 'pass' || worse.length === 0) return withNotes(judgement, [reason]);
  return withDoubts(judgement, [`${reason}, and hop ${indexesOf(worse)} would not pass`]);
}

function indexesOf(hops: readonly Hop[]): string {
  const indexes = hops.map(({ index }) => index);
  return indexes.length > 5 ? `${indexes.slice(0, 5).join(', ')}...` : indexes.join(', ');
}

/** No doubt by itself: names of addresses are often those of a provider. */
function namedOtherwise({ index, reverseName }: Hop): string[] {
  if (reverseName === null || isSalesforce(reverseName)) return [];
  return [
    `the server that handed the message over in hop ${index} calls itself one of Salesforce; its address has the ` +
      `name ${reverseName}`,
  ];
}

/** One line for a message that nothing can be said of; a file that is none is called so. */
export function whatIsMissing({ found }: MessageHeaders, missing: string): string {
  return found ? missing : 'no message';
}

export function whyNoHop({ found, hops, snapshot }: MessageHeaders): string {
  if (!found) {
    return (
      'no message header was found: give a whole message (.eml, not Outlook .msg) or its raw headers; Email Log files ' +
      'are read by tls-audit scan'
    );
  }
  if (snapshot.length > 0) {
    return 'the message carries X-SFDC-TLS headers, so Salesforce received it rather than sent it: use check-snapshot';
  }
  if (hops.length === 0) return 'the headers hold no Received header';
  return (
    'the message did not come from Salesforce: no Received header shows a server under mta.salesforce.com handing it ' +
    'to another system'
  );
}
