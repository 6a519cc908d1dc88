import type { Settings } from './config/schema.ts';
import type { History, Mailer } from './model/ports.ts';
import type { Window } from './model/window.ts';
import type { RunOutcome, RunParts } from './pipeline.ts';

type JobName = keyof Settings['jobs'];

type AuditName = 'outbound-audit';
type ChoreName = Exclude<JobName, AuditName>;

/** An audit, with a schedule of its own. The jobs stand in jobs/. */
export interface Job {
  readonly name: AuditName;
  /** What it does, in half a sentence. */
  readonly description: string;
  /** The windows that are due, oldest first, from what is recorded and never from whether a schedule fired. */
  plan(facts: {
    readonly now: Date;
    readonly history: Pick<History, 'coveredDays' | 'auditedDays' | 'firstDay'>;
    readonly settings: Settings['jobs'][AuditName];
  }): Window[];
  run(
    request: { readonly window: Window; readonly dryRun: boolean },
    parts: RunParts,
    signal: AbortSignal,
  ): Promise<RunOutcome>;
}

export interface ChoreParts extends Pick<
  RunParts,
  'clock' | 'logger' | 'history' | 'owner' | 'tooOldAfterMs' | 'version'
> {
  /** Undefined where nothing is to be sent. */
  readonly mailer: Mailer | undefined;
  readonly messageIdDomain: string;
  readonly keepDays: number;
}

/** What else has to be done regularly: it asks no source and judges nothing. */
export interface Chore {
  readonly name: ChoreName;
  readonly description: string;
  /** Gives what it did, for people. */
  run(parts: ChoreParts, signal: AbortSignal): Promise<string>;
}
