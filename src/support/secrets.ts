/** What is shorter is a word that may stand anywhere; no token of Salesforce's comes near it. */
const FEWEST_CHARACTERS = 12;

/** A worker signs in some times a night, and tokens end: the newest are enough. */
const MOST_RECEIVED = 20;

const received = new Map<string, readonly string[]>();

/**
 * Remembers a secret that this process was given while it ran: an access token, the address that signs a browser in.
 * Like the secrets of the settings it is taken out of everything that is written, by its value.
 */
export function rememberSecret(value: string): void {
  if (value.length < FEWEST_CHARACTERS) return;
  received.delete(value);
  received.set(value, spellingsOf(value));
  const [oldest] = received.keys();
  if (received.size > MOST_RECEIVED && oldest !== undefined) received.delete(oldest);
}

/** In every spelling. */
export function receivedSecrets(): string[] {
  return [...received.values()].flat();
}

/** Every spelling in which a secret may turn up: as it is, in JSON, in a form body, in a page of HTML and in base64. */
export function spellingsOf(value: string): string[] {
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    new URLSearchParams({ value }).toString().slice('value='.length),
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    Buffer.from(value).toString('base64'),
  ];
}
