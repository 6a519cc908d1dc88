import { AuditError } from '../support/errors.ts';

/** Refuses what is larger than `source.maxFileBytes`; `file` is what people call it. */
export function refuseTooLarge(file: string, bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new AuditError(`fetching ${file}: it has at least ${bytes} bytes, source.maxFileBytes allows ${maxBytes}`, {
    remedy: 'Raise source.maxFileBytes if such a log is expected, or ask for logs of shorter periods.',
  });
}
