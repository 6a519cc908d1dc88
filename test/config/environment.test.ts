import { expect, it } from '@jest/globals';
import { foreignEnvironment } from '../../src/config/environment.ts';

it('hands no setting and no secret of its own to a program that it starts', () => {
  const env = { PATH: '/bin', HOME: undefined, TLS_AUDIT_SALESFORCE_PRIVATE_KEY: 'secret', TLS_AUDIT_CONFIG: 'x' };
  expect(foreignEnvironment(env)).toEqual({ PATH: '/bin' });
});
