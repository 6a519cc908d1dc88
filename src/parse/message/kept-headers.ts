import type { KeptHeaders } from '../../model/message.ts';
import { readHeaders } from './headers.ts';

/** What `EmailMessage.Headers` holds at most (Salesforce Help, "Email-to-Case Considerations"). */
const MAX_KEPT_CHARS = 32_000;

/** Reads `EmailMessage.Headers`, which is null or empty where "Save Email Headers" was off when the message came. */
export function readKeptHeaders(text: string | null): KeptHeaders {
  const headers = readHeaders(text ?? '');
  if (text === null || text.trim() === '') return { extent: 'none', headers };
  return { extent: keptChars(text) >= MAX_KEPT_CHARS ? 'cut' : 'whole', headers };
}

/** A line end counts as the two characters that it is in the message, however the API hands it over. */
function keptChars(text: string): number {
  const loneLineFeeds = text.match(/(?<!\r)\n/g)?.length ?? 0;
  return text.length + loneLineFeeds;
}
