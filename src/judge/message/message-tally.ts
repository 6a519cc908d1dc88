import type { KeptHeaders } from '../../model/message.ts';
import type { Policy } from '../../model/policy.ts';
import type { Window } from '../../model/window.ts';
import { countOf } from '../../support/plural.ts';
import { Tally } from '../tally.ts';
import { type Doubt, judgeInbound } from './inbound.ts';
import { maySenderHaveWritten } from './snapshot.ts';
import { serverDomain, UNKNOWN_DOMAIN } from './server-domain.ts';

/** No doubt by itself: no document tells where Salesforce writes its headers. */
const PLACED_BELOW = 'placed below';

/** Adds up received messages, by the server that handed them to Salesforce and by their senders. */
export class MessageTally {
  readonly #policy: Policy;
  readonly servers: Tally;
  readonly senders: Tally;
  readonly #doubts = new Map<Doubt | typeof PLACED_BELOW, number>();

  constructor(policy: Policy, window: Window) {
    this.#policy = policy;
    this.servers = new Tally(policy, window);
    this.senders = new Tally(policy, window);
  }

  add(message: { readonly senderDomain: string | null; readonly kept: KeptHeaders }, timeMs: number): void {
    const { senderDomain, kept } = message;
    const { protocol, cipherSuite, doubt, problem } = judgeInbound(kept, this.#policy);
    const tls = { protocol, cipherSuite, problem };
    const isTaken = this.servers.addMessage({ ...tls, domain: serverDomain(kept.headers.hops) }, timeMs);
    this.senders.addMessage({ ...tls, domain: senderDomain ?? UNKNOWN_DOMAIN }, timeMs);
    const told = doubt ?? (maySenderHaveWritten(kept.headers) ? PLACED_BELOW : undefined);
    if (isTaken && told !== undefined) this.#doubts.set(told, (this.#doubts.get(told) ?? 0) + 1);
  }

  /** What a reader has to switch on or look at, a sentence for each kind of doubt. */
  notes(): string[] {
    if (this.servers.counts.deliveries === 0) return [NOTHING_RECEIVED];
    return NOTES.flatMap(([doubt, text]) => {
      const count = this.#doubts.get(doubt) ?? 0;
      return count === 0 ? [] : [text(countOf(count, 'message'))];
    });
  }
}

const NOTHING_RECEIVED =
  'No incoming message was found. Salesforce keeps incoming mail as EmailMessage mostly by Email-to-Case; the ' +
  "worker's user sees only messages of the cases it may see.";

/** Paths in Setup: Salesforce Help, "Add Routing Addresses for Email-to-Case", and article 000388995. */
const NOTES: readonly (readonly [Doubt | typeof PLACED_BELOW, (messages: string) => string])[] = [
  [
    'not kept',
    (messages) =>
      `${messages} without headers: switch on "Save Email Headers" for every routing address in Setup > ` +
      'Email-to-Case. It counts for mail that comes after that.',
  ],
  [
    'cut',
    (messages) =>
      `${messages} with headers cut at 32,000 characters, the most that Salesforce keeps: nothing tells what was cut ` +
      'off. An Email Snapshot (Setup > Email Snapshots) is not cut.',
  ],
  [
    'no TLS headers',
    (messages) =>
      `${messages} with headers, but no X-SFDC-TLS-STATUS among them. Request an Email Snapshot (Setup > Email ` +
      'Snapshots) for such a sender and run tls-audit check-snapshot on it.',
  ],
  [
    'contradictory',
    (messages) =>
      `${messages} with X-SFDC-TLS headers that contradict each other or name no version. tls-audit check-snapshot ` +
      'says what is wrong with a single message.',
  ],
  [
    PLACED_BELOW,
    (messages) =>
      `${messages} with X-SFDC-TLS headers below a Received header, where the sender may have written them: no document ` +
      'tells where Salesforce writes its own. Where an Email Snapshot (Setup > Email Snapshots) shows them on top, doubt these.',
  ],
];
