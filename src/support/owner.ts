import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Owner } from '../model/run-record.ts';

/** This process, as the owner of a new piece of work. */
export function newOwner(): Owner {
  return { id: randomUUID(), place: placeOf(), pid: process.pid };
}

/**
 * Two processes of one place see each other's process numbers. Containers may share a host name, so the boot and the
 * process namespace belong to it where the system tells them (Linux, namespaces(7)).
 */
function placeOf(): string {
  return [
    hostname(),
    told(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    told(() => readlinkSync('/proc/self/ns/pid')),
  ]
    .map((part) => part.trim())
    .join(' ');
}

function told(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
