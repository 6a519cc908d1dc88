import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { createKeyPair } from '../../src/demo/keys.ts';
import type { Org } from '../../src/demo/org.ts';
import type { Fault } from '../../src/demo/org/faults.ts';
import { startOrg } from '../../src/demo/org.ts';
import { authorize } from './assertion.ts';

const CONTENT = Buffer.from('0123456789'.repeat(100));

let org: Org;
let headers: Record<string, string>;
let path: string;

beforeAll(async () => {
  const keys = createKeyPair();
  org = await startOrg({ publicKeyPem: keys.publicKeyPem });
  headers = await authorize(org, keys.privateKeyPem);
  const createdDate = new Date('2026-11-23T00:40:00Z');
  const { versionId } = org.addFile({ title: 'EmailLog', extension: 'csv', content: CONTENT, createdDate });
  path = `/services/data/v65.0/sobjects/ContentVersion/${versionId}/VersionData`;
});

beforeEach(() => org.faults.clear());

afterAll(() => org.close());

function plan(fault: Fault, times = 1): void {
  org.faults.add({ match: (method, target) => method === 'GET' && target === path, times, fault });
}

function download(signal?: AbortSignal): Promise<Response> {
  return fetch(org.url + path, { headers, ...(signal && { signal }) });
}

async function bodyOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

describe('faults', () => {
  it('answer with another status, so many times and no more', async () => {
    const body = [{ message: 'Server Unavailable', errorCode: 'SERVER_UNAVAILABLE' }];
    plan({ kind: 'status', status: 503, body, headers: { 'Retry-After': '1' } }, 2);
    const [first, second, third] = [await download(), await download(), await download()];
    expect([first.status, second.status, third.status]).toEqual([503, 503, 200]);
    expect(first.headers.get('Retry-After')).toBe('1');
    expect(first.headers.get('Sforce-Limit-Info')).toMatch(/^api-usage=\d+\/15000$/);
    expect(await first.json()).toEqual(body);
    expect(await bodyOf(third)).toEqual(CONTENT);
    expect(org.requests.slice(-3).map(({ fault }) => fault)).toEqual(['status', 'status', undefined]);
  });

  it.each([0, 1, 500])('cut the body after %i bytes', async (afterBytes) => {
    plan({ kind: 'cut', afterBytes });
    const response = await download();
    expect(response.headers.get('Content-Length')).toBe('1000');
    let read = 0;
    await expect(
      (async () => {
        for await (const chunk of response.body as AsyncIterable<Uint8Array>) read += chunk.length;
      })(),
    ).rejects.toThrow('terminated');
    expect(read).toBe(afterBytes);
  });

  it('stall after some bytes until the client gives up', async () => {
    plan({ kind: 'stall', afterBytes: 10 });
    const abort = new AbortController();
    const response = await download(abort.signal);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect((await reader.read()).value).toHaveLength(10);
    const rest = reader.read();
    abort.abort();
    await expect(rest).rejects.toThrow('aborted');
  });

  it('reset the connection', async () => {
    plan({ kind: 'reset' });
    await expect(download()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(org.requests.at(-1)).toMatchObject({ status: 0, fault: 'reset' });
  });

  it('answer with a page in place of the file', async () => {
    plan({ kind: 'html' });
    const response = await download();
    expect([response.status, response.headers.get('Content-Type')]).toEqual([200, 'text/html;charset=UTF-8']);
    expect(await response.text()).toContain('<!DOCTYPE html>');
  });

  it('leave out the last bytes of a sound answer', async () => {
    plan({ kind: 'wrong-length', missingBytes: 3 });
    const response = await download();
    expect(response.headers.get('Content-Length')).toBe('997');
    expect(await bodyOf(response)).toEqual(CONTENT.subarray(0, 997));
  });

  it('change one byte', async () => {
    plan({ kind: 'corrupt' });
    const body = await bodyOf(await download());
    expect(body).toHaveLength(CONTENT.length);
    expect(body.filter((byte, index) => byte !== CONTENT[index])).toHaveLength(1);
  });

  it.each([
    ['gzip', 'Content-Encoding', 'gzip'],
    ['chunked', 'Transfer-Encoding', 'chunked'],
  ] as const)('send the same content as %s', async (kind, header, value) => {
    plan({ kind });
    const response = await download();
    expect(response.headers.get(header)).toBe(value);
    expect(await bodyOf(response)).toEqual(CONTENT);
  });

  it('that were not met are told', async () => {
    plan({ kind: 'html' }, 2);
    plan({ kind: 'reset' }, Infinity);
    await download();
    expect(org.unusedFaults()).toEqual([{ kind: 'html' }, { kind: 'reset' }]);
    await download();
    await expect(download()).rejects.toThrow();
    expect(org.unusedFaults()).toEqual([]);
  });
});
