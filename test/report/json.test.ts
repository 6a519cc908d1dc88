import { expect, it } from '@jest/globals';
import { renderJson } from '../../src/report/json.ts';
import { SAMPLES } from './samples.ts';

it.each(Object.entries(SAMPLES))('%s: parsing gives exactly the report', (_, sample) => {
  const json = renderJson(sample);
  expect(JSON.parse(json)).toEqual(sample);
  expect(json).toMatch(/^\{\n {2}"schema": "tls-audit\/report\/1",\n[^]*\n\}\n$/);
});
