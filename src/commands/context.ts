/** A stream that may be a terminal. */
export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  hasColors?(): boolean;
}

/** What a command may touch of the process. */
export interface CommandContext {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: OutputStream;
  readonly stderr: NodeJS.WriteStream;
  /** Ends the process at once; only for a second signal. */
  exit?(code: number): never;
}

/** True where colours may be written: a terminal, and neither NO_COLOR nor a dumb one. */
export function wantsColor(stream: OutputStream): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true;
}

/** Columns of the terminal, or 80 where the output is no terminal or one that does not know its size, which says 0. */
export function widthOf(stream: OutputStream): number {
  const columns = stream.isTTY === true ? (stream.columns ?? 0) : 0;
  return columns > 0 ? columns : 80;
}
