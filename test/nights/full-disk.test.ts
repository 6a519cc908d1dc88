import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/support/package-info.ts';
import { startMailServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { subjectAndDay } from '../integration/mail-parts.ts';
import { type Nightly, openNightly } from './nightly.ts';

/** A mount namespace of its own: what is mounted there is gone with it. As an ordinary user, or else as root. */
const NAMESPACES = [
  ['unshare', '--map-root-user', '--mount'],
  ['unshare', '--mount'],
] as const;
const MOUNT = 'mount -t tmpfs -o size=64k none /tmp';
const namespace = NAMESPACES.find(
  ([command, ...args]) => spawnSync(command, [...args, 'sh', '-c', MOUNT]).status === 0,
);

const title = 'a history on a disk of its own';
if (namespace === undefined) {
  // Loud, because nothing else of the suite meets a disk that is really full.
  process.stderr.write(
    `SKIPPED: ${title}: this user may not mount a tmpfs here (needs unshare and mount of util-linux)\n`,
  );
}

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  nightly = openNightly('2026-11-22T05:30:00Z');
  nightly.putLog('2026-11-21');
  nightly.putLog('2026-11-22');
  mkdirSync(join(nightly.folder, 'data'));
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

/** Runs the commands of the script on a small disk at $DATA; `audit NAME ARGS` keeps what the program says and its exit code. */
async function onSmallDisk(script: string) {
  const settings = {
    source: { type: 'directory', directory: { path: join(nightly.folder, 'logs') } },
    history: { path: join(nightly.folder, 'data', 'history.db') },
    mail: {
      ...{ from: 'audit@example.com', to: ['admin@example.com'] },
      smtp: { host: '127.0.0.1', port: server.port, security: 'none' },
    },
    log: { format: 'text' },
  };
  writeFileSync(join(nightly.folder, 'tls-audit.yaml'), stringify(settings));
  const whole = `set -eu
    mount -t tmpfs -o size=1m none "$DATA"
    audit() {
      name=$1; shift
      code=0
      "$NODE" "$CLI" "$@" --config "$FOLDER/tls-audit.yaml" > "$FOLDER/$name" 2>&1 || code=$?
      echo "$name $code"
    }
    ${script}`;
  const [command = '', ...args] = namespace ?? [];
  const child = spawn(command, [...args, 'sh', '-c', whole], {
    env: {
      PATH: process.env['PATH'],
      DATA: join(nightly.folder, 'data'),
      FOLDER: nightly.folder,
      TMPDIR: join(nightly.folder, 'tmp'),
      NODE: process.execPath,
      CLI: join(packageRoot, 'src', 'cli.ts'),
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const codes: Record<string, string> = {};
  for (const line of (await text(child.stdout)).trim().split('\n')) {
    const [name = '', code = ''] = line.split(' ');
    codes[name] = code;
  }
  return { codes, said: (name: string) => readFileSync(join(nightly.folder, name), 'utf8') };
}

const NOVEMBER_21 = 'run --from 2026-11-21 --to 2026-11-21';
const NOVEMBER_22 = 'run --from 2026-11-22 --to 2026-11-22';

(namespace === undefined ? describe.skip : describe)(title, () => {
  it('that is full: a clear error, an alert, nothing lost, and the work is done when there is room', async () => {
    const { codes, said } = await onSmallDisk(`
      audit first ${NOVEMBER_21}
      head -c 100m /dev/zero > "$DATA/ballast" 2> /dev/null || true
      audit full run
      audit status status
      rm "$DATA/ballast"
      audit verify history verify
      audit runs status --json
      audit second ${NOVEMBER_22}
      audit both status --json
      ls -l "$DATA" > "$FOLDER/files"`);
    expect(codes).toEqual({ first: '0', full: '1', status: '1', verify: '0', runs: '0', second: '0', both: '0' });
    for (const name of ['full', 'status']) {
      expect(said(name)).toMatch(/history\.db: the disk is full/);
      expect(said(name)).toContain('Free space on the disk of this file');
    }
    expect(said('verify')).toContain('is sound');
    const days = (name: string) =>
      (JSON.parse(said(name)) as { window: { from: string } }[]).map(({ window }) => window.from.slice(0, 10));
    expect(days('runs')).toEqual(['2026-11-21']);
    expect(days('both')).toEqual(['2026-11-22', '2026-11-21']);
    expect(said('files')).toMatch(/^-rw------- .* history\.db$/m);
    const subjects = server.received.map(({ raw }) => subjectAndDay(raw));
    expect(subjects).toEqual([
      'FAIL: 1 domain got plaintext mail (Nov 21)',
      'FAILED: outbound-audit could not run',
      'FAIL: 1 domain got plaintext mail (Nov 22)',
    ]);
  });

  it.each([32, 48, 72])(
    'that has %d KB left, too little to store an alert: it is sent all the same, and nothing is lost',
    async (freeKb) => {
      const { codes, said } = await onSmallDisk(`
        audit first ${NOVEMBER_21}
        head -c $(($(df -k --output=avail "$DATA" | tail -n 1) - ${freeKb}))k /dev/zero > "$DATA/ballast"
        audit full run
        rm "$DATA/ballast"
        audit verify history verify
        audit second ${NOVEMBER_22}`);
      expect(codes).toEqual({ first: '0', full: '1', verify: '0', second: '0' });
      expect(said('full')).toContain('it is sent without the outbox');
      const subjects = server.received.map(({ raw }) => /^Subject: (\w+)/m.exec(raw.toString())?.[1]);
      expect(subjects.slice(0, 2)).toEqual(['FAIL', 'FAILED']);
    },
  );

  it('that is full, night after night by processes of their own: one alert, and one mail when there is room', async () => {
    const { codes } = await onSmallDisk(`
      audit first ${NOVEMBER_21}
      head -c 100m /dev/zero > "$DATA/ballast" 2> /dev/null || true
      audit full1 run
      audit full2 run
      audit full3 worker --once
      rm "$DATA/ballast"
      audit room run`);
    expect(codes).toEqual({ first: '0', full1: '1', full2: '1', full3: '1', room: '0' });
    const subjects = server.received.map(({ raw }) => /^Subject: (\w+)/m.exec(raw.toString())?.[1]);
    expect(subjects.filter((word) => word === 'FAILED')).toHaveLength(1);
    expect(subjects.filter((word) => word === 'RECOVERED')).toHaveLength(1);
    expect(readdirSync(join(nightly.folder, 'tmp'))).toEqual([]);
  });

  it('that fills up while a run records: nothing half-recorded', async () => {
    // 20,000 domains need more than a disk of 1 MB has.
    nightly.putLog(
      '2026-11-22',
      Array.from({ length: 20_000 }, (_, n) => ({ Recipient: `ann@d${n}.example`, TLS_Cipher: ':' })),
    );
    const { codes, said } = await onSmallDisk(`
      audit first ${NOVEMBER_21}
      audit large ${NOVEMBER_22}
      audit verify history verify
      audit runs status --all --json`);
    expect(codes).toEqual({ first: '0', large: '1', verify: '0', runs: '0' });
    expect(said('large')).toMatch(/Recording a run in the history database .*: the disk is full/);
    const { runs, records } = JSON.parse(said('runs')) as {
      runs: unknown[];
      records: { end: string; reason: string }[];
    };
    expect(runs).toHaveLength(1);
    expect(records).toMatchObject([
      { end: 'failed', reason: expect.stringContaining('the disk is full') },
      { end: 'fail' },
    ]);
  });

  it('that is read-only: a clear error and an alert; everything can be read', async () => {
    const { codes, said } = await onSmallDisk(`
      audit first ${NOVEMBER_21}
      mount -o remount,ro "$DATA"
      audit locked run
      audit verify history verify
      audit runs status --json
      audit report report --json`);
    expect(codes).toEqual({ first: '0', locked: '1', verify: '0', runs: '0', report: '0' });
    expect(said('locked')).toContain('the file or its folder is read-only for this user');
    expect(JSON.parse(said('runs'))).toMatchObject([{ verdict: 'fail' }]);
    expect(server.received.at(-1)?.raw.toString()).toContain('Subject: FAILED: outbound-audit could not run');
  });
});
