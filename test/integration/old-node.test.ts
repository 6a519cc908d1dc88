import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT } from './program.ts';

const PLACES = ['/usr/bin', '/usr/local/bin', '/opt/node/bin', '/opt/homebrew/bin', '/opt/homebrew/opt/node@20/bin'];

const oldNode = PLACES.map((place) => join(place, 'node')).find((node) => existsSync(node) && majorOf(node) < 24);

/** `Infinity` where it does not say. */
function majorOf(node: string): number {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  const major = /^v(\d+)\./.exec(stdout)?.[1];
  return major === undefined ? Infinity : Number(major);
}

if (oldNode === undefined) console.warn(`NOT TESTED on an older Node: none before 24 is in ${PLACES.join(', ')}.`);

(oldNode === undefined ? it.skip : it).each([[['--version']], [['scan', 'missing.csv']], [['worker']]])(
  'an older Node gets one line that says which Node is needed: %s',
  (args) => {
    const cli = join(ROOT, 'dist', 'src', 'cli.js');
    expect(existsSync(cli)).toBe(true);
    const { status, stdout, stderr } = spawnSync(oldNode ?? '', [cli, ...args], { encoding: 'utf8', env: {} });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^tls-audit: needs Node\.js 24 or newer, this is v\d+\.\d+\.\d+\.[^\n]*\n$/);
  },
);
