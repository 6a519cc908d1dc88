import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createFilesSource, type FilesSourceOptions } from '../../src/acquire/files-source.ts';
import { lazySession } from '../../src/acquire/lazy-session.ts';
import { collectLogs, DATA, failureOf, granted, never, open, TOKEN_PATH } from './fixture.ts';
import { bytes, json, ScriptedServer } from './loopback-server.ts';

const WINDOW = { from: new Date('2026-11-01T00:00:00.500Z'), to: new Date('2026-11-08T00:00:00Z') };
const CONTENT = 'Date/Time,Mail Event\n3/11/2026 13:37,D\n';
const QUERY = `GET ${DATA}/query`;
const LIBRARY_ID = '058xx0000000001AAA';

interface Version {
  readonly Id: string;
  readonly ContentDocumentId: string;
  readonly Title: string;
  readonly FileExtension: string | null;
  readonly ContentSize: number | null;
  readonly Checksum: string | null;
  readonly CreatedDate: string;
}

function versionNumbered(number: number, changes: Partial<Version> = {}): Version {
  const digits = String(number).padStart(12, '0');
  return {
    Id: `068${digits}`,
    ContentDocumentId: `069${digits}`,
    Title: `EmailLog ${number}`,
    FileExtension: 'csv',
    ContentSize: CONTENT.length,
    Checksum: createHash('md5').update(CONTENT).digest('hex'),
    CreatedDate: '2026-11-02T03:04:05.000+0000',
    ...changes,
  };
}

let server: ScriptedServer;
let folder: string;
beforeEach(async () => {
  server = await ScriptedServer.start();
  folder = await mkdtemp(join(tmpdir(), 'tls-audit-files-'));
  server.expect(TOKEN_PATH, granted(server));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await server.finish();
});

function createSource(options: Partial<FilesSourceOptions> = {}, logger = collectLogs()) {
  const all = { titlePattern: 'EmailLog*', library: null, maxFileBytes: 1e6, downloadTimeoutMs: 10_000, ...options };
  return createFilesSource(
    all,
    lazySession(() => open(server)),
    logger,
  );
}

function expectQuery(records: readonly object[]): void {
  server.expect(QUERY, json(200, { totalSize: records.length, done: true, records }));
}

function askedFor(): (string | null)[] {
  return server.received
    .filter(({ url }) => url.startsWith(`${DATA}/query`))
    .map(({ url }) => new URL(url, server.url).searchParams.get('q'));
}

describe('find', () => {
  it('asks for every version with the title, made since the window began', async () => {
    expectQuery([]);
    expect(await createSource().find(WINDOW, never)).toEqual([]);
    expect(askedFor()).toEqual([
      'SELECT Id, ContentDocumentId, Title, FileExtension, ContentSize, Checksum, CreatedDate FROM ContentVersion ' +
        "WHERE Title LIKE 'EmailLog%' AND CreatedDate >= 2026-11-01T00:00:00Z ORDER BY CreatedDate, Id",
    ]);
  });

  it('takes every character of a title pattern but * for itself', async () => {
    expectQuery([]);
    await createSource({ titlePattern: "*O'Neil 100% \\ a_b**" }).find(WINDOW, never);
    expect(askedFor()[0]).toContain(String.raw`Title LIKE '%O\'Neil 100\% \\ a\_b%' AND`);
  });

  it.each<[string, string | null, string]>([
    ['EmailLog 1', 'csv', 'EmailLog 1.csv'],
    ['EmailLog 1.csv', 'csv', 'EmailLog 1.csv'],
    ['EmailLog 1.CSV', 'CSV', 'EmailLog 1.CSV'],
    ['EmailLog 1.csv', 'gz', 'EmailLog 1.csv.gz'],
    ['EmailLog 1.csv.gz', 'gz', 'EmailLog 1.csv.gz'],
    ['EmailLog 1', 'ZIP', 'EmailLog 1.zip'],
    ['EmailLog 1.csv', null, 'EmailLog 1.csv'],
    ['EmailLog../../etc/x', 'csv', 'EmailLog.._.._etc_x.csv'],
    ['EmailLog 1', 'txt', 'EmailLog 1.txt'],
    ['EmailLog 1', null, 'EmailLog 1'],
    ['EmailLog 1', '', 'EmailLog 1'],
    ['EmailLog 2.11.2026', null, 'EmailLog 2.11.2026'],
    ['EmailLog ann@acme.example', 'csv', 'EmailLog [address]@acme.example.csv'],
  ])('lists title %j with extension %j as %j', async (Title, FileExtension, name) => {
    expectQuery([versionNumbered(1, { Title, FileExtension })]);
    const found = await createSource().find(WINDOW, never);
    expect(found).toMatchObject([{ name }]);
    expect(found[0]).not.toHaveProperty('refusal');
  });

  it.each<[string, string, string]>([
    ['EmailLog 1', 'pdf', 'EmailLog 1.pdf'],
    ['EmailLog csv', 'xlsx', 'EmailLog csv.xlsx'],
    ['EmailLog 2.11', '2026', 'EmailLog 2.11.2026'],
  ])(
    'keeps title %j with extension %j on the list as %j, to be refused by name',
    async (Title, FileExtension, name) => {
      expectQuery([versionNumbered(1, { Title, FileExtension })]);
      const source = createSource();
      const [file] = await source.find(WINDOW, never);
      expect(file).toMatchObject({
        name,
        refusal: expect.stringContaining(`.${FileExtension} is the extension of no`),
      });
      const { message } = await failureOf(source.fetch(file!, folder, never));
      expect(message).toContain(`${name}: it matches source.files.titlePattern`);
      expect(message).toMatch(/upload it as \.csv.* or narrow source\.files\.titlePattern/);
    },
  );

  it('takes a log that is there under a readable name too from there', async () => {
    const made = (day: number) => `2026-11-0${day}T03:04:05.000+0000`;
    expectQuery([
      versionNumbered(1, { FileExtension: 'dat', CreatedDate: made(2) }),
      versionNumbered(2, { CreatedDate: made(3) }),
      versionNumbered(3, { FileExtension: 'txt', CreatedDate: made(4) }),
    ]);
    expect((await createSource().find(WINDOW, never)).map(({ id }) => id)).toEqual(['068000000000002']);
  });

  it('gives id, time and size', async () => {
    expectQuery([versionNumbered(7)]);
    expect(await createSource().find(WINDOW, never)).toEqual([
      {
        id: '068000000000007',
        name: 'EmailLog 7.csv',
        createdAt: new Date('2026-11-02T03:04:05.000Z'),
        sizeBytes: CONTENT.length,
      },
    ]);
  });

  it('keeps the files of the library, asked for in portions', async () => {
    expectQuery([{ Id: LIBRARY_ID }]);
    const versions = Array.from({ length: 201 }, (_, index) => versionNumbered(index, { Checksum: null }));
    expectQuery(versions);
    expectQuery([{ ContentDocumentId: '069000000000003' }]);
    expectQuery([{ ContentDocumentId: '069000000000200' }]);
    const found = await createSource({ library: "Ann's logs" }).find(WINDOW, never);
    expect(found.map((file) => file.id)).toEqual(['068000000000003', '068000000000200']);
    const [library, , first, second] = askedFor();
    expect(library).toBe(String.raw`SELECT Id FROM ContentWorkspace WHERE Name = 'Ann\'s logs'`);
    expect(first?.match(/'069\d+'/g)).toHaveLength(200);
    expect(second).toBe(
      `SELECT ContentDocumentId FROM ContentWorkspaceDoc WHERE ContentWorkspaceId IN ('${LIBRARY_ID}') ` +
        "AND ContentDocumentId IN ('069000000000200')",
    );
  });

  it('fails for a library that is not there, naming it', async () => {
    expectQuery([]);
    const failure = await failureOf(createSource({ library: 'Email Logs' }).find(WINDOW, never));
    expect(failure.message).toContain('no library named "Email Logs"');
    expect(failure.remedy).toContain('member of the library');
  });

  it('fails for a record that is none', async () => {
    expectQuery([{ ...versionNumbered(1), Id: '../../etc' }]);
    expect((await failureOf(createSource().find(WINDOW, never))).message).toContain('unexpected shape in Id');
  });

  it('signs in once, and again after it was closed', async () => {
    expectQuery([]);
    expectQuery([]);
    const source = createSource();
    await source.find(WINDOW, never);
    await source.find(WINDOW, never);
    await source.close();
    server.expect(TOKEN_PATH, granted(server));
    expectQuery([]);
    await source.find(WINDOW, never);
  });
});

