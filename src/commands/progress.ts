import { Presets, SingleBar } from 'cli-progress';

/** A progress bar that appears only on a terminal, and only when the work takes longer than a second. */
export interface Progress {
  add(bytes: number): void;
  end(): void;
}

const APPEARS_AFTER_MS = 1000;
const MEGABYTE = 1_000_000;

export function startProgress(
  label: string,
  totalBytes: number | undefined,
  stream: NodeJS.WriteStream,
  now: () => number = Date.now,
): Progress {
  if (!stream.isTTY || totalBytes === undefined) return { add: () => undefined, end: () => undefined };
  const startedMs = now();
  const bar = new SingleBar(
    {
      stream,
      clearOnComplete: true,
      hideCursor: true,
      format: `${label} {bar} {percentage}% of {total} MB, {eta_formatted} left`,
    },
    Presets.shades_classic,
  );
  let done = 0;
  let shown = false;
  return {
    add: (bytes) => {
      done += bytes;
      if (!shown && now() - startedMs > APPEARS_AFTER_MS) {
        shown = true;
        bar.start(Math.ceil(totalBytes / MEGABYTE), 0);
      }
      if (shown) bar.update(Math.floor(done / MEGABYTE));
    },
    end: () => {
      if (shown) bar.stop();
    },
  };
}
