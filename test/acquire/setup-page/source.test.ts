import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, it, jest } from '@jest/globals';
import { describeWithChromium } from '../../support/chromium.ts';
import { everythingOf, failureOf, never } from '../fixture.ts';
import { closeSharedBrowser, fetchAll, logOf, NOW, openPageStage, type PageStage, SOON_MS } from './stage.ts';

const WEEK = { from: new Date('2026-11-16T00:00:00Z'), to: new Date('2026-11-23T00:00:00Z') };
const FORTNIGHT = { from: new Date('2026-11-09T00:00:00Z'), to: new Date('2026-11-23T00:00:00Z') };

jest.setTimeout(90_000);
afterAll(closeSharedBrowser);

/** The OTPs of every frontdoor URL that was used. */
function secretsOf({ org }: PageStage): string[] {
  return org.requests.flatMap(({ path }) => /[?&]otp=([\w-]+)/.exec(path)?.[1] ?? []);
}

function windowsOf({ org }: PageStage) {
  return org.setupPage?.listed.map(({ window }) => window);
}

describeWithChromium('requesting a log in the browser', () => {
  it('requests the window, waits until it is complete and downloads it', async () => {
    await using stage = await openPageStage({ completeAfterMs: 700, frameDelayMs: 600 }, { ownBrowser: true });
    const [fetched, ...others] = await fetchAll(stage, WEEK);
    expect(others).toEqual([]);
    expect(fetched?.file).toMatchObject({
      name: 'Email Log of 2026-11-16T00:00Z to 2026-11-23T00:00Z',
      createdAt: NOW,
      period: WEEK,
    });
    expect(await readFile(fetched?.path ?? '')).toEqual(logOf(WEEK));
    expect(windowsOf(stage)).toEqual([WEEK]);
    expect(await stage.spooled()).toEqual([{ name: expect.stringMatching(/^[0-9a-f]{24}\.log$/), mode: '600' }]);
    expect(stage.org.unexpected).toEqual([]);
  });

  it('keeps the address that signs in out of what it logs', async () => {
    await using stage = await openPageStage();
    await fetchAll(stage, WEEK);
    const secrets = secretsOf(stage);
    expect(secrets.length).toBeGreaterThan(0);
    expect(stage.logs.map(({ message }) => message)).toContain('log requested');
    expect(secrets.filter((secret) => JSON.stringify(stage.logs).includes(secret))).toEqual([]);
  });

  it('requests nothing by looking', async () => {
    await using stage = await openPageStage();
    expect(await stage.source.find(FORTNIGHT, never)).toHaveLength(2);
    expect(stage.org.setupPage?.listed).toEqual([]);
  });

  it('requests nothing and finds nothing when it is dry, and says what it would request', async () => {
    await using stage = await openPageStage({}, { dry: true });
    expect(await stage.source.find(FORTNIGHT, never)).toEqual([]);
    expect(stage.org.setupPage?.listed).toEqual([]);
    expect(stage.logs.filter(({ message }) => message.includes('would request')).map(({ facts }) => facts)).toEqual([
      { log: 'Email Log of 2026-11-09T00:00Z to 2026-11-16T00:00Z' },
      { log: 'Email Log of 2026-11-16T00:00Z to 2026-11-23T00:00Z' },
    ]);
    expect(stage.source.description).toContain('a dry run requests no log');
  });

  it('splits what is due into requests of at most 7 days, no more than 3 at once', async () => {
    await using stage = await openPageStage({ completeAfterMs: 400 });
    const fetched = await fetchAll(stage, { from: new Date('2026-10-25T00:00:00Z'), to: WEEK.to });
    const windows = windowsOf(stage) ?? [];
    expect(windows).toHaveLength(5);
    expect(fetched.map(({ file }) => file.name)).toHaveLength(5);
    const contents = await Promise.all(fetched.map(({ path }) => readFile(path, 'utf8')));
    expect(contents).toEqual(windows.map((window) => logOf(window).toString()));
    // The page refuses a fourth: it would have been named as a failure.
    expect(windows.map(({ to }) => to).slice(0, -1)).toEqual(windows.map(({ from }) => from).slice(1));
  });

  it('leaves room for requests of others', async () => {
    await using stage = await openPageStage({ completeAfterMs: 50 });
    const other = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-02T00:00:00Z') };
    for (const delayMs of [1500, 1500, 1500]) stage.org.setupPage?.add(other, delayMs);
    await fetchAll(stage, WEEK);
    expect(windowsOf(stage)?.at(-1)).toEqual(WEEK);
  });

  it('tells its request from one of the same times', async () => {
    await using stage = await openPageStage();
    stage.org.setupPage?.add(WEEK);
    const fetched = await fetchAll(stage, WEEK);
    expect(
      windowsOf(stage)
        ?.slice(1)
        .map(({ from, to }) => [from.toISOString(), to.toISOString()]),
    ).toEqual([
      ['2026-11-15T23:59:00.000Z', '2026-11-19T11:59:00.000Z'],
      ['2026-11-19T11:59:00.000Z', '2026-11-23T00:00:00.000Z'],
    ]);
    expect(fetched).toHaveLength(2);
  });

  it.each(['America/Los_Angeles', 'Pacific/Kiritimati'])(
    'asks for the same instants in the zone %s',
    async (timeZone) => {
      await using stage = await openPageStage({ timeZone });
      await fetchAll(stage, WEEK);
      expect(windowsOf(stage)).toEqual([WEEK]);
    },
  );

  it('signs in again where the browser was signed out meanwhile', async () => {
    await using stage = await openPageStage({ completeAfterMs: 1000 }, { labelTimeoutMs: SOON_MS });
    const [file] = await stage.source.find(WEEK, never);
    stage.org.setupPage?.endSessions();
    stage.org.expireTokens();
    const fetched = await stage.source.fetch(file!, stage.folder, never);
    expect(await readFile(fetched.path)).toEqual(logOf(WEEK));
    expect(secretsOf(stage)).toHaveLength(2);
  });
});

