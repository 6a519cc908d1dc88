import type { DigestContent, DigestSection, DomainRow, ListItem } from './digest-shape.ts';
import type { Trend } from './digest-trend.ts';
import { htmlText, momentsWhole } from './escape.ts';
import { DARK_COLORS, LIGHT_COLORS } from './palette.ts';

// HTML for mail clients: one column of tables, every style inline (many clients drop the style element), nothing
// fetched. The style element only adds the dark colours where a client supports them.

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Arial,sans-serif";
const BODY = `${FONT};font-size:15px;line-height:22px;color:${LIGHT_COLORS.text}`;
/** Inside a cell or a list item that names the font: Outlook inherits it there, but not into tables. */
const SMALL_INSIDE = `font-size:13px;line-height:19px;color:${LIGHT_COLORS.muted}`;
const SMALL = `${FONT};${SMALL_INSIDE}`;
// A domain may be one word of seventy characters: it must break rather than widen the mail.
const BREAK = 'word-break:break-word;overflow-wrap:anywhere';
const PRESENTATION = 'role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"';

const DARK_RULES = [
  `.page{background:${DARK_COLORS.page}!important}`,
  `.card{background:${DARK_COLORS.card}!important;border-color:${DARK_COLORS.line}!important}`,
  `.text{color:${DARK_COLORS.text}!important}`,
  `.muted{color:${DARK_COLORS.muted}!important}`,
  `.line{border-color:${DARK_COLORS.line}!important}`,
  `.pass{color:${DARK_COLORS.pass}!important;border-color:${DARK_COLORS.pass}!important}`,
  `.fail{color:${DARK_COLORS.fail}!important;border-color:${DARK_COLORS.fail}!important}`,
  `.inconclusive{color:${DARK_COLORS.inconclusive}!important;border-color:${DARK_COLORS.inconclusive}!important}`,
  ...(['pass', 'fail', 'inconclusive', 'line'] as const).map(
    (name) => `.${name}-bar{background:${DARK_COLORS[name]}!important}`,
  ),
].join('');

