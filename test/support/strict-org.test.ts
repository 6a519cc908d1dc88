import { describe, expect, it } from '@jest/globals';
import { createKeyPair } from '../../src/demo/keys.ts';
import { startStrictOrg } from './strict-org.ts';

const { publicKeyPem } = createKeyPair();

describe('a strict org', () => {
  it('fails nobody who asks for what there is', async () => {
    const org = await startStrictOrg({ publicKeyPem });
    await fetch(`${org.url}/services/data`);
    await expect(org.close()).resolves.toBeUndefined();
  });

  it('fails the test that asks for something unknown', async () => {
    const org = await startStrictOrg({ publicKeyPem });
    await fetch(`${org.url}/services/apexrest/logs`);
    await expect(org.close()).rejects.toThrow('unexpected: GET /services/apexrest/logs');
  });

  it('fails the test whose SOQL a real org would refuse', async () => {
    const org = await startStrictOrg({ publicKeyPem, clientSecret: 'secret' });
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: org.clientId,
      client_secret: 'secret',
    });
    const signedIn = await fetch(`${org.url}/services/oauth2/token`, { method: 'POST', body });
    const { access_token: token } = (await signedIn.json()) as { access_token: string };
    const soql = encodeURIComponent('SELECT Nonsense FROM ContentVersion');
    await fetch(`${org.url}/services/data/v65.0/query?q=${soql}`, { headers: { authorization: `Bearer ${token}` } });
    await expect(org.close()).rejects.toThrow('unexpected: GET /services/data/v65.0/query');
  });

  it('fails the test whose fault met no request', async () => {
    const org = await startStrictOrg({ publicKeyPem });
    org.faults.add({ match: () => true, fault: { kind: 'reset' } });
    await expect(org.close()).rejects.toThrow('unused: {"kind":"reset"}');
  });
});
