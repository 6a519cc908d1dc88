import { proseWithoutAddresses } from '../support/addresses.ts';

const MAX_LENGTH = 300;

/** Long runs of these characters with a digit in them are tokens, assertions, secrets or signatures. */
const LONG_RUN = /[\w!.+/=~-]{20,}/g;

/** As it stands in URLs and forms. */
const ENCODED_ADDRESS = /(?<![^\s"'<>()])[^\s"'<>()]+?%40[^\s"'<>()]+/gi;

/**
 * Text that somebody else wrote, fit for a message: one line, no address, nothing that looks like a token or a
 * key, at most 300 characters.
 */
export function safeText(text: string): string {
  const safe = proseWithoutAddresses(text.replaceAll(/[\p{Cc}\s]+/gu, ' '))
    .replaceAll(ENCODED_ADDRESS, '[address]')
    .replaceAll(LONG_RUN, (run) => (/\d/.test(run) && !isHostName(run) ? '[redacted]' : run))
    .trim();
  // Not within a word: a secret that is redacted by its value later has to be whole.
  return safe.length > MAX_LENGTH ? `${safe.slice(0, MAX_LENGTH).replace(/\S+$/, '')}...` : safe;
}

function isHostName(run: string): boolean {
  return /^[a-z0-9-]+(\.[a-z0-9-]+){1,5}$/.test(run) && run.split('.').every((label) => label.length < 64);
}
