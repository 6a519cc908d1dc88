import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jest } from '@jest/globals';

/** Folder of the checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const CLI = join(ROOT, 'dist', 'src', 'cli.js');

/** Longer than any command of these tests takes on a busy machine: what is still running then hangs. */
const LIMIT_MS = 45_000;

// Every test here starts programs; the limits of what they do stand above and below, and say what was in vain.
jest.setTimeout(90_000);

export interface ProgramOptions {
  /** The folder of the checkout where left out: no test may depend on it. */
  readonly cwd?: string;
  /** The whole environment: nothing of the test's own is passed on. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer;
  /** The script, where it is not the built program of this checkout. */
  readonly cli?: string;
  readonly nodeOptions?: readonly string[];
}

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram extends AsyncDisposable {
  readonly ended: Promise<Ended>;
  readonly stderr: string;
  kill(signal: NodeJS.Signals): void;
  /** Ends the reading of standard output after its first bytes, as `head` does. */
  closeStdoutEarly(): void;
}

/** Starts the built program. Disposing ends it, however it stands. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): RunningProgram {
  const cli = options.cli ?? CLI;
  if (!existsSync(cli)) throw new Error(`${cli} is missing: run npm run build first (npm test does)`);
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), cli, ...args], {
    cwd: options.cwd ?? ROOT,
    env: { ...options.env },
  });
  const printed = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => printed.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => printed.stderr.push(chunk));
  // A program that ends without reading its input is no failure of the test.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin);
  const textOf = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString();
  let isEnded = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      reject(
        new Error(`tls-audit ${args.join(' ')} was still running after ${LIMIT_MS} ms\n${textOf(printed.stderr)}`),
      );
    }, LIMIT_MS);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      isEnded = true;
      clearTimeout(limit);
      resolve({ code, signal, stdout: textOf(printed.stdout), stderr: textOf(printed.stderr) });
    });
  });
  // Whoever waits for it gets the failure; nobody else has to.
  ended.catch(() => undefined);
  return {
    ended,
    get stderr() {
      return textOf(printed.stderr);
    },
    kill: (signal) => void child.kill(signal),
    closeStdoutEarly: () => void child.stdout.once('data', () => child.stdout.destroy()),
    async [Symbol.asyncDispose]() {
      if (!isEnded) child.kill('SIGKILL');
      await ended.catch(() => undefined);
    },
  };
}

/** Runs the built program to its end. */
export async function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  await using program = startProgram(args, options);
  return await program.ended;
}

/** A folder of the test's own, gone when it is disposed of. */
export async function makeFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'tls-audit-integration-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Waits until the condition gives something, asking again and again; fails with the words after the deadline. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 20_000,
): Promise<T> {
  const endsAt = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > endsAt) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
