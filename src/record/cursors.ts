import type { DatabaseSync } from 'node:sqlite';
import type { SourceCursor } from '../model/history.ts';
import { cursorQueries } from './queries/cursors.ts';
import { text } from './recorded-run.ts';

export function cursorsIn(
  database: DatabaseSync,
  job: string | undefined,
): (SourceCursor & { readonly job: string })[] {
  return database
    .prepare(cursorQueries.cursors)
    .all({ job: job ?? null })
    .map((row) => ({
      job: text(row, 'job'),
      source: text(row, 'source'),
      createdAt: new Date(text(row, 'created_at')),
      id: text(row, 'id'),
    }));
}

/** Inside the transaction that records what was read. */
export function moveCursor(database: DatabaseSync, job: string, { source, createdAt, id }: SourceCursor): void {
  database.prepare(cursorQueries.moveCursor).run({ job, source, createdAt: createdAt.toISOString(), id });
}
