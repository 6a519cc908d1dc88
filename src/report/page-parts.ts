import { htmlText } from './escape.ts';

// Pieces of the page; arguments named `inside`, `items` and `cells` are HTML.

/** A wide table scrolls inside its frame; the frame takes the keyboard's focus so that it can be scrolled without a mouse. */
export function scrollable(label: string, inside: string): string {
  return `<div class="scroll" role="group" aria-label="${label}" tabindex="0">${inside}</div>`;
}

export function table(label: string, headings: readonly string[], rows: readonly string[], id?: string): string {
  const head = `<thead><tr>${headings.join('')}</tr></thead>`;
  const name = id === undefined ? '' : ` id="${id}"`;
  return scrollable(label, `<table${name}>\n${head}\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`);
}

export function heading(text: string, className = ''): string {
  return `<th scope="col"${className === '' ? '' : ` class="${className}"`}>${text}</th>`;
}

export function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul class="wrap">${items.map((item) => `<li>${item}</li>`).join('\n')}</ul>`;
}

export function muted(text: string): string {
  return `<span class="muted">${htmlText(text)}</span>`;
}
