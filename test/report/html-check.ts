import { HtmlValidate, StaticConfigLoader } from 'html-validate/node';

/** Rules that contradict what mail clients need, not what HTML demands. */
const MAIL_RULES = {
  // Many mail clients drop the style element.
  'no-inline-style': 'off',
  // Tables that only lay out have no body of rows.
  'prefer-tbody': 'off',
  // Outlook for Windows reads widths and alignments from attributes only.
  'no-deprecated-attr': 'off',
} as const;

/** What html-validate finds wrong, a line each; empty for a good page. */
export async function htmlMistakes(html: string, kind: 'mail' | 'page'): Promise<string[]> {
  const checker = new HtmlValidate(
    new StaticConfigLoader({
      extends: ['html-validate:recommended', 'html-validate:a11y'],
      rules: { 'long-title': 'off', ...(kind === 'mail' ? MAIL_RULES : {}) },
    }),
  );
  const { results } = await checker.validateString(html);
  return results.flatMap(({ messages }) =>
    messages.map(({ line, column, ruleId, message }) => `${line}:${column} ${ruleId}: ${message}`),
  );
}
