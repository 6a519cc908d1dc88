import { htmlText, momentsWhole } from './escape.ts';

// Pieces of the page; arguments named `inside`, `items` and `cells` are HTML.

/** Longer tables scroll inside a frame as high as the screen, so that what stands below them is not thousands of rows away. */
const MAX_ROWS_IN_THE_OPEN = 100;

/** A wide table scrolls inside its frame; the frame takes the keyboard's focus so that it can be scrolled without a mouse. */
export function scrollable(label: string, inside: string, className = 'scroll'): string {
  return `<div class="${className}" role="group" aria-label="${label}" tabindex="0">${inside}</div>`;
}

/** With `stacked`, classes of the table, a phone shows the cells of each row below each other; a `wide` one does so on a tablet too. */
export function table(
  label: string,
  headings: readonly string[],
  rows: readonly string[],
  { id, stacked }: { readonly id?: string; readonly stacked?: string } = {},
): string {
  const head = `<thead><tr>${headings.join('')}</tr></thead>`;
  const name = id === undefined ? '' : ` id="${id}"`;
  const look = stacked === undefined ? '' : ` class="stack ${stacked}"`;
  return scrollable(
    label,
    `<table${name}${look}>\n${head}\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`,
    rows.length > MAX_ROWS_IN_THE_OPEN ? 'scroll tall' : 'scroll',
  );
}

export function heading(text: string, className = ''): string {
  return `<th scope="col"${className === '' ? '' : ` class="${className}"`}>${text}</th>`;
}

export function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul class="wrap">${items.map((item) => `<li>${item}</li>`).join('\n')}</ul>`;
}

/** Text of which no moment breaks. */
export function proseText(text: string): string {
  return momentsWhole(htmlText(text), 'class="fixed"');
}

export function muted(text: string): string {
  return `<span class="muted">${htmlText(text)}</span>`;
}
