import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const MAX_BYTES = 32 * 2 ** 20;

/**
 * Keeps V8's young generation from growing past 32 MB: to be called now and then during long work. V8 doubles it (to
 * 128 MB and more) when a little survives each collection, as chunks and rows at hand do, and a log of millions of rows
 * gains nothing by it (`npm run bench -- --large`). Of V8's options only the factor of growth counts while it runs.
 */
export function limitYoungGeneration(): void {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  const factor = young !== undefined && young.space_size >= MAX_BYTES ? 1 : 2;
  if (factor !== currentFactor) setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  currentFactor = factor;
}

let currentFactor = 2;
