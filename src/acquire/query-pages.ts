import { z } from 'zod';
import { AuditError } from '../support/errors.ts';
import { readShape } from './record-shape.ts';

const pageSchema = z.object({
  totalSize: z.int().min(0),
  done: z.boolean(),
  records: z.array(z.unknown()),
  // A path and nothing else: the token goes where this points to.
  nextRecordsUrl: z
    .string()
    .regex(/^\/services\/data\/[\w./-]+$/)
    .optional(),
});

/**
 * Follows a query from page to page, each record checked against the schema.
 * @param first path of the query
 * @throws AuditError where the pages go round in circles, hold a record twice, announce different numbers of records, or end with
 *   another number than they announced
 */
export async function* queryPages<Shape>(
  first: string,
  record: z.ZodType<Shape>,
  { doing, get }: { readonly doing: string; readonly get: (path: string) => Promise<unknown> },
): AsyncGenerator<Shape[], void, undefined> {
  const seen = new Set<string>();
  const ids = new Set<string>();
  let found = 0;
  let announced: number | undefined;
  let next: string | undefined = first;
  while (next !== undefined) {
    seen.add(next);
    const page: z.infer<typeof pageSchema> = readShape(pageSchema, await get(next), doing);
    found += page.records.length;
    next = page.done ? undefined : page.nextRecordsUrl;
    announced ??= page.totalSize;
    const isBroken = page.done ? found !== announced : next === undefined || seen.has(next);
    if (isBroken || page.totalSize !== announced) {
      const counts = [...new Set([announced, page.totalSize])].join(', then ');
      throw new AuditError(`${doing}: ${found} records came, Salesforce counted ${counts}`, {
        remedy: 'Run again: records may have been added or removed between two pages.',
      });
    }
    for (const id of page.records.flatMap((item) => idOf(item) ?? [])) {
      if (ids.has(id)) throw repeated(id, doing);
      ids.add(id);
    }
    yield page.records.map((item) => readShape(record, item, doing));
  }
}

function idOf(item: unknown): string | undefined {
  return typeof item === 'object' && item !== null && 'Id' in item && typeof item.Id === 'string' ? item.Id : undefined;
}

/** As many records as were announced, one of them twice: another one is missing. */
function repeated(id: string, doing: string): AuditError {
  return new AuditError(`${doing}: the record ${id} came twice, so another one may be missing`, {
    remedy: 'Run again: records may have been added or removed between two pages.',
  });
}
