import { join } from 'node:path';
import { z } from 'zod';
import type { FetchedFile, LogFile, LogSource } from '../model/ports.ts';
import type { Window } from '../model/window.ts';
import { nameWithoutPeople } from '../support/addresses.ts';
import { AuditError } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';
import type { LazySession } from './lazy-session.ts';
import { salesforceId, salesforceTime } from './record-shape.ts';
import type { Session } from './session.ts';
import { refuseTooLarge } from './size-limit.ts';
import { soqlDateTime, soqlLike, soqlText } from './soql.ts';

export interface FilesSourceOptions {
  /** Title with `*` for any characters. */
  readonly titlePattern: string;
  /** Name of the library; null takes every file the user can see. */
  readonly library: string | null;
  readonly maxFileBytes: number;
  /** For one file, all tries together. */
  readonly downloadTimeoutMs: number;
}

/** What a log may be called; what it is packed in, and whether it is a log at all, its content tells. */
const LOG_EXTENSIONS = ['csv', 'csv.gz', 'zip', 'txt', 'log'];

/** Keeps the SOQL of one request far below the 16,384 bytes a Salesforce URI may have. */
const IDS_PER_QUERY = 200;

const versionSchema = z.object({
  Id: salesforceId,
  ContentDocumentId: salesforceId,
  Title: z.string(),
  FileExtension: z.string().nullable(),
  ContentSize: z.int().min(0).nullable(),
  // Object Reference, ContentVersion: the MD5 of the content.
  Checksum: z
    .string()
    .regex(/^[0-9a-fA-F]{32}$/)
    .nullable(),
  CreatedDate: salesforceTime,
});

type ContentVersion = z.infer<typeof versionSchema>;

/**
 * Log files kept in Salesforce Files, found through ContentVersion. Every version counts, not only the newest one of a
 * file: a flow may put each night's log into the same file, and then the older versions hold the older nights. What
 * versions share is dropped as duplicate rows; a version with the very content of an earlier one is not read at all.
 */
export function createFilesSource(options: FilesSourceOptions, session: LazySession, logger: Logger): LogSource {
  const found = new Map<string, ContentVersion>();

  async function find(window: Window, signal: AbortSignal): Promise<LogFile[]> {
    const org = await session.signedIn(signal);
    const libraries = options.library === null ? undefined : await findLibraries(org, options.library, signal);
    const matching = await org.query(versionsSoql(options.titlePattern, window), versionSchema, signal);
    const versions = libraries === undefined ? matching : await keepShared(org, matching, libraries, signal);
    const logs = withoutRepeats(versions);
    if (logs.length < versions.length) {
      logger.info('files with the content of another one were passed over', { files: versions.length - logs.length });
    }
    for (const version of logs) found.set(version.Id, version);
    return logs.map(toLogFile);
  }

  async function fetchFile(file: LogFile, folder: string, signal: AbortSignal): Promise<FetchedFile> {
    const version = found.get(file.id);
    if (version === undefined) throw new AuditError(`fetching ${file.name}: this source did not find it before`);
    if (file.refusal !== undefined) throw new AuditError(`${file.name}: ${file.refusal}`);
    refuseTooLarge(file.name, version.ContentSize ?? 0, options.maxFileBytes);
    // The id, never the title: titles are free text.
    const path = join(folder, `${version.Id}.${extensionOf(version)}`);
    const org = await session.signedIn(signal);
    await org.download(`/sobjects/ContentVersion/${version.Id}/VersionData`, path, {
      ...(version.ContentSize === null ? {} : { expectedBytes: version.ContentSize }),
      ...(version.Checksum === null ? {} : { expectedMd5: version.Checksum }),
      maxBytes: options.maxFileBytes,
      totalMs: options.downloadTimeoutMs,
      signal,
    });
    return { file, path };
  }

  return {
    type: 'files',
    description: describe(options),
    find,
    fetch: fetchFile,
    close: () => session.close(),
  };
}

function describe({ titlePattern, library }: FilesSourceOptions): string {
  const place = library === null ? 'that the user can see' : `in the library "${library}"`;
  return (
    `files in Salesforce Files ${place} with a title like "${titlePattern}": somebody or something puts the logs there; ` +
    'days that none of them tells of are gaps'
  );
}

/** A log that holds rows of the window was made after the window began; nothing bounds how long after. */
function versionsSoql(titlePattern: string, window: Window): string {
  return (
    'SELECT Id, ContentDocumentId, Title, FileExtension, ContentSize, Checksum, CreatedDate FROM ContentVersion ' +
    `WHERE Title LIKE ${soqlLike(titlePattern)} ` +
    `AND CreatedDate >= ${soqlDateTime(window.from)} ORDER BY CreatedDate, Id`
  );
}

