import { resolve } from 'node:path';
import { z } from 'zod';
import { parseTlsVersion } from '../model/protocol.ts';
import { Secret } from './secret.ts';

/** How a field is written in an environment variable. */
export type FieldKind = 'text' | 'number' | 'boolean' | 'list' | 'secret';

interface FieldFacts {
  readonly kind: FieldKind;
  /** Ends the sentence "expected ...". */
  readonly expected: string;
}

/** What every field says about itself, beside its schema. */
export const fieldFacts = z.registry<FieldFacts>();

export function text(expected = 'text', holds: (value: string) => boolean = () => true) {
  return z.string().trim().min(1).refine(holds).register(fieldFacts, { kind: 'text', expected });
}

/** Absolute from here on: whatever names it says where it is. */
export function absolutePath(expected: string) {
  const path = z.string().trim().min(1);
  return path.transform((written) => resolve(written)).register(fieldFacts, { kind: 'text', expected });
}

export function wholeNumber(minimum: number, maximum: number, unit = '') {
  const expected = `a whole number ${unit === '' ? '' : `of ${unit} `}from ${minimum} to ${maximum}`;
  return z.int().min(minimum).max(maximum).register(fieldFacts, { kind: 'number', expected });
}

export function flag() {
  return z.boolean().register(fieldFacts, { kind: 'boolean', expected: 'true or false' });
}

export function oneOf<const Value extends string>(
  values: readonly Value[],
  expected = `${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`,
) {
  return z.enum(values).register(fieldFacts, { kind: 'text', expected });
}

export function listOf<Item extends z.ZodType>(item: Item, expected: string) {
  return z.array(item).register(fieldFacts, { kind: 'list', expected });
}

export function secret(expected: string) {
  return z.instanceof(Secret).register(fieldFacts, { kind: 'secret', expected }).nullable();
}

export function tlsVersion() {
  const expected = 'a version such as TLSv1.2 or TLSv1.3';
  return z
    .string()
    .transform((spelling, context) => {
      const version = parseTlsVersion(spelling);
      if (version === undefined) context.addIssue({ code: 'custom', input: spelling });
      return version ?? z.NEVER;
    })
    .register(fieldFacts, { kind: 'text', expected });
}

/** A URL that names a host only; the value becomes its origin, without a trailing slash. */
export function hostUrl(expected: string, holds: (url: URL) => boolean) {
  return z
    .string()
    .transform((address, context) => {
      const url = URL.canParse(address) ? new URL(address) : undefined;
      if (url === undefined || `${url.origin}/` !== url.href || !holds(url)) {
        context.addIssue({ code: 'custom', input: address });
        return z.NEVER;
      }
      return url.origin;
    })
    .register(fieldFacts, { kind: 'text', expected });
}
