/** A query the org refuses with status 400. */
export class SoqlError extends Error {
  override readonly name = 'SoqlError';
  readonly errorCode: string;

  constructor(errorCode: string, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

/** Salesforce shows the place in the query: the text, a caret below it, row and column, then the reason. */
export function soqlErrorAt(errorCode: string, soql: string, position: number, reason: string): SoqlError {
  const before = soql.slice(0, position).split('\n');
  const column = (before.at(-1) ?? '').length + 1;
  const excerptStart = Math.max(0, column - 31);
  const line = soql.split('\n')[before.length - 1] ?? '';
  const excerpt = line.slice(excerptStart, excerptStart + 60);
  const caret = `${' '.repeat(column - 1 - excerptStart)}^`;
  return new SoqlError(errorCode, `\n${excerpt}\n${caret}\nERROR at Row:${before.length}:Column:${column}\n${reason}`);
}
