import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { createLogger, type LogFormat, type Logger, type LogLevel } from '../../src/support/logger.ts';

/** What the logger wrote while the work was done. */
async function logged(
  work: (logger: Logger) => void,
  {
    level = 'info',
    format = 'json',
    secrets = [],
    isTTY = false,
  }: { level?: LogLevel; format?: LogFormat; secrets?: string[]; isTTY?: boolean } = {},
): Promise<string> {
  const stream = Object.assign(new PassThrough(), { isTTY });
  work(createLogger({ level, format, secrets, stream }));
  stream.end();
  return text(stream);
}

function parseLines(output: string): Record<string, unknown>[] {
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('JSON lines', () => {
  it('hold level, message, time and facts', async () => {
    const output = await logged((logger) => logger.warn('file skipped', { file: 'a.csv', rows: 3 }));
    expect(parseLines(output)).toEqual([
      {
        level: 'warn',
        message: 'file skipped',
        file: 'a.csv',
        rows: 3,
        timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T/),
      },
    ]);
  });

  it('are one for every entry, whatever it holds', async () => {
    const output = await logged((logger) => {
      logger.info('one', { text: 'a\nb' });
      logger.info('two\nlines');
    });
    expect(parseLines(output).map(({ message }) => message)).toEqual(['one', 'two\nlines']);
  });

  it('say what an error was and what caused it', async () => {
    const error = new Error('reading failed', { cause: new TypeError('no number') });
    const [entry] = parseLines(await logged((logger) => logger.error('run failed', { error })));
    expect(entry).toMatchObject({
      error: { name: 'Error', message: 'reading failed', cause: { name: 'TypeError', message: 'no number' } },
    });
  });
});

describe('the level', () => {
  it.each<[LogLevel, string[]]>([
    ['error', ['e']],
    ['warn', ['e', 'w']],
    ['info', ['e', 'w', 'i']],
    ['debug', ['e', 'w', 'i', 'd']],
  ])('%s lets through what is at least as grave', async (level, messages) => {
    const output = await logged(
      (logger) => {
        logger.error('e');
        logger.warn('w');
        logger.info('i');
        logger.debug('d');
      },
      { level },
    );
    expect(parseLines(output).map(({ message }) => message)).toEqual(messages);
  });
});

describe('the format', () => {
  const entry = (logger: Logger) => logger.info('run judged', { verdict: 'pass', rows: 3 });

  it.each<[LogFormat, boolean, boolean]>([
    ['auto', true, true],
    ['auto', false, false],
    ['text', false, true],
    ['json', true, false],
  ])('%s with a terminal %s is readable: %s', async (format, isTTY, readable) => {
    const output = await logged(entry, { format, isTTY });
    if (readable) expect(output).toMatch(/^\S+Z info {2}run judged verdict=pass rows=3\n$/);
    else expect(parseLines(output)).toMatchObject([{ message: 'run judged', verdict: 'pass' }]);
  });

  it('readable, keeps to one line an entry, so that no file name can write an entry of its own', async () => {
    const facts = { file: 'a.csv\n2026-11-03T09:00:00.000Z info  run judged verdict=pass' };
    const output = await logged((logger) => logger.warn('file skipped', facts), { format: 'text' });
    expect(output.trimEnd().split('\n')).toHaveLength(1);
  });

  it('readable, lets no control sequence through to the terminal', async () => {
    const output = await logged((logger) => logger.warn('file skipped', { file: 'a\u001B[2J.csv' }), {
      format: 'text',
    });
    expect(output).not.toContain('\u001B');
  });
});

describe('a secret', () => {
  const SECRET = 's3cret"\\+value';
  const inside = `before ${SECRET} after ${SECRET}`;

  it.each<[string, (logger: Logger) => void]>([
    ['in the message', (logger) => logger.info(inside)],
    ['in a fact', (logger) => logger.info('x', { harmlessName: inside })],
    ['in a list', (logger) => logger.info('x', { list: ['a', [inside]] })],
    ['in an object', (logger) => logger.info('x', { outer: { inner: { deep: inside } } })],
    ['in an error', (logger) => logger.info('x', { error: new Error(inside) })],
    [
      'in the cause of a cause',
      (logger) => logger.info('x', { error: new Error('a', { cause: new Error('b', { cause: new Error(inside) }) }) }),
    ],
    [
      'in a cause that is no error',
      (logger) => logger.info('x', { error: new Error('a', { cause: { response: [inside] } }) }),
    ],
    ['in an error inside an object', (logger) => logger.info('x', { outer: { list: [new Error(inside)] } })],
    [
      'too deep to be shown',
      (logger) => logger.info('x', { a: { b: { c: { d: { e: { f: { g: { h: inside } } } } } } } }),
    ],
    ['as the name of a fact', (logger) => logger.info('x', { outer: { [inside]: 1 } })],
  ])('is never written: %s', async (_, work) => {
    for (const format of ['json', 'text'] satisfies LogFormat[]) {
      const output = await logged(work, { secrets: [SECRET], format });
      expect(output).not.toContain(SECRET);
      expect(output).not.toContain(JSON.stringify(SECRET).slice(1, -1));
    }
  });

  it('leaves what stands around it', async () => {
    const [entry] = parseLines(await logged((logger) => logger.info(inside, { to: inside }), { secrets: [SECRET] }));
    expect(entry).toMatchObject({
      message: 'before [redacted] after [redacted]',
      to: 'before [redacted] after [redacted]',
    });
  });

  it('that begins like another is replaced whole', async () => {
    const output = await logged((logger) => logger.info('x', { key: 'abc-tail' }), { secrets: ['abc', 'abc-tail'] });
    expect(output).not.toContain('tail');
  });

  it('that is empty replaces nothing', async () => {
    expect(await logged((logger) => logger.info('fine'), { secrets: [''] })).toContain('"fine"');
  });

  it('in a circle of objects ends, too', async () => {
    const circle: Record<string, unknown> = { secret: SECRET };
    circle['self'] = circle;
    expect(await logged((logger) => logger.info('x', { circle }), { secrets: [SECRET] })).not.toContain(SECRET);
  });
});
