/**
 * Breaks text at blanks so that no line is longer than `width`; a longer word is cut. The first line begins with
 * `first`, the others with blanks of the same length (hanging indent).
 */
export function wrap(text: string, width: number, first = ''): string[] {
  const room = Math.max(10, width - first.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((word) => cut(word, room))) {
    if (line === '') line = word;
    else if (line.length + 1 + word.length <= room) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  const hanging = ' '.repeat(first.length);
  return lines.map((content, index) => `${index === 0 ? first : hanging}${content}`.trimEnd());
}

/** Pieces of at most `width` characters. */
export function cut(text: string, width: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += width) pieces.push(text.slice(at, at + width));
  return pieces;
}

export interface Column {
  readonly heading: string;
  readonly align: 'left' | 'right';
  readonly width: number;
}

/** One row of a plain-text table: each cell is a list of lines, the row as high as its highest cell. */
export function tableRow(columns: readonly Column[], cells: readonly (readonly string[])[]): string[] {
  const height = Math.max(1, ...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, index) =>
    columns
      .map(({ align, width }, column) => {
        const text = cells[column]?.[index] ?? '';
        return align === 'right' ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