async function findLibraries(org: Session, name: string, signal: AbortSignal): Promise<string[]> {
  const soql = `SELECT Id FROM ContentWorkspace WHERE Name = ${soqlText(name)}`;
  const libraries = await org.query(soql, z.object({ Id: salesforceId }), signal);
  if (libraries.length === 0) {
    throw new AuditError(`looking for log files: the user sees no library named "${name}" at ${org.host}`, {
      remedy:
        'Check the spelling of source.files.library, and make the user a member of the library (or give it the ' +
        'permission "Query All Files").',
    });
  }
  return libraries.map((library) => library.Id);
}

/**
 * The first of those that have size and checksum in common. The first, because a log tells of nothing after the time it
 * was made, however often it is put there again; but one that is read before one that is refused for its name.
 */
function withoutRepeats(versions: readonly ContentVersion[]): ContentVersion[] {
  const seen = new Set<string>();
  const isFirst = ({ ContentSize, Checksum }: ContentVersion): boolean => {
    if (ContentSize === null || Checksum === null) return true;
    const content = `${ContentSize}:${Checksum.toLowerCase()}`;
    if (seen.has(content)) return false;
    seen.add(content);
    return true;
  };
  const isRead = (version: ContentVersion): boolean => refusalOf(version) === undefined;
  const read = versions.filter(isRead);
  const refused = versions.filter((version) => !isRead(version));
  const kept = new Set([...read, ...refused].filter(isFirst));
  return versions.filter((version) => kept.has(version));
}

/**
 * Keeps the files that stand in one of the libraries. ContentWorkspaceDoc knows every library a file was shared with;
 * FirstPublishLocationId and ContentDocument.ParentId know one only.
 */
async function keepShared(
  org: Session,
  versions: readonly ContentVersion[],
  libraries: readonly string[],
  signal: AbortSignal,
): Promise<ContentVersion[]> {
  const shared = new Set<string>();
  const documents = [...new Set(versions.map((version) => version.ContentDocumentId))];
  for (let start = 0; start < documents.length; start += IDS_PER_QUERY) {
    const ids = documents.slice(start, start + IDS_PER_QUERY);
    const soql =
      `SELECT ContentDocumentId FROM ContentWorkspaceDoc WHERE ContentWorkspaceId IN (${idList(libraries)}) ` +
      `AND ContentDocumentId IN (${idList(ids)})`;
    const links = await org.query(soql, z.object({ ContentDocumentId: salesforceId }), signal);
    for (const link of links) shared.add(link.ContentDocumentId);
  }
  return versions.filter((version) => shared.has(version.ContentDocumentId));
}

function idList(ids: readonly string[]): string {
  return ids.map(soqlText).join(', ');
}

/**
 * Salesforce drops the last extension from the title of an uploaded file, but not from one that the API names. Where it
 * states none, what follows the last dot of a title need not be one ("EmailLog 24.11.2026"): taken for .csv.
 */
function extensionOf({ Title, FileExtension }: ContentVersion): string {
  const stated = (FileExtension ?? '').toLowerCase();
  const titled = (/\.([^.]+)$/.exec(Title)?.[1] ?? '').toLowerCase();
  const extension = stated === '' ? titled : stated;
  if (extension === 'gz') return 'csv.gz';
  return stated === '' && !LOG_EXTENSIONS.includes(extension) ? 'csv' : extension;
}

/**
 * What matches the title may be a log, so it stays on the list: one that was passed over in silence could hold the mail
 * that would have failed the day.
 */
function refusalOf(version: ContentVersion): string | undefined {
  const extension = extensionOf(version);
  if (LOG_EXTENSIONS.includes(extension)) return undefined;
  return (
    `it matches source.files.titlePattern, but .${extension.replaceAll(/[^a-z0-9]/g, '_')} is the extension of no Email Log (.csv, .gz, .zip, .txt, ` +
    '.log or none). If it is one, upload it as .csv; if not, rename or delete it, or narrow source.files.titlePattern'
  );
}

function toLogFile(version: ContentVersion): LogFile {
  const title = version.Title.replaceAll(/[\p{Cc}/\\]/gu, '_');
  const extension = version.FileExtension?.toLowerCase() ?? '';
  const named = extension === '' || title.toLowerCase().endsWith(`.${extension}`);
  const refusal = refusalOf(version);
  return {
    id: version.Id,
    name: nameWithoutPeople(named ? title : `${title}.${extension}`),
    createdAt: version.CreatedDate,
    sizeBytes: version.ContentSize ?? undefined,
    ...(refusal === undefined ? {} : { refusal }),
  };
}