describe('fetch', () => {
  async function fetchOnly(version: Version, options: Partial<FilesSourceOptions> = {}) {
    expectQuery([version]);
    const source = createSource(options);
    const [file] = await source.find(WINDOW, never);
    return source.fetch(file!, folder, never);
  }

  it.each([
    ['csv', 'csv'],
    ['GZ', 'csv.gz'],
    ['zip', 'zip'],
    ['txt', 'txt'],
    [null, 'csv'],
  ])('downloads a .%s under its id', async (FileExtension, extension) => {
    const version = versionNumbered(5, { FileExtension });
    const fetched = fetchOnly(version);
    server.expect(`GET ${DATA}/sobjects/ContentVersion/${version.Id}/VersionData`, bytes(CONTENT));
    const { path, file } = await fetched;
    expect(basename(path)).toBe(`${version.Id}.${extension}`);
    expect(await readFile(path, 'utf8')).toBe(CONTENT);
    expect(file.id).toBe(version.Id);
  });

  it.each<[string, Partial<Version>, string]>([
    ['length', { ContentSize: CONTENT.length + 1 }, 'WRONG_LENGTH'],
    ['checksum', { Checksum: 'd41d8cd98f00b204e9800998ecf8427e' }, 'WRONG_CHECKSUM'],
  ])('refuses content of another %s', async (_name, changes, code) => {
    const failing = failureOf(fetchOnly(versionNumbered(5, changes)));
    for (let time = 0; time < 3; time++) {
      server.expect(`GET ${DATA}/sobjects/ContentVersion/068000000000005/VersionData`, bytes(CONTENT));
    }
    expect((await failing).message).toContain(code);
    expect(await readdir(folder)).toEqual([]);
  });

  it('does without a length and a checksum where Salesforce states none', async () => {
    const fetched = fetchOnly(versionNumbered(5, { ContentSize: null, Checksum: null }));
    server.expect(`GET ${DATA}/sobjects/ContentVersion/068000000000005/VersionData`, bytes(CONTENT));
    expect(await readFile((await fetched).path, 'utf8')).toBe(CONTENT);
  });

  it('refuses a file that is too large before it asks for it', async () => {
    const failure = await failureOf(fetchOnly(versionNumbered(5), { maxFileBytes: 10 }));
    expect(failure.message).toContain(
      `EmailLog 5.csv: it has at least ${CONTENT.length} bytes, source.maxFileBytes allows 10`,
    );
    expect(failure.remedy).toContain('source.maxFileBytes');
  });
});