describeWithChromium('a page that is not as the settings say', () => {
  it.each([
    ['request', 'requestButton'],
    ['start', 'startField'],
    ['end', 'endField'],
    ['submit', 'submitButton'],
    ['download', 'downloadLink'],
  ] as const)('fails by name where the label "%s" is another one', async (label, setting) => {
    await using stage = await openPageStage({ labels: { [label]: 'Ganz anders' } }, { labelTimeoutMs: SOON_MS });
    const failure = await failureOf(fetchAll(stage, WEEK));
    expect(failure).toMatchObject({ name: 'AuditError', exitCode: 1 });
    expect(failure.message).toContain('the page Setup > Email Log Files does not show');
    expect(failure.remedy).toContain(`set source.setupPage.${setting};`);
    expect(failure.remedy).toContain('experimental');
    expect(await stage.spooled()).toEqual([]);
  });

  it.each([
    ['startColumn', 'startColumn'],
    ['endColumn', 'endColumn'],
    ['statusColumn', 'statusColumn'],
  ] as const)(
    'fails by name where the column "%s" is another one, before it requests anything',
    async (label, setting) => {
      await using stage = await openPageStage({ labels: { [label]: 'Ganz anders' } }, { labelTimeoutMs: SOON_MS });
      stage.org.setupPage?.add({ from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-02T00:00:00Z') });
      const failure = await failureOf(stage.source.find(WEEK, never));
      expect(failure.remedy).toMatch(new RegExp(`set source\\.setupPage\\.${setting};`));
      expect(stage.org.setupPage?.listed).toHaveLength(1);
    },
  );

  it('finds renamed labels that the settings name', async () => {
    const labels = { request: 'Protokoll anfordern', start: 'Von', end: 'Bis', startColumn: 'Von', endColumn: 'Bis' };
    await using stage = await openPageStage(
      { labels },
      {
        requestButton: ['Protokoll anfordern'],
        startField: ['Beginn', 'Von'],
        endField: ['Bis'],
        startColumn: ['Von'],
        endColumn: ['Bis'],
      },
    );
    expect(await fetchAll(stage, WEEK)).toHaveLength(1);
  });

  it('does not take a page without a table for one without requests', async () => {
    await using stage = await openPageStage({ labels: { empty: 'Nichts da' } }, { labelTimeoutMs: SOON_MS });
    const failure = await failureOf(stage.source.find(WEEK, never));
    expect(failure.message).toContain('the column of the status ("Status")');
  });

  it('says what the page says where it refuses', async () => {
    await using stage = await openPageStage(
      { refusal: 'Error: You can have 3 pending requests, admin@example.com.' },
      { labelTimeoutMs: SOON_MS },
    );
    const failure = await failureOf(fetchAll(stage, WEEK));
    expect(failure.message).toContain('the table does not list it; the page says "Error: You can have 3 pending');
    expect(failure.message).not.toContain('admin@');
  });

  it('names a request that came to nothing', async () => {
    await using stage = await openPageStage({ finalStatus: 'Failed' });
    const failure = await failureOf(fetchAll(stage, WEEK));
    expect(failure.message).toContain('Salesforce says "Failed"');
  });

  it('names a status that no setting lists', async () => {
    await using stage = await openPageStage({ finalStatus: 'Archived' });
    const failure = await failureOf(fetchAll(stage, WEEK));
    expect(failure.message).toContain('its status is "Archived", which no setting lists');
    expect(failure.remedy).toContain('source.setupPage.pendingStatuses');
  });

  it('waits no longer than its limit', async () => {
    await using stage = await openPageStage({ completeAfterMs: Infinity }, { completionTimeoutMs: 600 });
    const failure = await failureOf(fetchAll(stage, WEEK));
    expect(failure.message).toContain('requested, but not complete within 600 ms');
  });

  it('says what stands in the way where others keep all places', async () => {
    await using stage = await openPageStage({ completeAfterMs: Infinity }, { completionTimeoutMs: 600 });
    for (let number = 0; number < 3; number++) stage.org.setupPage?.add(FORTNIGHT);
    const failure = await failureOf(fetchAll(stage, WEEK));
    expect(failure.message).toContain('3 other requests were pending');
    expect(stage.org.setupPage?.listed).toHaveLength(3);
  });

  it('names one request that fails and takes the others', async () => {
    await using stage = await openPageStage({}, { labelTimeoutMs: SOON_MS, maxDaysPerRequest: 8 });
    const window = { from: new Date('2026-11-10T00:00:00Z'), to: new Date('2026-11-23T00:00:00Z') };
    const [first, second] = await stage.source.find(window, never);
    // The page takes 7 days at most: two pieces of 6.5 days are fine, so both come.
    expect(await stage.source.fetch(first!, stage.folder, never)).toMatchObject({ file: first });
    expect(await stage.source.fetch(second!, stage.folder, never)).toMatchObject({ file: second });
    const [tooLong] = await stage.source.find({ from: new Date('2026-11-15T00:00:00Z'), to: WEEK.to }, never);
    const failure = await failureOf(stage.source.fetch(tooLong!, stage.folder, never));
    expect(failure.message).toContain('the page says "Error: At most 7 days."');
  });

  it('refuses a web page in place of the log', async () => {
    await using stage = await openPageStage({ downloadsHtml: true });
    const failure = await failureOf(fetchAll(stage, WEEK));
    expect(failure.message).toContain('a web page came instead of a log');
    expect(await stage.spooled()).toEqual([]);
  });

  it('takes a picture only where a setting names a folder for it', async () => {
    await using stage = await openPageStage({ labels: { submit: 'Ganz anders' } }, { labelTimeoutMs: SOON_MS });
    await failureOf(fetchAll(stage, WEEK));
    expect(await readdir(stage.folder)).not.toContain('pictures');
    const pictures = join(stage.folder, 'pictures');
    await using again = await openPageStage(
      { labels: { submit: 'Ganz anders' } },
      { labelTimeoutMs: SOON_MS, screenshotFolder: pictures },
    );
    await failureOf(fetchAll(again, WEEK));
    expect(await readdir(pictures)).toEqual([expect.stringMatching(/^setup-page-\d+\.png$/)]);
  });

  it('refuses a log that is larger than the limit', async () => {
    await using stage = await openPageStage({ log: () => Buffer.alloc(5000, 'a,b\n') }, { maxFileBytes: 4999 });
    const failure = await failureOf(fetchAll(stage, WEEK));
    expect(failure.message).toContain('source.maxFileBytes allows 4999');
    expect(await stage.spooled()).toEqual([]);
  });

  it('fails where the download is cut', async () => {
    await using stage = await openPageStage({ log: () => Buffer.alloc(300_000, 'a,b\n') });
    stage.org.faults.add({
      match: (_, path) => path.startsWith('/servlet/emaillog'),
      times: Infinity,
      fault: { kind: 'cut', afterBytes: 1000 },
    });
    const failure = await failureOf(fetchAll(stage, WEEK));
    expect(failure).toMatchObject({ name: 'AuditError', message: expect.stringContaining('downloading Email Log of') });
    expect(await stage.spooled()).toEqual([]);
    expect(stage.org.unusedFaults()).toEqual([]);
  });

  it('gives up a download that stalls', async () => {
    await using stage = await openPageStage({ log: () => Buffer.alloc(300_000, 'a,b\n') }, { downloadTimeoutMs: 1000 });
    stage.org.faults.add({
      match: (_, path) => path.startsWith('/servlet/emaillog'),
      times: Infinity,
      fault: { kind: 'stall', afterBytes: 1000 },
    });
    expect(await failureOf(fetchAll(stage, WEEK))).toMatchObject({ name: 'AuditError' });
    expect(await stage.spooled()).toEqual([]);
  });
});

describeWithChromium('signing the browser in', () => {
  it('says that the app needs the scope web', async () => {
    await using stage = await openPageStage({}, { clientCredentials: true });
    const failure = await failureOf(stage.source.find(WEEK, never));
    expect(failure.message).toContain('asking for a browser session at 127.0.0.1');
    expect(failure.remedy).toContain('(web)');
  });

  it.each([
    ['locale', 'en_US', 'en_GB'],
    ['timeZone', 'GMT', 'America/Chicago'],
  ] as const)(
    'refuses a user with another %s, whose page would read times another way',
    async (setting, set, found) => {
      await using stage = await openPageStage({ [setting]: found }, { [setting]: set });
      const failure = await failureOf(stage.source.find(WEEK, never));
      expect(failure).toMatchObject({ name: 'UsageError', exitCode: 2 });
      expect(failure.message).toMatch(new RegExp(`^source.setupPage.${setting} is ${set}, .* is ${found}$`));
      expect(failure.remedy).toContain(`Set the `);
      expect(secretsOf(stage)).toEqual([]);
    },
  );

  it('never shows the address that signs in, also where the browser fails on it', async () => {
    await using stage = await openPageStage();
    stage.org.faults.add({ match: (_, path) => path.startsWith('/secur/'), times: Infinity, fault: { kind: 'reset' } });
    const failure = await failureOf(stage.source.find(WEEK, never));
    expect(failure.message).toMatch(/^signing in to 127\.0\.0\.1:\d+ with the browser failed: ERR_/);
    const secrets = secretsOf(stage);
    expect(secrets.length).toBeGreaterThan(0);
    const shown = everythingOf(failure) + JSON.stringify(stage.logs);
    expect(shown).not.toContain('frontdoor');
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  });

  it('ends at once when it is told to', async () => {
    await using stage = await openPageStage({ completeAfterMs: Infinity }, { pollMs: 10_000, ownBrowser: true });
    const [file] = await stage.source.find(WEEK, never);
    const controller = new AbortController();
    const stopped = new Error('told to stop');
    const ended = failureOf(stage.source.fetch(file!, stage.folder, controller.signal));
    controller.abort(stopped);
    const failure = await ended;
    expect(failure === stopped || failure.cause === stopped).toBe(true);
  });
});
