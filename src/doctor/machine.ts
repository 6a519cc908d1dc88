import { accessSync, constants, existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OlderSchemaError } from '../record/database.ts';
import { openHistory } from '../record/history.ts';
import type { History } from '../model/history.ts';
import { AuditError } from '../support/errors.ts';
import { countOf } from '../support/plural.ts';
import { withSpool } from '../support/spool.ts';
import { failure, ok, warning, type Finding } from './check.ts';

const MEBIBYTE = 2 ** 20;

/** Below this not even a small log and the history fit. */
const LEAST_ROOM_BYTES = 16 * MEBIBYTE;

/** Whether the spool folder can be made, and how large a log it takes. */
export async function checkDisk(spoolFolder: string | null, maxFileBytes: number): Promise<Finding> {
  const { path, roomBytes } = await withSpool(spoolFolder, async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return { path: dirname(folder), roomBytes: bavail * bsize };
  });
  const room = `${path}: writable, room for ${mebibytes(roomBytes)}`;
  const remedy = 'Free space on that disk, or set spool.path to a folder with room for the largest log file.';
  if (roomBytes < LEAST_ROOM_BYTES) return failure(room, remedy);
  if (roomBytes < maxFileBytes) {
    return warning(`${room}, but source.maxFileBytes allows a log of ${mebibytes(maxFileBytes)}`, remedy);
  }
  return ok(room);
}

/** Whether the history can be read and written; changes nothing. */
export function checkHistory(location: string): Finding {
  if (!existsSync(location)) {
    const folder = nearestFolder(dirname(location));
    if (isWritable(folder)) return ok(`${location}: not there yet, the first run makes it`);
    return failure(`${location}: this user may not write to ${folder}`, REMEDY);
  }
  if (!isWritable(location) || !isWritable(dirname(location))) {
    return failure(`${location}: this user may read it, but not write to it`, REMEDY);
  }
  let history: History;
  try {
    history = openHistory(location, { readOnly: true });
  } catch (error) {
    if (error instanceof OlderSchemaError) return warning(error.message, error.remedy ?? '');
    throw error;
  }
  try {
    const [last] = history.latestRuns(undefined, 1);
    const newest = last === undefined ? 'no run yet' : `last run ${last.startedAt.toISOString()}, ${last.verdict}`;
    return ok(`${location}: sound, ${newest}`);
  } finally {
    history.close();
  }
}

const REMEDY = 'Set history.path to a file in a folder that this user may write to.';

function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const FAST_ENOUGH_MS = 30_000;
const TOLERATED_MS = 5 * 60_000;

/** @param differenceMs how far the org's clock is ahead of this one; undefined where no org was asked */
export function checkClock(now: Date, differenceMs: number | undefined): Finding {
  const time = `${now.toISOString()} here`;
  if (Number.isNaN(now.getTime())) throw new AuditError('this machine has no clock');
  if (differenceMs === undefined) return ok(`${time}; nothing to compare it with`);
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  if (Math.abs(differenceMs) <= FAST_ENOUGH_MS) return ok(`${time}, the org's clock agrees`);
  const message = `${time}, ${countOf(seconds, 'second')} ${differenceMs > 0 ? 'behind' : 'ahead of'} the org's clock`;
  const remedy = 'Set the clock of this machine by NTP: what is due and what is covered is counted by it.';
  return Math.abs(differenceMs) <= TOLERATED_MS ? warning(message, remedy) : failure(message, remedy);
}

function mebibytes(bytes: number): string {
  return `${Math.floor(bytes / MEBIBYTE).toLocaleString('en-US')} MiB`;
}
