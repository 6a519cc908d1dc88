import { expect, it } from '@jest/globals';
import { SOURCE_TYPES } from '../../src/config/schema.ts';
import { nameOfSource, promiseOf } from '../../src/doctor/source-promise.ts';
import { openStage } from './stage.ts';

it.each(SOURCE_TYPES)('status says what the source %s can and cannot promise, as JSON too', async (type) => {
  await using stage = await openStage();
  await stage.configure({ source: { type } });
  const { can, cannot } = promiseOf(type);
  await using shown = stage.start(['status']);
  const { code, stdout } = await shown.ended;
  expect(code).toBe(0);
  expect(stdout).toContain(`Source of log files: ${nameOfSource(type)}\n`);
  expect(stdout).toContain(`  can    ${can}\n  cannot ${cannot}\n`);
  await using printed = stage.start(['status', '--json', '--all']);
  expect(JSON.parse((await printed.ended).stdout)).toMatchObject({ source: { type, can, cannot } });
  expect(stage.org.requests).toEqual([]);
});
