import winston from 'winston';
import { receivedSecrets } from './secrets.ts';

/** The part of winston the program uses: static messages, facts in metadata. */
export interface Logger {
  debug(message: string, facts?: Record<string, unknown>): void;
  info(message: string, facts?: Record<string, unknown>): void;
  warn(message: string, facts?: Record<string, unknown>): void;
  error(message: string, facts?: Record<string, unknown>): void;
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** `auto`: readable on a terminal, JSON lines elsewhere. */
export type LogFormat = 'auto' | 'json' | 'text';

const REDACTED = '[redacted]';

/**
 * A logger on standard error. Every value of `secrets`, and every secret received meanwhile, is replaced wherever it turns
 * up, also inside errors: redaction by value does not depend on somebody having named the field well.
 */
export function createLogger(options: {
  level: LogLevel;
  format: LogFormat;
  secrets?: readonly string[];
  stream?: NodeJS.WritableStream & { isTTY?: boolean };
}): Logger {
  const stream = options.stream ?? process.stderr;
  const readable = options.format === 'text' || (options.format === 'auto' && stream.isTTY === true);
  const redact = winston.format((info) => redactInfo(info, allSecrets(options.secrets ?? [])));
  return winston.createLogger({
    level: options.level,
    format: winston.format.combine(
      redact(),
      winston.format.timestamp(),
      readable ? winston.format.printf(toLine) : winston.format.json(),
    ),
    transports: [new winston.transports.Stream({ stream })],
  });
}

/** Redaction by value, as of the logs, for what is written elsewhere. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return redactText(text, allSecrets(secrets));
}

/** With those received meanwhile; longest first, because one that is a part of another one would leave the rest of it. */
function allSecrets(given: readonly string[]): string[] {
  const secrets = [...given, ...receivedSecrets()].filter((secret) => secret.length > 0);
  return secrets.sort((a, b) => b.length - a.length);
}

function redactInfo(info: winston.Logform.TransformableInfo, secrets: readonly string[]) {
  for (const key of Object.keys(info)) info[key] = redactValue(info[key], secrets, 0);
  return info;
}

function redactValue(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof value === 'string') {
    return redactText(value, secrets);
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth > 6) return '[too deep]';
  if (value instanceof Error) {
    return redactValue({ name: value.name, message: value.message, cause: value.cause }, secrets, depth + 1);
  }
  if (Array.isArray(value)) return value.map((item) => redactValue(item, secrets, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [redactText(key, secrets), redactValue(item, secrets, depth + 1)]),
  );
}

function redactText(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
}

/** Escaped where it holds control or line separating characters: no value begins a line or moves the cursor. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) =>
    JSON.stringify(character)
      .slice(1, -1)
      .replace(/^[^\\]$/u, (raw) => `\\u${raw.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

function toLine(info: winston.Logform.TransformableInfo): string {
  const { level, message, timestamp, ...facts } = info;
  const tail = Object.entries(facts)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
  return printable(`${String(timestamp)} ${level.padEnd(5)} ${String(message)}${tail}`);
}
