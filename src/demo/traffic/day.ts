import type { LogRow } from './log-row.ts';
import type { Message } from './message.ts';
import { createMessage, createRecipient, createRow, internalHost, mailHost } from './message.ts';
import type { Partner } from './partners.ts';
import { OFFENDERS, PARTNERS, TLS_VALUES, UNVERIFIED, WEAK_TLS_VALUE } from './partners.ts';
import { Randomness } from './randomness.ts';

/** What a day's log holds once, beyond what every day holds. */
export type Oddity = 'unrecognised' | 'ragged';

export interface DayOptions {
  readonly seed: string | number;
  /** 0: a day of the first week; n: the n-th day after it. */
  readonly night: number;
  /** Deliveries that count (no hand-offs, no warm-up, no duplicates); 700 to 1,000 where left out. */
  readonly deliveriesPerDay?: number;
  readonly oddities?: readonly Oddity[];
}

const LAST_MINUTE = 23 * 60 + 59;
const WARM_UP_PAIRS = 6;
const DUPLICATES = 2;
const UNRECOGNISED_VALUE = 'UNKNOWN:ECDHE-RSA-AES256-GCM-SHA384';

const TRANSIENT_STAGES = [
  'during RCPT TO, "450 4.2.1 mailbox is busy"',
  'after connect, "421 4.7.0 try again later"',
  'during EHLO, connection timed out',
] as const;
const PERMANENT_STAGES = [
  'during RCPT TO, "550 5.1.1 user unknown"',
  'after DATA, "554 5.7.1 message refused"',
] as const;

/** Every row of one UTC day's Email Log, in the order of the file. The same day and options give the same rows. */
export function composeDay(day: string, options: DayOptions): LogRow[] {
  const random = new Randomness('tls-audit demo', options.seed, day);
  const deliveries = options.deliveriesPerDay ?? random.integer(700, 1000);
  const recipients = chooseRecipients(random, deliveries, options.night);
  const rows: LogRow[] = [];
  for (let next = 0; next < recipients.length;) {
    const size = random.chance(0.04) ? random.integer(2, 4) : 1;
    rows.push(...sendMessage(random, day, options.night, recipients.slice(next, next + size)));
    next += size;
  }
  rows.push(...failForGood(random, day, Math.ceil(deliveries * 0.015)));
  rows.push(...warmUp(random, day));
  rows.sort((a, b) => a.minute - b.minute);
  if (options.oddities?.includes('unrecognised')) makeOneUnrecognised(random, rows);
  if (options.oddities?.includes('ragged')) cutOneShort(random, rows);
  repeatSome(random, rows);
  return rows;
}

interface Recipient {
  readonly domain: string;
  readonly tlsCipher: string;
}

function chooseRecipients(random: Randomness, deliveries: number, night: number): Recipient[] {
  const recipients = offendersOf(random, night).slice(0, deliveries);
  // Every partner hears something every day, as far as the number allows; large ones hear more.
  for (const partner of PARTNERS) if (recipients.length < deliveries) recipients.push(choose(random, partner));
  while (recipients.length < deliveries) recipients.push(choose(random, random.pickWeighted(PARTNERS)));
  return shuffle(random, recipients);
}

function choose(random: Randomness, { domain, profile }: Partner): Recipient {
  return { domain, tlsCipher: random.pick(TLS_VALUES[profile]) };
}

function offendersOf(random: Randomness, night: number): Recipient[] {
  const isFirstWeek = night === 0;
  const good = TLS_VALUES.solid;
  return [
    ...several(random.integer(5, 11), () => ({ domain: OFFENDERS.ongoing, tlsCipher: ':' })),
    ...several(random.integer(2, 5), () => ({ domain: OFFENDERS.weak, tlsCipher: WEAK_TLS_VALUE })),
    ...several(random.integer(4, 8), () => ({
      domain: OFFENDERS.begins,
      tlsCipher: isFirstWeek ? random.pick(good) : ':',
    })),
    ...several(isFirstWeek ? random.integer(1, 3) : 0, () => ({ domain: OFFENDERS.stops, tlsCipher: ':' })),
    ...several(random.integer(4, 8), () => ({ domain: OFFENDERS.stops, tlsCipher: random.pick(good) })),
  ];
}

