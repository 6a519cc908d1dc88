import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createFilesSource } from '../../src/acquire/files-source.ts';
import { lazySession } from '../../src/acquire/lazy-session.ts';
import { openSession } from '../../src/acquire/session.ts';
import { createKeyPair } from '../../src/demo/keys.ts';
import type { Org } from '../../src/demo/org.ts';
import { collectLogs, contextWith, never } from './fixture.ts';
import { startStrictOrg } from '../support/strict-org.ts';

const WINDOW = { from: new Date('2026-11-16T00:00:00Z'), to: new Date('2026-11-18T00:00:00Z') };
const LIBRARY = 'Email Logs';
const keys = createKeyPair();

let org: Org;
beforeEach(async () => {
  org = await startStrictOrg({ publicKeyPem: keys.publicKeyPem });
});
afterEach(async () => {
  expect(org.unexpected).toEqual([]);
  await org.close();
});

function add(
  content: string,
  createdDate: string,
  more: { title?: string; documentId?: string; library?: string } = {},
) {
  return org.addFile({
    title: 'EmailLog',
    extension: 'csv',
    content: Buffer.from(content),
    createdDate: new Date(createdDate),
    ...more,
  });
}

async function found(options: { library?: string } = {}): Promise<string[]> {
  const auth = {
    type: 'jwt',
    clientId: org.clientId,
    username: org.username,
    privateKeyPem: keys.privateKeyPem,
    audience: org.url,
  } as const;
  const context = contextWith({ clock: { now: () => new Date() } });
  const session = lazySession((signal) =>
    openSession({ loginUrl: org.url, auth, apiVersion: '65.0', timeoutMs: 5000 }, context, signal),
  );
  const source = createFilesSource(
    { titlePattern: 'EmailLog*', library: options.library ?? null, maxFileBytes: 1e6, downloadTimeoutMs: 5000 },
    session,
    collectLogs(),
  );
  try {
    return (await source.find(WINDOW, never)).map(({ id }) => id);
  } finally {
    await source.close();
  }
}

describe('the versions of a file', () => {
  it('are all taken: a flow may put every night into the same file', async () => {
    const before = add('log of the 14th', '2026-11-15T01:00:00Z', { library: LIBRARY });
    const { documentId } = before;
    const first = add('log of the 16th', '2026-11-17T01:00:00Z', { documentId });
    const second = add('log of the 17th', '2026-11-18T01:00:00Z', { documentId });
    expect(await found()).toEqual([first.versionId, second.versionId]);
    expect(await found({ library: LIBRARY })).toEqual([first.versionId, second.versionId]);
  });

  it('are taken by the title each of them has', async () => {
    const first = add('log of the 16th', '2026-11-17T01:00:00Z');
    add('something else', '2026-11-17T02:00:00Z', { title: 'Renamed', documentId: first.documentId });
    const other = add('something else', '2026-11-17T03:00:00Z', { title: 'Notes' });
    const renamed = add('log of the 17th', '2026-11-18T01:00:00Z', { documentId: other.documentId });
    expect(await found()).toEqual([first.versionId, renamed.versionId]);
  });

  it('are gone with the file', async () => {
    const gone = add('log of the 16th', '2026-11-17T01:00:00Z', { library: LIBRARY });
    add('log of the 17th', '2026-11-18T01:00:00Z', { documentId: gone.documentId });
    const kept = add('another log', '2026-11-18T01:00:00Z', { library: LIBRARY });
    org.deleteFile(gone.documentId);
    expect(await found({ library: LIBRARY })).toEqual([kept.versionId]);
  });
});

describe('the same content', () => {
  it('counts once, as of the first time it was put there', async () => {
    const first = add('log of the 16th', '2026-11-17T01:00:00Z');
    add('log of the 16th', '2026-11-18T01:00:00Z', { documentId: first.documentId });
    add('log of the 16th', '2026-11-18T02:00:00Z', { title: 'EmailLog copy' });
    expect(await found()).toEqual([first.versionId]);
  });
});

it('pages through more than 2,000 files, in a library too, and takes each once', async () => {
  const ids = Array.from(
    { length: 2105 },
    (_, number) =>
      add(`log ${number}`, '2026-11-17T01:00:00Z', { title: `EmailLog ${number}`, library: LIBRARY }).versionId,
  );
  expect((await found()).sort()).toEqual(ids.toSorted());
  expect((await found({ library: LIBRARY })).sort()).toEqual(ids.toSorted());
});
