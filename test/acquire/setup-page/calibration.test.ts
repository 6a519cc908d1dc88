import { afterAll, expect, it, jest } from '@jest/globals';
import { calibrateSetupPage } from '../../../src/acquire/setup-page/calibration.ts';
import type { SetupPageOptions as SourceOptions } from '../../../src/acquire/setup-page/options.ts';
import { describeWithChromium } from '../../support/chromium.ts';
import { never } from '../fixture.ts';
import { closeSharedBrowser, openPageStage, optionsWith, type PageStage, shareBrowser, SOON_MS } from './stage.ts';

const YESTERDAY = { from: new Date('2026-11-22T00:00:00Z'), to: new Date('2026-11-23T00:00:00Z') };

jest.setTimeout(90_000);
afterAll(closeSharedBrowser);

function calibrate(stage: PageStage, changes: Partial<SourceOptions> = {}) {
  return calibrateSetupPage(optionsWith(changes), stage.session, stage.context, never, shareBrowser);
}

describeWithChromium('calibrating the labels of the page', () => {
  it('says where each was found, and requests nothing', async () => {
    await using stage = await openPageStage({ completeAfterMs: 0, timeZone: 'America/New_York' });
    stage.org.setupPage?.add(YESTERDAY);
    const calibration = await calibrate(stage, { timeZone: 'America/New_York' });
    const { host } = new URL(stage.org.url);
    expect(calibration).toMatchObject({
      place: `${host}/lightning/setup/EmailLogFiles/home`,
      timeZone: 'America/New_York',
      exampleTime: '11/23/2026 12:30 AM',
      unlistedStatuses: [],
      isUsable: true,
    });
    const list = `the frame ${host}/setup/emaillog/list`;
    const form = `the frame ${host}/setup/emaillog/new`;
    expect(
      calibration.findings.map(({ setting, status, found }) => [setting, status, found?.label, found?.place]),
    ).toEqual([
      ['source.setupPage.startColumn', 'found', 'Start Date/Time', list],
      ['source.setupPage.endColumn', 'found', 'End Date/Time', list],
      ['source.setupPage.statusColumn', 'found', 'Status', list],
      ['source.setupPage.downloadLink', 'found', 'Download', list],
      ['source.setupPage.requestButton', 'found', 'Request an Email Log', list],
      ['source.setupPage.startField', 'found', 'Start Date/Time', form],
      ['source.setupPage.endField', 'found', 'End Date/Time', form],
      ['source.setupPage.submitButton', 'found', 'Submit Request', form],
    ]);
    expect(stage.org.setupPage?.listed).toHaveLength(1);
  });

  it('names what is missing, and what it could not look for', async () => {
    await using stage = await openPageStage({
      completeAfterMs: 0,
      finalStatus: 'Archived',
      labels: { statusColumn: 'Zustand', start: 'Von' },
    });
    stage.org.setupPage?.add(YESTERDAY);
    const calibration = await calibrate(stage, { labelTimeoutMs: SOON_MS });
    expect(calibration.isUsable).toBe(false);
    expect(calibration.findings.map(({ setting, status }) => [setting.split('.').at(-1), status])).toEqual([
      ['startColumn', 'unknown'],
      ['endColumn', 'unknown'],
      ['statusColumn', 'missing'],
      ['downloadLink', 'unknown'],
      ['requestButton', 'found'],
      ['startField', 'missing'],
      ['endField', 'found'],
      ['submitButton', 'found'],
    ]);
  });

  it('names statuses that no setting lists', async () => {
    await using stage = await openPageStage({ completeAfterMs: 0, finalStatus: 'Archived' });
    stage.org.setupPage?.add(YESTERDAY);
    expect(await calibrate(stage)).toMatchObject({ unlistedStatuses: ['Archived'], isUsable: false });
  });

  it('says what is not known yet where nothing was ever requested', async () => {
    await using stage = await openPageStage();
    const { findings, isUsable } = await calibrate(stage, { labelTimeoutMs: SOON_MS });
    expect(isUsable).toBe(true);
    expect(
      findings.filter(({ status }) => status === 'unknown').map(({ setting, reason }) => [setting, reason]),
    ).toEqual([
      ['source.setupPage.startColumn', 'the page says that nothing was requested yet'],
      ['source.setupPage.endColumn', 'the page says that nothing was requested yet'],
      ['source.setupPage.statusColumn', 'the page says that nothing was requested yet'],
      ['source.setupPage.downloadLink', 'the table lists no complete log'],
    ]);
  });

  it('does not look for fields it cannot reach', async () => {
    await using stage = await openPageStage({ labels: { request: 'Ganz anders' } });
    const { findings } = await calibrate(stage, { labelTimeoutMs: SOON_MS });
    expect(findings.slice(-4)).toMatchObject([
      { setting: 'source.setupPage.requestButton', status: 'missing' },
      { status: 'unknown', reason: 'the form could not be opened' },
      { status: 'unknown' },
      { status: 'unknown' },
    ]);
  });
});
