import { createHash } from 'node:crypto';
import { lstat, open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { join, matchesGlob } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Clock, FetchedFile, LogFile, LogSource } from '../model/ports.ts';
import { DAY_MS, type Window } from '../model/window.ts';
import { nameWithoutPeople } from '../support/addresses.ts';
import { AuditError } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';
import { errorCode } from './error-code.ts';
import { refuseTooLarge } from './size-limit.ts';
import { writeSpoolFile } from './spool-file.ts';

export interface DirectorySourceOptions {
  readonly path: string;
  /** Glob over file names, not over folders; upper and lower case are the same. */
  readonly pattern: string;
  readonly maxFileBytes: number;
  /**
   * A file that changed later than this long ago is watched until it is this old. One that grows meanwhile is still
   * being written: it is left for the next run. Default 3 s.
   */
  readonly settleMs?: number;
}

const DEFAULT_SETTLE_MS = 3000;

/** Clocks of file servers are off, and some ways of copying shift or round the time of a file. */
const MODIFIED_SLACK_MS = DAY_MS;

/** What a look at a file showed; a file that is written to shows another one. */
interface Look {
  readonly name: string;
  readonly size: number;
  readonly modifiedMs: number;
  /** True for a pipe, a socket or a device: opening it may wait for ever. */
  readonly isSpecial?: boolean;
}

const SPECIAL = 'it is a pipe, a socket or a device and is not read: put the log itself there';

/** Log files in a folder of this machine (a mounted share, an SFTP or S3 sync); folders inside it are not looked into. */
export function createDirectorySource(
  options: DirectorySourceOptions,
  context: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly wait?: (durationMs: number, signal: AbortSignal) => Promise<void>;
  },
): LogSource {
  const found = new Map<string, Look>();
  const wait = context.wait ?? pause;
  const settleMs = options.settleMs ?? DEFAULT_SETTLE_MS;

  async function find(window: Window, signal: AbortSignal): Promise<LogFile[]> {
    const names = (await listNames(options.path)).filter((name) => isWanted(name, options.pattern));
    const settledMs = context.clock.now().getTime() - settleMs;
    const look = (name: string) => lookAt(join(options.path, name), name, settledMs);
    const relevant = (await lookAll(names, look, signal)).filter(
      ({ modifiedMs }) => modifiedMs >= window.from.getTime() - MODIFIED_SLACK_MS,
    );
    const freshestMs = Math.max(...relevant.map(({ modifiedMs }) => modifiedMs));
    const unsettledMs = freshestMs - settledMs;
    if (unsettledMs > 0) await wait(Math.min(unsettledMs, settleMs), signal);
    // What is still being written stays on the list: fetching it fails and names it, so that nobody takes it for read.
    const logs = relevant.toSorted((a, b) => a.modifiedMs - b.modifiedMs || (a.name < b.name ? -1 : 1));
    for (const seen of logs) {
      signal.throwIfAborted();
      if (!isSame(seen, await look(seen.name))) {
        context.logger.warn('a file is still being written: it is left for the next run', {
          file: nameWithoutPeople(seen.name),
        });
      }
      found.set(idOf(seen), seen);
    }
    return logs.map(toLogFile);
  }

  async function fetchFile(file: LogFile, folder: string, signal: AbortSignal): Promise<FetchedFile> {
    const look = found.get(file.id);
    if (look === undefined) throw new AuditError(`fetching ${file.name}: this source did not find it before`);
    if (file.refusal !== undefined) throw new AuditError(`${file.name}: ${file.refusal}`);
    refuseTooLarge(file.name, look.size, options.maxFileBytes);
    // A name of this program's own making: two runs, or two files that differ in case only, never collide.
    const path = join(
      folder,
      `${createHash('sha256').update(file.id).digest('hex').slice(0, 24)}${extensionOf(file.name)}`,
    );
    await copySnapshot(join(options.path, look.name), look, path, signal);
    return { file, path };
  }

  return {
    type: 'directory',
    description:
      `files in the folder ${options.path} with a name like "${options.pattern}": somebody or something puts the logs ` +
      'there; days that none of them tells of are gaps, and a file that is still being written waits for the next run',
    find,
    fetch: fetchFile,
    close: () => Promise.resolve(),
  };
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await setTimeout(durationMs, undefined, { signal });
}

