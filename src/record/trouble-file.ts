import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Trouble, Troubles } from '../model/trouble.ts';
import { proseWithoutAddresses } from '../support/addresses.ts';

const time = z.iso.datetime().transform((text) => new Date(text));

const keptTroubles = z.array(
  z.object({
    ...{ job: z.string(), since: time, failures: z.int().positive(), reason: z.string() },
    ...{ alerts: z.int().nonnegative(), alertedAt: time.nullable() },
  }),
);

/**
 * Troubles that outlive the process without a history: a corrupt one, or one on a full disk, can count nothing, and whoever
 * is started again and again would alert each time. They stand in the first of the files that can be written, and
 * in this process where none can. No call throws.
 */
export function troublesInFiles(paths: readonly string[]): Troubles {
  let unwritten: readonly Trouble[] = [];

  // A file that could not be written any more is older than the one that was written in its place.
  function read(): Map<string, Trouble> {
    const found = new Map<string, Trouble>();
    for (const trouble of [...paths.flatMap(troublesIn), ...unwritten]) {
      const other = found.get(trouble.job);
      if (other === undefined || isNewer(trouble, other)) found.set(trouble.job, trouble);
    }
    return found;
  }

  function keep(troubles: ReadonlyMap<string, Trouble>): void {
    const all = [...troubles.values()];
    unwritten = paths.some((path) => isWritten(path, all)) ? [] : all;
  }

  return {
    failed(job, at, reason): Trouble {
      const troubles = read();
      const before = troubles.get(job) ?? { job, since: at, failures: 0, reason, alerts: 0, alertedAt: null };
      const now = { ...before, failures: before.failures + 1, reason };
      keep(troubles.set(job, now));
      return now;
    },

    alerted(job, at): void {
      const troubles = read();
      const trouble = troubles.get(job);
      if (trouble !== undefined) keep(troubles.set(job, { ...trouble, alerts: trouble.alerts + 1, alertedAt: at }));
    },

    succeeded(job): Trouble | undefined {
      const troubles = read();
      const ended = troubles.get(job);
      if (ended === undefined) return undefined;
      troubles.delete(job);
      unwritten = [];
      // Of a trouble that cannot be forgotten nobody is told every night that it ended.
      if (!paths.map(isRemoved).every(Boolean)) return undefined;
      if (troubles.size > 0) keep(troubles);
      return ended;
    },

    current: () => [...read().values()],
  };
}

function isNewer(one: Trouble, other: Trouble): boolean {
  return one.failures > other.failures || (one.failures === other.failures && one.alerts > other.alerts);
}

/** None where the file is not this user's own, as in a folder for everybody's temporary files, or is damaged. */
function troublesIn(path: string): Trouble[] {
  try {
    const found = lstatSync(path);
    if (!found.isFile() || found.uid !== (process.getuid?.() ?? found.uid)) return [];
    return keptTroubles.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return [];
  }
}

/** Whole or not at all. */
function isWritten(path: string, troubles: readonly Trouble[]): boolean {
  const part = `${path}.${randomBytes(4).toString('hex')}.part`;
  const told = troubles.map((trouble) => ({ ...trouble, reason: proseWithoutAddresses(trouble.reason) }));
  try {
    writeFileSync(part, `${JSON.stringify(told, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(part, path);
    return true;
  } catch {
    isRemoved(part);
    return false;
  }
}

function isRemoved(path: string): boolean {
  try {
    rmSync(path, { force: true });
    return true;
  } catch {
    return false;
  }
}
