import type { Readable } from 'node:stream';
import { judgeMessage } from '../judge/message/outbound.ts';
import type { JudgedMessage, MessageHeaders, MessageReport } from '../model/message.ts';
import type { Policy } from '../model/policy.ts';
import type { Verdict } from '../model/verdict.ts';
import { findMessageFiles, readMessageFile } from '../parse/message/files.ts';
import { jsonArray } from '../report/message/json.ts';
import { renderMessage } from '../report/message/text.ts';
import { AuditError } from '../support/errors.ts';
import { exitCodeFor } from './exit-code.ts';
import { writeText } from './output.ts';
import { readPolicy } from './policy-option.ts';

export interface CheckOptions {
  /** One JSON array instead of text. */
  readonly json: boolean;
  /** End with 10 for a verdict `fail`, 11 for `inconclusive`, by the worst message. */
  readonly exitCode: boolean;
  readonly minimum?: string;
  readonly maximum?: string;
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

export interface CheckStreams {
  readonly stdin: Readable;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

type Judge = (headers: MessageHeaders, file: string, policy: Policy) => JudgedMessage;

/**
 * Says what TLS protected messages from Salesforce on their way to the recipient. Resolves to the exit code.
 * @throws UsageError for wrong options or names, AuditError for a file that cannot be read
 */
export async function checkMessage(
  paths: readonly string[],
  options: CheckOptions,
  streams: CheckStreams,
): Promise<number> {
  return checkMessages(paths, options, streams, judgeMessage);
}

/** What both check commands do; they differ in how a message is judged. A file that cannot be read stops no other. */
export async function checkMessages(
  paths: readonly string[],
  options: CheckOptions,
  streams: CheckStreams,
  judge: Judge,
): Promise<number> {
  const policy = readPolicy(options);
  const { files, failures: notFound } = await findMessageFiles(paths);
  const failures = [...notFound];
  if (files.length === 0) throw asOne(failures);
  const seen = new Set<Verdict>();
  async function* judged(): AsyncGenerator<JudgedMessage> {
    for (const file of files) {
      try {
        for await (const headers of readMessageFile(file, streams.stdin)) {
          const message = judge(headers, file, policy);
          seen.add(message.report.verdict);
          yield message;
        }
      } catch (error) {
        if (!(error instanceof AuditError)) throw error;
        failures.push(error);
      }
    }
  }
  for await (const piece of options.json ? jsonArray(reportsOf(judged())) : texts(judged(), options)) {
    await writeText(piece, streams.stdout);
  }
  if (failures.length > 0) throw asOne(failures);
  const worst = seen.has('fail') ? 'fail' : seen.has('inconclusive') ? 'inconclusive' : 'pass';
  return exitCodeFor(worst, options);
}

function asOne(failures: readonly AuditError[]): AuditError {
  const [first, ...others] = failures;
  if (first !== undefined && others.length === 0) return first;
  const lines = failures.map(({ message }) => `\n  ${message}`).join('');
  return new AuditError(`${String(failures.length)} files could not be read:${lines}`, {
    ...(first?.remedy === undefined ? {} : { remedy: first.remedy }),
  });
}

async function* reportsOf(messages: AsyncIterable<JudgedMessage>): AsyncGenerator<MessageReport> {
  for await (const { report } of messages) yield report;
}

async function* texts(messages: AsyncIterable<JudgedMessage>, options: CheckOptions): AsyncGenerator<string> {
  let isFirst = true;
  for await (const message of messages) {
    yield `${isFirst ? '' : '\n'}${renderMessage(message, options)}`;
    isFirst = false;
  }
}