async function listNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    const code = errorCode(error) ?? 'unknown error';
    const what =
      { ENOENT: 'it does not exist', ENOTDIR: 'it is not a folder', EACCES: 'this user may not read it' }[code] ?? code;
    throw new AuditError(`looking for log files in the folder ${folder}: ${what}`, {
      remedy: 'Check source.directory.path, that the share is mounted and that this user may list the folder.',
      cause: error,
    });
  }
}

/** Hidden names are what copy programs (rsync, many SFTP servers) use while they write. */
function isWanted(name: string, pattern: string): boolean {
  return !name.startsWith('.') && matchesGlob(name.toLowerCase(), pattern.toLowerCase());
}

async function lookAll(
  names: readonly string[],
  look: (name: string) => Promise<Look | undefined>,
  signal: AbortSignal,
): Promise<Look[]> {
  const looks: Look[] = [];
  for (const name of names) {
    signal.throwIfAborted();
    const seen = await look(name);
    if (seen !== undefined) looks.push(seen);
  }
  return looks;
}

/**
 * Undefined for what is gone, and for folders. Links are followed: volumes of Kubernetes and many syncs make them. What
 * cannot be looked at (a link in a circle or into a share that is not mounted) may be a log of `unknownMs`: reading it fails and
 * names it.
 */
async function lookAt(path: string, name: string, unknownMs: number): Promise<Look | undefined> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return undefined;
    return { name, size: stats.size, modifiedMs: stats.mtimeMs, isSpecial: !stats.isFile() };
  } catch (error) {
    const isGone = errorCode(error) === 'ENOENT' && !(await isLink(path));
    return isGone ? undefined : { name, size: 0, modifiedMs: unknownMs };
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch {
    return false;
  }
}

function isSame(a: Look, b: Look | undefined): boolean {
  return b !== undefined && a.size === b.size && a.modifiedMs === b.modifiedMs;
}

/** Copies the file as it was when it was found; one that changed since is not taken. */
async function copySnapshot(path: string, look: Look, to: string, signal: AbortSignal): Promise<void> {
  const from = nameWithoutPeople(path);
  const source = await openSource(path);
  const refuseChanged = async () => {
    const { size, mtimeMs } = await source.stat();
    if (isSame(look, { name: look.name, size, modifiedMs: mtimeMs })) return;
    throw new AuditError(
      `reading ${from}: it changed while it was read (${size} bytes, ${look.size} when it was found)`,
      {
        remedy: 'Nothing is lost: the next run takes it when it is complete.',
      },
    );
  };
  try {
    await refuseChanged();
    await writeSpoolFile(to, chunksOf(source, from, signal), async ({ bytes }) => {
      await refuseChanged();
      if (bytes !== look.size) {
        throw new AuditError(`reading ${from}: ${bytes} bytes came, expected ${look.size}`, { remedy: 'Run again.' });
      }
    });
  } finally {
    await source.close();
  }
}

async function openSource(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function* chunksOf(source: FileHandle, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(256 * 1024);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await source.read(buffer).catch((error: unknown) => {
      throw unreadable(path, error);
    });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Without the cause: that names the file as it is called. */
function unreadable(path: string, error: unknown): AuditError {
  return new AuditError(`reading ${nameWithoutPeople(path)}: ${errorCode(error) ?? 'unknown error'}`, {
    remedy: 'Check that the file is still there and that this user may read it.',
  });
}

function extensionOf(name: string): string {
  return (/(\.csv)?\.[a-z0-9]{1,8}$/i.exec(name)?.[0] ?? '').toLowerCase();
}

function idOf({ name, size, modifiedMs }: Look): string {
  return `${name}:${size}:${modifiedMs}`;
}

function toLogFile(look: Look): LogFile {
  return {
    id: idOf(look),
    name: nameWithoutPeople(look.name),
    createdAt: new Date(look.modifiedMs),
    sizeBytes: look.size,
    ...(look.isSpecial === true ? { refusal: SPECIAL } : {}),
  };
}