function several<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function shuffle<T>(random: Randomness, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, rank: random.next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** Reception, perhaps a hand-off inside Salesforce, perhaps failed attempts, and a delivery for each recipient. */
function sendMessage(random: Randomness, day: string, night: number, recipients: readonly Recipient[]): LogRow[] {
  const isDelayed = random.chance(0.025);
  const retries = isDelayed ? random.integer(1, 3) : 0;
  const minute = isDelayed ? random.integer(0, LAST_MINUTE - retries * 40) : minuteOfDay(random);
  const message = createMessage(random, day, minute);
  const addressed = recipients.map((recipient) => ({
    ...recipient,
    address: createRecipient(random, recipient.domain),
    remoteHost: mailHost(recipient.domain),
  }));
  const rows = [receive(random, message, addressed[0]?.address ?? '')];
  for (const { domain, address, tlsCipher, remoteHost } of addressed) {
    if (random.chance(0.1)) rows.push(handOff(random, message, address));
    let attemptMinute = minute;
    for (let retry = 0; retry < retries; retry += 1) {
      rows.push(
        createRow(message, {
          kind: 'transient-failure',
          event: 'T',
          recipient: address,
          remoteHost,
          minute: attemptMinute,
          retries: retry,
          queueSeconds: (attemptMinute - minute) * 60,
          stage: random.pick(TRANSIENT_STAGES),
          tlsCipher: random.chance(0.5) ? ':' : '',
        }),
      );
      attemptMinute += random.integer(15, 40);
    }
    rows.push(
      createRow(message, {
        kind: 'delivery',
        event: 'D',
        recipient: address,
        remoteHost,
        minute: attemptMinute,
        retries,
        queueSeconds: (attemptMinute - minute) * 60 + random.integer(0, 20),
        tlsCipher,
        tlsVerified: tlsCipher !== ':' && random.chance(verifiedShare(domain, night)) ? 'Verified' : 'Unverified',
      }),
    );
  }
  return rows;
}

/** The share of a domain's mail that goes to servers whose certificate holds. */
function verifiedShare(domain: string, night: number): number {
  if (UNVERIFIED.always.includes(domain) || (domain === UNVERIFIED.expires && night >= 2)) return 0;
  return UNVERIFIED.half.includes(domain) ? 0.5 : 1;
}

function receive(random: Randomness, message: Message, recipient: string): LogRow {
  return createRow(message, {
    kind: 'reception',
    event: 'R',
    recipient,
    remoteHost: internalHost(random),
    tlsCipher: random.chance(0.3) ? ':' : '',
  });
}

function handOff(random: Randomness, message: Message, recipient: string): LogRow {
  return createRow(message, {
    kind: 'hand-off',
    event: 'D',
    recipient,
    remoteHost: internalHost(random),
    tlsCipher: 'None',
    tlsVerified: 'Unverified',
  });
}

function failForGood(random: Randomness, day: string, messages: number): LogRow[] {
  return several(messages, () => {
    const { domain } = random.pickWeighted(PARTNERS);
    const message = createMessage(random, day, minuteOfDay(random));
    const recipient = createRecipient(random, domain);
    const failure = createRow(message, {
      kind: 'permanent-failure',
      event: 'P',
      recipient,
      remoteHost: mailHost(domain),
      queueSeconds: random.integer(1, 30),
      stage: random.pick(PERMANENT_STAGES),
      tlsCipher: random.chance(0.5) ? ':' : '',
    });
    return [receive(random, message, recipient), failure];
  }).flat();
}

/** Reception and delivery of Salesforce's own IP warm-up mail (Salesforce article 004397549). */
function warmUp(random: Randomness, day: string): LogRow[] {
  return several(WARM_UP_PAIRS, () => {
    const message = { ...createMessage(random, day, minuteOfDay(random)), sender: 'warmup@org.bnc.salesforce.com' };
    const recipient = `warmup@ip${random.integer(1, 9)}.siterelay.mta.salesforce.com`;
    const remoteHost = internalHost(random);
    return [
      createRow(message, { kind: 'warm-up-reception', event: 'R', recipient, remoteHost }),
      createRow(message, {
        kind: 'warm-up-delivery',
        event: 'D',
        recipient,
        remoteHost,
        tlsCipher: random.pick(['TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384', ':']),
        tlsVerified: 'Unverified',
      }),
    ];
  }).flat();
}

/** Most mail goes out in office hours. */
function minuteOfDay(random: Randomness): number {
  return random.chance(0.75) ? random.integer(7 * 60, 19 * 60) : random.integer(0, LAST_MINUTE);
}

function makeOneUnrecognised(random: Randomness, rows: LogRow[]): void {
  replaceOne(random, rows, 'delivery', (row) => ({ ...row, fields: row.fields.with(-2, UNRECOGNISED_VALUE) }));
}

function cutOneShort(random: Randomness, rows: LogRow[]): void {
  replaceOne(random, rows, 'reception', (row) => ({ ...row, kind: 'ragged', fields: row.fields.slice(0, 6) }));
}

/** Among rows of compliant partners, so that no offender loses its violation. */
function replaceOne(random: Randomness, rows: LogRow[], kind: LogRow['kind'], change: (row: LogRow) => LogRow): void {
  const offenders: readonly string[] = Object.values(OFFENDERS);
  const candidates = rows.flatMap((row, index) => {
    const domain = row.fields[3]?.split('@')[1]?.toLowerCase() ?? '';
    return row.kind === kind && !offenders.includes(domain) ? [index] : [];
  });
  const index = candidates[random.integer(0, candidates.length - 1)];
  const row = index === undefined ? undefined : rows[index];
  if (index !== undefined && row !== undefined) rows[index] = change(row);
}

/** The same row twice: logs are put together from several mail servers. */
function repeatSome(random: Randomness, rows: LogRow[]): void {
  for (let count = 0; count < DUPLICATES; count += 1) {
    const deliveries = rows.flatMap((row, index) => (row.kind === 'delivery' ? [index] : []));
    const index = deliveries[random.integer(0, deliveries.length - 1)];
    const row = index === undefined ? undefined : rows[index];
    if (index !== undefined && row !== undefined) rows.splice(index + 1, 0, { ...row, kind: 'duplicate' });
  }
}
