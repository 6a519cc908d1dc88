import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { startProgress } from '../../src/commands/progress.ts';

/** A terminal, or a pipe, that remembers what was written to it. */
class Screen extends PassThrough {
  readonly isTTY: boolean;
  readonly columns = 80;
  readonly rows = 24;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  get written(): string {
    return String(this.read() ?? '');
  }
}

/** Shows progress on the screen, adding a quarter of the bytes at each of the times. */
function show(screen: Screen, timesMs: readonly number[], totalBytes: number | undefined = 40_000_000): string {
  let nowMs = 1_000_000;
  const startMs = nowMs;
  const progress = startProgress('Reading', totalBytes, screen as unknown as NodeJS.WriteStream, () => nowMs);
  let written = '';
  for (const timeMs of timesMs) {
    nowMs = startMs + timeMs;
    progress.add(10_000_000);
    written += screen.written;
  }
  progress.end();
  return written + screen.written;
}

describe('the progress bar', () => {
  it('appears on a terminal after a second, with the share that was read', () => {
    expect(show(new Screen(true), [300, 600, 1500])).toMatch(/Reading .*75% of 40 MB/s);
  });

  it('does not appear within the first second', () => {
    expect(show(new Screen(true), [300, 600, 900, 1000])).toBe('');
  });

  it('never appears where the output is no terminal', () => {
    expect(show(new Screen(false), [300, 1500, 5000])).toBe('');
  });

  it('never appears where nobody knows how much there is to read', () => {
    const screen = new Screen(true);
    const progress = startProgress('Reading', undefined, screen as unknown as NodeJS.WriteStream, () => 0);
    progress.add(1);
    progress.end();
    expect(screen.written).toBe('');
  });
});
