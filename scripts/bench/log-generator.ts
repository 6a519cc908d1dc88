// Writes an Email Log of any size: 18 quoted columns, about 360 bytes a row, the same bytes for the same seed.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

const COLUMNS = [
  'Date/Time',
  'Internal Message ID',
  'Mail Event',
  'Recipient',
  'Sender',
  'Remote Host',
  'Bytes Transferred',
  'User ID',
  'Message ID Header',
  'Retry Count',
  'Seconds in Queue',
  'Delivery Stage',
  'Relay Address',
  'Reserved 1',
  'Reserved 2',
  'Reserved 3',
  'TLS_Cipher',
  'TLS_Verified',
];

const EVENTS = 'RRDDDDDDTP';
const TLS_VALUES = [
  'TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384',
  'TLSv1.2:ECDHE-RSA-AES128-GCM-SHA256',
  'TLSv1.3:TLS_AES_256_GCM_SHA384',
  'TLSv1.3:TLS_AES_128_GCM_SHA256',
];
const DOMAINS = 5000;

/** mulberry32: small, seeded, good enough to make rows differ. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export async function writeBenchLog(path: string, rows: number, seed: number): Promise<void> {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const digits = (count: number) => String(below(10 ** count)).padStart(count, '0');
  const file = createWriteStream(path, { highWaterMark: 1 << 20 });
  file.write(toLine(COLUMNS));
  const startMs = Date.UTC(2026, 10, 16);
  for (let row = 0; row < rows; row++) {
    const time = new Date(startMs + Math.floor((row / rows) * 7 * 86_400_000));
    const event = EVENTS[below(EVENTS.length)] ?? 'D';
    const line = toLine([
      `${time.getUTCDate()}/${time.getUTCMonth() + 1}/2026 ${time.toISOString().slice(11, 16)}`,
      `${below(90) + 10}/A4-${digits(5)}-${below(2 ** 32)
        .toString(16)
        .toUpperCase()
        .padStart(8, '0')}`,
      event,
      `person${digits(7)}@domain${below(DOMAINS)}.example`,
      `bounce-${digits(9)}-${digits(9)}@example.bnc.salesforce.com`,
      `${below(223) + 1}.${below(256)}.${below(256)}.${below(256)}`,
      String(below(200_000)),
      `005${digits(12)}`,
      `<${digits(9)}.${digits(9)}.1763251200000.JavaMail.sfdc@app.example>`,
      '0',
      String(below(100)),
      'after end of data transfer',
      `${below(223) + 1}.${below(256)}.${below(256)}.${below(256)}`,
      `00D${digits(12)}`,
      digits(10),
      digits(10),
      event === 'D' ? (below(200) === 0 ? ':' : (TLS_VALUES[below(TLS_VALUES.length)] ?? ':')) : '',
      event === 'D' ? 'Verified' : '',
    ]);
    if (!file.write(line)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

function toLine(fields: readonly string[]): string {
  return `"${fields.join('","')}"\n`;
}
