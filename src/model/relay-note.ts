/** How the note about an active email relay begins, also in reports recorded long ago. */
export const RELAY_NOTE = 'The org hands mail to the email relay';

/** Whether the org hands mail to an email relay: then the TLS value describes Salesforce -> relay. */
export function hasRelay({ notes }: { readonly notes: readonly string[] }): boolean {
  return notes.some((note) => note.startsWith(RELAY_NOTE));
}

/** Where the org did not say whether it has one: nobody may take the silence for a no. */
export const UNKNOWN_RELAY_NOTE =
  'Whether the org hands mail to an email relay could not be read; for mail that takes one, TLS describes ' +
  'Salesforce -> relay, not relay -> recipient. tls-audit doctor says why.';
