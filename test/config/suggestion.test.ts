import { expect, it } from '@jest/globals';
import { nearestName } from '../../src/config/suggestion.ts';

it.each([
  ['prot', ['host', 'port'], 'port'],
  ['login_url', ['loginUrl', 'auth'], 'loginUrl'],
  ['passwort', ['port', 'password'], 'password'],
  ['form', ['from', 'to'], 'from'],
  ['to', ['from'], undefined],
  ['x', [], undefined],
])('%s among %j: %s', (name, known, expected) => {
  expect(nearestName(name, known)).toBe(expected);
});
