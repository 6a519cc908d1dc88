import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';

/** Tells a watchdog service how the job goes, so that somebody notices when nothing is heard any more. */
export interface Heartbeat {
  ping(event: 'start' | 'success' | 'fail', text?: string): Promise<void>;
}

const MAX_TEXT = 10_000;

/**
 * Pings in the style of healthchecks.io: `URL/start`, `URL` and `URL/fail`, the text as body. A ping that fails is logged
 * and changes nothing; the URL is a secret and is never logged.
 */
export function createHeartbeat(url: string | undefined, timeoutMs: number, logger: Logger): Heartbeat {
  if (url === undefined) return { ping: () => Promise.resolve() };
  return {
    async ping(event, text = ''): Promise<void> {
      const address = new URL(url);
      if (event !== 'success') address.pathname = `${address.pathname.replace(/\/$/, '')}/${event}`;
      try {
        const response = await fetch(address, {
          method: 'POST',
          body: text.slice(0, MAX_TEXT),
          redirect: 'error',
          signal: AbortSignal.timeout(timeoutMs),
        });
        await response.body?.cancel();
        if (!response.ok) logger.warn('the heartbeat was not accepted', { event, status: response.status });
      } catch (error) {
        logger.warn('the heartbeat could not be sent', { event, reason: messageOf(error) });
      }
    },
  };
}
