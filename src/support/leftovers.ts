import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newOwner } from './owner.ts';

/** A folder whose process is of another place, as of the container before this one, counts as left after this long. */
const SILENT_AFTER_MS = 60 * 60_000;

const NAME = /^tls-audit-([0-9a-f]{12})-(\d+)-(\d+)-[A-Za-z0-9]{6}$/;

/** The start of the name of this process's folders: place, process number and when the process started. */
export function namePrefix(): string {
  return `tls-audit-${placeMark()}-${process.pid}-${stateOf(process.pid)?.startedAt ?? '0'}-`;
}

/**
 * Removes the folders that killed processes of this program and this user left behind: they hold whole logs. One that
 * cannot be removed waits for the next time, for no run should fail by it.
 */
export async function removeLeftovers(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    try {
      if (await isLeft(join(parent, name), name)) await rm(join(parent, name), { recursive: true, force: true });
    } catch {
      continue;
    }
  }
}

async function isLeft(folder: string, name: string): Promise<boolean> {
  const [, place, pid = '', startedAt = ''] = NAME.exec(name) ?? [];
  if (place === undefined) return false;
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) return false;
  // Process numbers of another place say nothing here; its processes give a sign of life by touching their folder.
  if (place !== placeMark()) return found.mtimeMs < Date.now() - SILENT_AFTER_MS;
  return !isAlive(Number(pid), startedAt);
}

function isAlive(pid: number, startedAt: string): boolean {
  const state = stateOf(pid);
  if (state !== undefined && startedAt !== '0') return state.startedAt === startedAt && !state.ended;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(Error.isError(error) && 'code' in error && error.code === 'ESRCH');
  }
}

/** proc_pid_stat(5): after the name in parentheses the state is the first field and the start the twentieth. */
function stateOf(pid: number): { startedAt: string; ended: boolean } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const startedAt = fields[19];
    return startedAt === undefined ? undefined : { startedAt, ended: /^[ZX]/.test(fields[0] ?? '') };
  } catch {
    return undefined;
  }
}

function placeMark(): string {
  return createHash('sha256').update(newOwner().place).digest('hex').slice(0, 12);
}
