import { createHash } from 'node:crypto';

import type { Records } from './records.ts';

/** A file put into Salesforce Files, or a further version of one. */
export interface NewFile {
  readonly title: string;
  /** Without the dot. */
  readonly extension: string;
  readonly content: Buffer;
  readonly createdDate: Date;
  /** Name of the library it is put into; made at its first use. */
  readonly library?: string;
  /** Puts a new version of this ContentDocument: the versions before it are no longer the latest. */
  readonly documentId?: string;
  readonly isLatest?: boolean;
}

export interface AddedFile {
  readonly versionId: string;
  readonly documentId: string;
  /** MD5, hex: what ContentVersion.Checksum holds. */
  readonly checksum: string;
}

export interface NewEventLogFile {
  readonly eventType: string;
  readonly logDate: Date;
  readonly createdDate: Date;
  readonly content: Buffer;
  readonly interval?: 'Daily' | 'Hourly';
  /** 0 for daily files; 1 and up for hourly ones. */
  readonly sequence?: number;
}

export function addFile(records: Records, ownerId: string, file: NewFile): AddedFile {
  const { title, extension, content, createdDate, library } = file;
  const dates = { CreatedDate: createdDate, LastModifiedDate: createdDate, SystemModstamp: createdDate };
  const ownership = { CreatedById: ownerId, OwnerId: ownerId };
  const shape = {
    Title: title,
    FileExtension: extension,
    FileType: fileType(extension),
    ContentSize: content.length,
    IsDeleted: false,
  };
  const libraryId = library === undefined ? null : libraryOf(records, library, createdDate);
  const documentId =
    file.documentId ??
    records.insert('ContentDocument', { ...dates, ...ownership, ...shape, ParentId: libraryId, IsArchived: false });
  const earlier = records.all('ContentVersion').filter((version) => version['ContentDocumentId'] === documentId);
  const isLatest = file.isLatest ?? true;
  if (isLatest) for (const version of earlier) records.update('ContentVersion', version.Id, { IsLatest: false });
  const checksum = createHash('md5').update(content).digest('hex');
  const versionId = records.insert('ContentVersion', {
    ...dates,
    ...ownership,
    ...shape,
    ContentDocumentId: documentId,
    IsLatest: isLatest,
    PathOnClient: `${title}.${extension}`,
    Checksum: checksum,
    VersionNumber: String(earlier.length + 1),
    Description: null,
    ContentModifiedDate: createdDate,
    FirstPublishLocationId: libraryId,
    PublishStatus: 'P',
  });
  records.setBytes(versionId, content);
  if (isLatest) {
    records.update('ContentDocument', documentId, { ...dates, ...shape, LatestPublishedVersionId: versionId });
  }
  if (libraryId !== null && file.documentId === undefined) {
    records.insert('ContentWorkspaceDoc', {
      CreatedDate: createdDate,
      SystemModstamp: createdDate,
      IsDeleted: false,
      IsOwner: true,
      ContentDocumentId: documentId,
      ContentWorkspaceId: libraryId,
    });
  }
  return { versionId, documentId, checksum };
}

/** Deletes a document with all its versions, as deleting a file in Salesforce does. */
export function deleteFile(records: Records, documentId: string): void {
  for (const type of ['ContentVersion', 'ContentWorkspaceDoc']) {
    for (const record of records.all(type)) {
      if (record['ContentDocumentId'] === documentId) records.remove(type, record.Id);
    }
  }
  records.remove('ContentDocument', documentId);
}

export function addEventLogFile(records: Records, ownerId: string, file: NewEventLogFile): string {
  const header = file.content.toString('utf8', 0, 4096).split(/\r?\n/, 1)[0] ?? '';
  const names = header.replaceAll('"', '');
  const id = records.insert('EventLogFile', {
    CreatedDate: file.createdDate,
    CreatedById: ownerId,
    LastModifiedDate: file.createdDate,
    SystemModstamp: file.createdDate,
    EventType: file.eventType,
    LogDate: file.logDate,
    Interval: file.interval ?? 'Daily',
    Sequence: file.sequence ?? 0,
    ApiVersion: 67,
    LogFileContentType: 'text/csv',
    LogFileFieldNames: names,
    LogFileFieldTypes: names
      .split(',')
      .map(() => 'String')
      .join(','),
    LogFileLength: file.content.length,
    IsDeleted: false,
  });
  records.setBytes(id, file.content);
  return id;
}

function libraryOf(records: Records, name: string, createdDate: Date): string {
  const known = records.all('ContentWorkspace').find((workspace) => workspace['Name'] === name);
  if (known !== undefined) return known.Id;
  return records.insert('ContentWorkspace', {
    CreatedDate: createdDate,
    LastModifiedDate: createdDate,
    SystemModstamp: createdDate,
    Name: name,
    DeveloperName: name.replace(/\W+/g, '_'),
    Description: null,
    WorkspaceType: 'R',
  });
}

function fileType(extension: string): string {
  const known = ['csv', 'zip', 'html'];
  return known.includes(extension.toLowerCase()) ? extension.toUpperCase() : 'UNKNOWN';
}
