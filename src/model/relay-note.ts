/** How the note about an active email relay begins, also in reports recorded long ago. */
export const RELAY_NOTE = 'The org hands mail to the email relay';

/** Whether the org hands mail to an email relay: then the TLS value describes Salesforce -> relay. */
export function hasRelay({ notes }: { readonly notes: readonly string[] }): boolean {
  return notes.some((note) => note.startsWith(RELAY_NOTE));
}