export function digestHtml(content: DigestContent, subject: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${htmlText(subject)}</title>
<style>:root{color-scheme:light dark;supported-color-schemes:light dark}@media (prefers-color-scheme:dark){${DARK_RULES}}</style>
</head>
<body class="page" style="margin:0;padding:0;background:${LIGHT_COLORS.page}">
<table ${PRESENTATION} class="page" style="background:${LIGHT_COLORS.page}"><tr><td align="center" style="padding:12px 8px">
<table role="presentation" cellpadding="0" cellspacing="0" border="0" width="600" class="card" style="width:100%;max-width:600px;background:${LIGHT_COLORS.card};border:1px solid ${LIGHT_COLORS.line};border-radius:8px;text-align:left">
${verdictRow(content)}
${content.wrong.map(sectionRow).join('\n')}
${factsRow(content)}
${content.trend === undefined ? '' : trendRow(content.trend)}
${content.sections.map(sectionRow).join('\n')}
<tr><td class="line" style="padding:14px 20px 16px;border-top:1px solid ${LIGHT_COLORS.line}">
${content.footer.map((line) => `<p class="muted" style="margin:0;${SMALL};${BREAK}">${htmlText(line)}</p>`).join('\n')}
</td></tr>
</table>
</td></tr></table>
</body>
</html>
`;
}

function verdictRow({ verdict, word, period, sentence, furtherReasons }: DigestContent): string {
  const color = LIGHT_COLORS[verdict];
  return `<tr><td class="${verdict}" style="padding:18px 20px 16px;border-top:4px solid ${color};border-radius:8px 8px 0 0">
<h1 style="margin:0;${FONT};font-size:22px;line-height:28px;font-weight:700"><span class="${verdict}" style="color:${color}">${word}</span> <span class="muted" style="font-size:15px;font-weight:400;color:${LIGHT_COLORS.muted}">${htmlText(period)}</span></h1>
<p class="text" style="margin:8px 0 0;${FONT};font-size:17px;line-height:24px;color:${LIGHT_COLORS.text};${BREAK}">${htmlText(sentence)}</p>
${furtherReasons.map((reason) => `<p class="text" style="margin:6px 0 0;${BODY};${BREAK}">${proseText(reason)}</p>`).join('\n')}
</td></tr>`;
}

function factsRow({ facts }: DigestContent): string {
  const rows = facts.map(
    ({ label, value }) =>
      `<tr><th scope="row" align="left" valign="top" class="muted" style="padding:2px 14px 2px 0;${SMALL};font-weight:400;white-space:nowrap">${htmlText(label)}</th><td width="100%" class="text" style="padding:2px 0;${FONT};font-size:14px;line-height:19px;color:${LIGHT_COLORS.text}">${proseText(value)}</td></tr>`,
  );
  return `<tr><td class="line" style="padding:14px 20px;border-top:1px solid ${LIGHT_COLORS.line}">
<table cellpadding="0" cellspacing="0" border="0" width="100%">
${rows.join('\n')}
</table>
</td></tr>`;
}

const BAR_HEIGHT = 4;
const BAR_CLASSES = { clean: 'pass', violating: 'fail', doubt: 'inconclusive', nodata: 'line' } as const;

/**
 * The trend as a picture of table cells with a background, the one thing that every client draws: no image to fetch or
 * to block, no SVG, no data: URI. Each bar is a cell as high as it needs; the sentence says the same for those who do not
 * see it.
 */
function trendRow({ bars, first, last, sentence }: Trend): string {
  const cells = bars.map(({ state, height }) => {
    const name = BAR_CLASSES[state];
    const [pixels, color] = [height * BAR_HEIGHT, LIGHT_COLORS[name]];
    return `<td valign="bottom" style="padding:0 1px 0 0"><table ${PRESENTATION}><tr><td height="${pixels}" bgcolor="${color}" class="${name}-bar" style="height:${pixels}px;font-size:1px;line-height:1px;mso-line-height-rule:exactly;background:${color}">&nbsp;</td></tr></table></td>`;
  });
  return `<tr><td style="padding:0 20px 18px">
<table ${PRESENTATION} style="table-layout:fixed;height:${10 * BAR_HEIGHT}px"><tr>${cells.join('')}</tr></table>
<table ${PRESENTATION}><tr><td class="muted" style="${SMALL}">${htmlText(first)}</td><td align="right" class="muted" style="${SMALL}">${htmlText(last)}</td></tr></table>
<p class="muted" style="margin:2px 0 0;${SMALL}">${htmlText(sentence)}</p>
</td></tr>`;
}

function sectionRow(section: DigestSection): string {
  const more =
    section.more === undefined
      ? ''
      : `\n<p class="muted" style="margin:8px 0 0;${SMALL}">${htmlText(section.more)}</p>`;
  const inside =
    section.kind === 'domains'
      ? domainTable(section.rows, section.shareHeading)
      : `<ul style="margin:0;padding:0 0 0 18px">\n${section.items.map(listItem).join('\n')}\n</ul>`;
  return `<tr><td class="line" style="padding:16px 20px;border-top:1px solid ${LIGHT_COLORS.line}">
<h2 class="text" style="margin:0 0 8px;${FONT};font-size:15px;line-height:20px;font-weight:600;color:${LIGHT_COLORS.text}">${htmlText(section.heading)}</h2>
${inside}${more}
</td></tr>`;
}

function domainTable(rows: readonly DomainRow[], shareHeading: string): string {
  const heading = (text: string, align: 'left' | 'right'): string =>
    `<th scope="col" align="${align}" class="muted line" style="padding:0 0 4px;${SMALL};font-weight:400;border-bottom:1px solid ${LIGHT_COLORS.line}">${htmlText(text)}</th>`;
  return `<table cellpadding="0" cellspacing="0" border="0" width="100%">
<thead><tr>${heading('Domain', 'left')}${heading(shareHeading, 'right')}</tr></thead>
<tbody>
${rows.map((row, index) => domainRow(row, index === rows.length - 1)).join('\n')}
</tbody>
</table>`;
}

/** Two rows, so that what explains a domain has the whole width of a phone. */
function domainRow({ name, share, protocols, change, sample, remedy }: DomainRow, isLast: boolean): string {
  const tag =
    change === undefined
      ? ''
      : ` <span class="text" style="color:${LIGHT_COLORS.text};font-weight:600">(${htmlText(change)})</span>`;
  const lines = [sample, remedy === undefined ? undefined : `Do: ${remedy}`].map((line) =>
    line === undefined ? '' : `<br>${proseText(line)}`,
  );
  const line = `border-bottom:${isLast ? 0 : 1}px solid ${LIGHT_COLORS.line}`;
  return `<tr><th scope="row" align="left" valign="top" class="text" style="padding:7px 12px 0 0;${BODY};font-weight:600;${BREAK}">${htmlText(name)}</th><td align="right" valign="top" class="text" style="padding:7px 0 0;${BODY};white-space:nowrap">${htmlText(share)}</td></tr>
<tr><td colspan="2" class="muted line" style="padding:0 0 7px;${line};${SMALL};${BREAK}">${htmlText(protocols)}${tag}${lines.join('')}</td></tr>`;
}

function listItem({ text, details }: ListItem): string {
  const inner = details
    .map((detail) => `<li class="muted" style="margin:2px 0 0;${SMALL_INSIDE};${BREAK}">${proseText(detail)}</li>`)
    .join('');
  const list = inner === '' ? '' : `<ul style="margin:2px 0 0;padding:0 0 0 16px">${inner}</ul>`;
  return `<li class="text" style="margin:0 0 4px;${FONT};font-size:14px;line-height:20px;color:${LIGHT_COLORS.text};${BREAK}">${proseText(text)}${list}</li>`;
}

/** Text of which no moment breaks. */
function proseText(text: string): string {
  return momentsWhole(htmlText(text), 'style="white-space:nowrap"');
}
