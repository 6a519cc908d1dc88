import { z } from 'zod';
import { AuditError } from '../support/errors.ts';

/** Shapes that fields of several Salesforce objects share. */
export const salesforceId = z.string().regex(/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/);

/** `2026-11-22T03:04:05.000+0000`, as the REST API writes it. */
export const salesforceTime = z
  .string()
  .transform((text) => new Date(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')))
  .refine((time) => !Number.isNaN(time.getTime()));

/** Names the fields that are wrong, never their values. */
export function readShape<Shape>(schema: z.ZodType<Shape>, value: unknown, doing: string): Shape {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => issue.path.join('.') || 'the answer itself').join(', ');
  throw new AuditError(`${doing}: the answer has an unexpected shape in ${wrong}`, {
    remedy: 'Check salesforce.apiVersion, and that the user may read every field that is asked for.',
  });
}
