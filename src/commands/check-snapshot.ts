import { judgeSnapshot } from '../judge/message/snapshot.ts';
import { checkMessages, type CheckOptions, type CheckStreams } from './check-message.ts';

/**
 * Says what TLS protected messages on their way into Salesforce, from Email Snapshots or any raw message. Resolves to
 * the exit code.
 * @throws UsageError for wrong options or names, AuditError for a file that cannot be read
 */
export async function checkSnapshot(
  paths: readonly string[],
  options: CheckOptions,
  streams: CheckStreams,
): Promise<number> {
  return checkMessages(paths, options, streams, judgeSnapshot);
}
