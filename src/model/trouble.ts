/** A job that fails, since it last succeeded. */
export interface Trouble {
  readonly job: string;
  readonly since: Date;
  readonly failures: number;
  readonly reason: string;
  /** Alerts that were stored so far, and when the last one was. */
  readonly alerts: number;
  readonly alertedAt: Date | null;
}

/** The jobs that fail. */
export interface Troubles {
  /** Counts one more failure, and gives how it stands. `at` is when the trouble began, where it is the first one. */
  failed(job: string, at: Date, reason: string): Trouble;
  alerted(job: string, at: Date): void;
  /** Ends the trouble, and gives how it stood; undefined where there was none. */
  succeeded(job: string): Trouble | undefined;
  current(): Trouble[];
}
