/**
 * Breaks text at blanks so that no line is longer than `width`; a longer word is cut, at a dot or a hyphen if it can be. The first line begins with
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

/** Pieces of at most `width` characters: a name ends at a dot or a hyphen where there is one, so that its parts stay whole. */
export function cut(text: string, width: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const last = Math.max(rest.lastIndexOf('.', width - 1), rest.lastIndexOf('-', width - 1)) + 1;
    // A piece that ends early leaves more lines than it is worth.
    const end = last > width / 3 ? last : width;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return rest === '' ? pieces : [...pieces, rest];
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
