import { describe, expect, it } from '@jest/globals';
import { ReceivedLog } from '../../../src/acquire/setup-page/received-log.ts';
import { failureOf } from '../fixture.ts';

/** Passes the content on in chunks of one byte each, then checks it. */
async function receive(content: Buffer, maxBytes = 1000): Promise<Buffer> {
  const received = new ReceivedLog('the log', maxBytes);
  const passed: Uint8Array[] = [];
  const bytes = Array.from(content, (byte) => Uint8Array.of(byte));
  for await (const chunk of received.pass(ReadableStream.from(bytes))) passed.push(chunk);
  received.refuseOther();
  return Buffer.concat(passed);
}

describe('what was downloaded', () => {
  it.each([
    ['.csv', Buffer.from('Date/Time,Mail Event\n')],
    ['.csv with semicolons and a byte order mark', Buffer.from('\ufeff"Date/Time";"Mail Event"\r\n')],
    ['.csv in UTF-16', Buffer.from('\ufeffDate/Time,Mail Event\n', 'utf16le')],
    ['.csv longer than its checked start', Buffer.from('a,b\n'.repeat(200))],
    ['.gz', Buffer.from([0x1f, 0x8b, 8, 0, 0])],
    ['.zip', Buffer.from('PK\u0003\u0004rest of it', 'latin1')],
  ])('may be a %s, and is passed on whole', async (_, content) => {
    expect(await receive(content)).toEqual(content);
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['a web page', Buffer.from('<!DOCTYPE html>\n<html><body>a,b</body></html>')],
    ['a web page', Buffer.from('\ufeff \n <html>')],
    ['a text that is no CSV', Buffer.from('Try again later.\nYes, later.')],
    ['a file of an unknown kind', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0, 0x2c])],
  ])('is refused where it is %s', async (what, content) => {
    const failure = await failureOf(receive(content));
    expect(failure).toMatchObject({
      name: 'AuditError',
      message: expect.stringContaining(`${what} came instead of a log`),
    });
  });

  it('is refused where it is larger than the limit', async () => {
    const content = Buffer.from('Date/Time,Mail Event\n');
    expect(await receive(content, content.length)).toEqual(content);
    const failure = await failureOf(receive(content, content.length - 1));
    expect(failure.message).toContain('source.maxFileBytes allows');
  });
});
