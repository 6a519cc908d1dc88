import { accessSync, constants } from 'node:fs';
import { describe } from '@jest/globals';

const CHROMIUM = '/usr/bin/chromium';

/** Chromium resolves no name but its own machine's: a test that reaches for the network fails instead. */
export const LOOPBACK_ONLY = '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1';

/** Why the tests that need a browser cannot run; undefined where they can. */
const missing = whyNot();

function whyNot(): string | undefined {
  try {
    accessSync(CHROMIUM, constants.X_OK);
    return undefined;
  } catch {
    return `SKIPPED: ${CHROMIUM} is missing, so nothing here was tested in a browser (apt-get install chromium)`;
  }
}

/** A `describe` of tests that need a browser; without one it says loudly that it tested nothing. */
export function describeWithChromium(name: string, tests: () => void): void {
  if (missing === undefined) {
    describe(name, tests);
    return;
  }
  process.stderr.write(`\n${'!'.repeat(100)}\n${name}: ${missing}\n${'!'.repeat(100)}\n`);
  describe.skip(`${name} - ${missing}`, tests);
}
