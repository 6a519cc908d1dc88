import type { SourceType } from '../config/schema.ts';

/** What a source of log files stands for: `status` and `doctor` print it, and README.md says it in the same words. */
export interface SourcePromise {
  /** True for what was never seen against a real org. */
  readonly experimental: boolean;
  /** Where the logs are. */
  readonly place: string;
  readonly can: string;
  readonly cannot: string;
}

const PROMISES: Readonly<Record<SourceType, SourcePromise>> = {
  files: {
    experimental: false,
    place: 'Salesforce Files, best in a library of its own',
    can: 'documented API; size and checksum are verified; nothing on your side is shared',
    cannot: 'it sees only what somebody uploaded and the user may see; it cannot tell a log cut before the upload',
  },
  directory: {
    experimental: false,
    place: 'a folder the worker can read: a mounted share, an SFTP or S3 sync',
    can: 'needs no access to Salesforce at all; files still being written are left for the next run and named',
    cannot: 'it sees only what somebody copied; it cannot tell a log cut before it was copied',
  },
  'event-log-file': {
    experimental: false,
    place: 'EventLogFile records, where the org has an event type that holds delivery rows',
    can:
      'documented API; an org without the event type makes the run fail; hours that no file states are gaps; ' +
      'a day is judged again when a file for it comes late',
    cannot:
      'Salesforce documents no such type for mail delivery: you have to know its name; no checksum is stated; ' +
      'hourly files come 3 to 6 hours late',
  },
  'setup-page': {
    experimental: true,
    place: 'Setup > Email Log Files, in a real browser',
    can: 'requests the logs by itself; what the page lacks ends the run by the name of its setting, never as "no rows"',
    cannot:
      'it was never seen against a real org; the page is no API and may change with any release; ' +
      'neither size nor checksum is stated; days more than 30 days ago stay gaps',
  },
};

export function promiseOf(type: SourceType): SourcePromise {
  return PROMISES[type];
}

/** The name of a source as people read it: `setup-page (experimental)`. */
export function nameOfSource(type: SourceType): string {
  return PROMISES[type].experimental ? `${type} (experimental)` : type;
}
