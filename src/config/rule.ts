import { validate as isCronExpression } from 'node-cron';

/** The host is this machine: `localhost`, 127.0.0.0/8 or ::1 (RFC 6761, RFC 5735, RFC 4291). */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** https everywhere; http only where it never leaves this machine. */
export function isSafeUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/** Looks like an address; whether it exists only its mail server knows. */
export function isMailAddress(value: string): boolean {
  return /^[^\s@<>(),;:"]+@[^\s@<>(),;:".]+(\.[^\s@<>(),;:".]+)*$/.test(value);
}

/** Five fields, or six with seconds first, that node-cron accepts (it also refuses a day no month has). */
export function isSchedule(value: string): boolean {
  const fields = value.trim().split(/\s+/).length;
  return (fields === 5 || fields === 6) && isCronExpression(value);
}

/** A name of the IANA time zone database that this Node knows; an offset such as `+01:00` is not one. */
export function isTimeZone(value: string): boolean {
  if (/^[+-]/.test(value)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Names every part of a time down to the minute: what a page reads back is then no other time. */
export function isDateTimeFormat(value: string): boolean {
  const tokens = value.replaceAll(/'[^']*'/g, ' ');
  return ['yyyy', 'M', 'd', 'mm'].every((token) => tokens.includes(token)) && /H|h.*a|a.*h/.test(tokens);
}
