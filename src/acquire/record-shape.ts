import { z } from 'zod';

/** Shapes that fields of several Salesforce objects share. */
export const salesforceId = z.string().regex(/^[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?$/);

/** `2026-11-22T03:04:05.000+0000`, as the REST API writes it. */
export const salesforceTime = z
  .string()
  .transform((text) => new Date(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')))
  .refine((time) => !Number.isNaN(time.getTime()));
