import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { AuditError, messageOf } from '../support/errors.ts';

const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
export const CANTOPEN = 14;
const NOTADB = 26;

const KEEP_AND_RESTORE =
  'Keep the file as it is (move it aside, with its -wal and -shm companions), put a backup in its place or let the ' +
  'next run start a new history, and check the disk it was on.';

/** Result codes of SQLite (https://sqlite.org/rescode.html) in words, with what to do about them. */
const explanations: Readonly<Record<number, { readonly problem: string; readonly remedy: string }>> = {
  [BUSY]: lockedBy('another process holds it locked'),
  [LOCKED]: lockedBy('it is locked'),
  [READONLY]: {
    problem: 'the file or its folder is read-only for this user',
    remedy: 'Give the user that runs tls-audit write access to the file and to its folder (-wal and -shm go there).',
  },
  [IOERR]: {
    problem: 'the disk reported an error',
    remedy: 'Check the disk and the free space; what was recorded before is kept. Then run the job again.',
  },
  [CORRUPT]: { problem: 'the file is damaged', remedy: KEEP_AND_RESTORE },
  [FULL]: {
    problem: 'the disk is full',
    remedy: 'Free space on the disk of this file, then run the job again: what was recorded before is kept.',
  },
  [CANTOPEN]: {
    problem: 'the file cannot be opened',
    remedy: 'Check that the path is a file, not a folder, and that this user may write to the file and to its folder.',
  },
  [NOTADB]: {
    problem: 'the file is not an SQLite database',
    remedy: `Check the path in the settings. If the path is right, the file is damaged. ${KEEP_AND_RESTORE}`,
  },
};

/**
 * What SQLite or the file system threw, as an error a person can act on; an AuditError passes unchanged.
 * @param doing what was being done, as the beginning of a sentence: "Recording a run in the history database".
 */
export function databaseError(error: unknown, path: string, doing: string): unknown {
  if (error instanceof AuditError) return error;
  const result = resultOf(error);
  if (result === undefined) return error;
  // Without room for its -shm file SQLite speaks of an I/O error.
  const explanation = explanations[result === IOERR && isFull(path) ? FULL : result];
  const { problem, remedy } = explanation ?? {
    problem: 'the database refused it',
    remedy: 'This may be a fault of tls-audit: report it with this message.',
  };
  return new AuditError(`${doing} ${path}: ${problem} (${messageOf(error)})`, {
    remedy,
    cause: error,
  });
}

/** The result code of SQLite, or that it would have given; undefined where it was not asked, -1 where nobody knows. */
export function resultOf(error: unknown): number | undefined {
  const { errcode, code } = codesOf(error);
  if (code === undefined) return undefined;
  return errcode === undefined ? (resultCodeOf[code] ?? -1) : errcode & 0xff;
}

/** What an integrity check found. */
export function damaged(path: string, found: string): AuditError {
  return new AuditError(`Checking the history database ${path}: the file is damaged (${found})`, {
    remedy: KEEP_AND_RESTORE,
  });
}

/** Errors of the file system that come before SQLite is asked, as the result SQLite would have given. */
const resultCodeOf: Readonly<Record<string, number>> = {
  EACCES: READONLY,
  EPERM: READONLY,
  EROFS: READONLY,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EIO: IOERR,
  EISDIR: CANTOPEN,
  ENOTDIR: CANTOPEN,
  EEXIST: CANTOPEN,
  ENOENT: CANTOPEN,
};

/** Whether the file system of the file has no room for another page of SQLite's -shm file (32 KiB). */
function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < 32_768;
  } catch {
    return false;
  }
}

function lockedBy(problem: string): { problem: string; remedy: string } {
  return {
    problem,
    remedy: 'Look for another tls-audit (worker, run) or a database tool that has it open, and try again when it ends.',
  };
}

function codesOf(error: unknown): { errcode: number | undefined; code: string | undefined } {
  if (typeof error !== 'object' || error === null) return { errcode: undefined, code: undefined };
  return {
    errcode: 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined,
    code: 'code' in error && typeof error.code === 'string' ? error.code : undefined,
  };
}
