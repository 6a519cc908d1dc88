import type { DatabaseSync } from 'node:sqlite';
import type { Trouble, Troubles } from '../model/trouble.ts';
import { troubleQueries } from './queries/troubles.ts';
import { type Row, text } from './recorded-run.ts';
import type { Guard } from './run-records.ts';

export function troublesIn(database: DatabaseSync, guarded: Guard): Troubles {
  return {
    failed(job, at, reason): Trouble {
      return guarded('Noting a failure in', () => {
        const row = database.prepare(troubleQueries.noteFailure).get({ job, at: at.toISOString(), reason });
        if (row === undefined) throw new TypeError('an upsert returned no row');
        return toTrouble(row);
      });
    },

    alerted(job, at): void {
      guarded('Noting an alert in', () =>
        database.prepare(troubleQueries.noteAlert).run({ job, at: at.toISOString() }),
      );
    },

    succeeded(job): Trouble | undefined {
      const row = guarded('Noting a success in', () => database.prepare(troubleQueries.endTrouble).get({ job }));
      return row === undefined ? undefined : toTrouble(row);
    },

    current(): Trouble[] {
      return guarded('Reading the failing jobs from', () =>
        database.prepare(troubleQueries.troubles).all().map(toTrouble),
      );
    },
  };
}

function toTrouble(row: Row): Trouble {
  return {
    job: text(row, 'job'),
    since: new Date(text(row, 'since')),
    failures: Number(row['failures']),
    reason: text(row, 'reason'),
    alerts: Number(row['alerts']),
    alertedAt: row['alerted_at'] === null ? null : new Date(text(row, 'alerted_at')),
  };
}
