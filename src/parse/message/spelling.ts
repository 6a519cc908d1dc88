import { readVersionSpelling } from '../../model/message.ts';

const CIPHER = /^[A-Za-z0-9][\w.+/-]{2,150}$/;
const NO_CIPHER = /^(?:none|null|unknown)$/i;

/** A value in the place of a version: one that is read, or one that only says that TLS was used. */
export function isVersionLike(text: string): boolean {
  return (
    text.length <= 40 && (readVersionSpelling(text) !== undefined || /^(?:(?:TLS|SSL)[\w./\\-]*|UNKNOWN)$/i.test(text))
  );
}

export function isCipherLike(text: string): boolean {
  return CIPHER.test(text) && !NO_CIPHER.test(text);
}

/** A cipher suite by its look: it has the separators of one, so no ordinary word is taken for it. */
export function isSuiteName(text: string): boolean {
  return isCipherLike(text) && /[-_]/.test(text) && /[A-Z]/.test(text) && !text.includes('/');
}
