import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DigestMail } from '../model/ports.ts';
import { AuditError, messageOf } from '../support/errors.ts';

/**
 * Writes the message as `.eml` and its HTML part as `.html` into the folder, readable by the owner only, and gives the
 * paths. The names come from the Message-ID, so the same mail replaces its own files; a reader never sees half a file.
 */
export async function writeDigestFiles(
  folder: string,
  mail: DigestMail,
  raw: Buffer,
): Promise<{ readonly eml: string; readonly html: string }> {
  const name = fileNameOf(mail.messageId);
  const eml = join(folder, `${name}.eml`);
  const html = join(folder, `${name}.html`);
  try {
    await mkdir(folder, { recursive: true });
    await replaceFile(eml, raw);
    await replaceFile(html, Buffer.from(mail.html, 'utf8'));
  } catch (error) {
    throw new AuditError(`Writing the digest into the folder ${folder}: ${messageOf(error)}`, {
      remedy: 'Name a folder this user may write to, on a disk with free space.',
      cause: error,
    });
  }
  return { eml, html };
}

/** A Message-ID may hold `/` and other characters that mean something in a path (RFC 5322 section 3.6.4). */
function fileNameOf(messageId: string): string {
  const safe = messageId.replaceAll(/[^A-Za-z0-9@._-]+/g, '-').replace(/^[.-]+/, '');
  if (safe === messageId && safe.length > 0 && safe.length <= 120) return safe;
  const hash = createHash('sha256').update(messageId).digest('hex').slice(0, 12);
  return `${safe.slice(0, 100) || 'digest'}-${hash}`;
}

async function replaceFile(path: string, content: Buffer): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
