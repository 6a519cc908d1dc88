import type { Session } from './session.ts';

/** A session that is opened when it is first needed and shared by all who need it. */
export interface LazySession {
  signedIn(signal: AbortSignal): Promise<Session>;
  /** Undefined before the first use. */
  readonly opened: Session | undefined;
  close(): Promise<void>;
}

export function lazySession(open: (signal: AbortSignal) => Promise<Session>): LazySession {
  let session: Session | undefined;
  return {
    async signedIn(signal) {
      session ??= await open(signal);
      return session;
    },
    get opened() {
      return session;
    },
    async close() {
      await session?.close();
      session = undefined;
    },
  };
}
