/**
 * Measures the reading of Received headers on messages at hand: `node scripts/check-received.ts FILE-OR-FOLDER...`
 * Every version that a header names anywhere in its text is counted, whoever wrote it and in whatever form; headers
 * whose reading differs are printed, and with --plaintext those that are taken for plaintext too.
 */
import { createReadStream } from 'node:fs';
import { readVersionSpelling } from '../src/model/message.ts';
import { findMessageFiles } from '../src/parse/message/files.ts';
import { HeaderSections } from '../src/parse/message/header-fields.ts';
import { readReceived } from '../src/parse/message/received.ts';
import { linesOf } from '../src/parse/message/text-lines.ts';

const VERSION = /(?<![\w.@-])(?:TLS|SSL)[ _-]?v?\d(?:[._]?\d)?(?![\w.-]*\w|\/(?:TLS|SSL))/gi;
const NO_SINGLE_VERSION = /\b(?:TLS|SSL)v?\d(?:\.\d)?\/(?:TLS|SSL)v?\d(?:\.\d)?/gi;

async function* receivedHeaders(file: string): AsyncGenerator<string> {
  const sections = new HeaderSections();
  for await (const lines of linesOf(createReadStream(file))) {
    for (const line of lines) {
      const ended = sections.take(line);
      yield* (ended?.fields ?? []).filter(({ name }) => name === 'received').map(({ value }) => value);
    }
  }
  yield* sections.end().fields.flatMap(({ name, value }) => (name === 'received' ? [value] : []));
}

/** What a person sees who looks for nothing but the spelling of versions. */
function versionsNamedIn(header: string): Set<string> {
  const text = header.replace(/<[^<>\s]*>/g, '').replace(NO_SINGLE_VERSION, '');
  return new Set([...text.matchAll(VERSION)].flatMap(([spelling]) => readVersionSpelling(spelling) ?? []));
}

const paths = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const showPlaintext = process.argv.includes('--plaintext');
const count = { headers: 0, named: 0, alike: 0, plaintext: 0 };
for (const file of (await findMessageFiles(paths)).files) {
  for await (const header of receivedHeaders(file)) {
    const { claim } = readReceived(header, 0, { belowIronPort: false });
    const read = claim.version === null ? undefined : readVersionSpelling(claim.version);
    const named = versionsNamedIn(header);
    count.headers++;
    if (named.size > 0) count.named++;
    const isAlike = read === undefined ? named.size === 0 : named.size === 1 && named.has(read);
    if (isAlike && named.size > 0) count.alike++;
    if (!isAlike) console.log(`${file}: named ${[...named].join(', ') || '-'}, read ${read ?? '-'}\n  ${header}`);
    if (!claim.silenceMeansPlaintext) continue;
    count.plaintext++;
    if (showPlaintext) console.log(`${file}: plaintext\n  ${header}`);
  }
}
const share = count.named === 0 ? '' : ` (${((100 * count.alike) / count.named).toFixed(2)} %)`;
console.log(`${count.headers} Received headers; ${count.named} name a version, ${count.alike} are read alike${share}`);
console.log(`${count.plaintext} are taken for plaintext`);
