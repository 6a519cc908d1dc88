import { describe, expect, it } from '@jest/globals';
import { discreetSource } from '../../src/compose/discreet-parts.ts';
import type { LogSource } from '../../src/model/ports.ts';
import { AuditError } from '../../src/support/errors.ts';

const SECRET = 'hunter2';
const NEVER = new AbortController().signal;
const WINDOW = { from: new Date('2026-11-21'), to: new Date('2026-11-22') };

async function toldOf(failure: Error): Promise<AuditError> {
  const source = { find: () => Promise.reject(failure) } as unknown as LogSource;
  const redact = (text: string) => text.replaceAll(SECRET, '***');
  return (await discreetSource(source, redact)
    .find(WINDOW, NEVER)
    .catch((error: unknown) => error)) as AuditError;
}

describe('what a source fails with', () => {
  it.each([
    ['a DOMException', new DOMException(`timed out at ${SECRET}`, 'TimeoutError')],
    ['a frozen error', Object.freeze(new Error(`the org said ${SECRET}`))],
    ['an ordinary error', new Error(`the org said ${SECRET}`)],
  ])('stays what it is, and its cause holds no secret either, where that is %s', async (_, cause) => {
    const error = await toldOf(new AuditError(`the org said no to ${SECRET}`, { cause, remedy: `Not ${SECRET}.` }));
    expect(error).toBeInstanceOf(AuditError);
    expect([error.message, error.remedy]).toEqual(['the org said no to ***', 'Not ***.']);
    const { message, stack } = error.cause as Error;
    expect(message).toContain('***');
    expect([message, stack].join()).not.toContain(SECRET);
  });
});
