import { AuditError } from '../../support/errors.ts';
import type { LabelSetting, SetupPageOptions } from './options.ts';
import { quoted } from './text.ts';

const MEANINGS: Readonly<Record<LabelSetting, string>> = {
  requestButton: 'the button that opens the form for a request',
  startField: 'the field for the start',
  endField: 'the field for the end',
  submitButton: 'the button that hands the form in',
  startColumn: 'the column of the start',
  endColumn: 'the column of the end',
  statusColumn: 'the column of the status',
  downloadLink: 'the link to a complete log',
};

/** The failure that names what was looked for, by which labels, and where. */
export function labelsNotFound(
  settings: readonly LabelSetting[],
  options: Pick<SetupPageOptions, LabelSetting>,
  place: string,
): AuditError {
  const sought = settings.map((setting) => `${MEANINGS[setting]} (${quoted(options[setting])})`);
  const names = settings.map((setting) => `source.setupPage.${setting}`);
  return new AuditError(`the page Setup > Email Log Files does not show ${sought.join(', ')}; looked at ${place}`, {
    remedy:
      `See how the page names it and set ${names.join(', ')}; "tls-audit doctor --source setup-page" then says what it ` +
      'finds. This source is experimental: it was never seen against a real org.',
  });
}
