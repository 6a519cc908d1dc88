import type { Settings } from './config/schema.ts';
import type { History } from './model/ports.ts';
import type { Window } from './model/window.ts';
import type { RunOutcome, RunParts } from './pipeline.ts';

type JobName = keyof Settings['jobs'];

/** A piece of work with a schedule of its own. The jobs stand in jobs/. */
export interface Job {
  readonly name: JobName;
  /** What it does, in half a sentence. */
  readonly description: string;
  /** The window that is due, from what is recorded and never from whether a schedule fired. */
  plan(facts: {
    readonly now: Date;
    readonly history: Pick<History, 'coveredDays' | 'firstDay'>;
    readonly settings: Settings['jobs'][JobName];
  }): Window;
  run(
    request: { readonly window: Window; readonly dryRun: boolean },
    parts: RunParts,
    signal: AbortSignal,
  ): Promise<RunOutcome>;
}
