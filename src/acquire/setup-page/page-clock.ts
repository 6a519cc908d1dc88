import { z } from 'zod';
import { AuditError, UsageError } from '../../support/errors.ts';
import type { Session } from '../session.ts';
import { soqlText } from '../soql.ts';
import type { PageClock } from './local-time.ts';
import type { SetupPageOptions } from './options.ts';

/** The resources of a version name the identity URL of who asks: `.../id/<organization>/<user>` (REST API Guide). */
const resourcesSchema = z.object({ identity: z.string().regex(/\/id\/\w{15,18}\/005\w{12,15}$/) });

const userSchema = z.object({ TimeZoneSidKey: z.string().min(1), LocaleSidKey: z.string().min(1) });

/**
 * How the page writes times for the user who is signed in. A page that reads 3/11 where 11/3 was meant, or local time
 * where GMT was meant, hands out the log of another time, and hours would be missing that no gap shows. So the org is
 * asked, and a locale or time zone other than that of the settings is refused.
 */
export async function readPageClock(
  org: Pick<Session, 'get' | 'query' | 'host'>,
  options: Pick<SetupPageOptions, 'locale' | 'timeZone' | 'dateTimeFormat'>,
  signal: AbortSignal,
): Promise<PageClock> {
  const { identity } = await org.get('', resourcesSchema, signal);
  const userId = identity.split('/').at(-1) ?? '';
  const soql = `SELECT TimeZoneSidKey, LocaleSidKey FROM User WHERE Id = ${soqlText(userId)}`;
  const [user] = await org.query(soql, userSchema, signal);
  if (user === undefined) {
    throw new AuditError(`asking ${org.host} for the time zone of the user: the user may not see its own record`, {
      remedy: 'Give the user the permission "Modify All Data", which email logs need anyway.',
    });
  }
  if (user.LocaleSidKey !== options.locale) {
    throw new UsageError(
      `source.setupPage.locale is ${options.locale}, but the locale of the user at ${org.host} is ${user.LocaleSidKey}`,
      {
        remedy:
          `Set the locale of the user to ${options.locale} in Setup > Users, or set source.setupPage.locale to ` +
          `${user.LocaleSidKey} and source.setupPage.dateTimeFormat to the way the page then writes times.`,
      },
    );
  }
  if (user.TimeZoneSidKey !== options.timeZone) {
    throw new UsageError(
      `source.setupPage.timeZone is ${options.timeZone}, but the time zone of the user at ${org.host} is ${user.TimeZoneSidKey}`,
      {
        remedy:
          `Set the time zone of the user to ${options.timeZone} in Setup > Users: in GMT there is no doubt what the page ` +
          `means. Or set source.setupPage.timeZone to ${user.TimeZoneSidKey}, after you saw that a requested log begins and ends on time.`,
      },
    );
  }
  return { timeZone: options.timeZone, format: options.dateTimeFormat };
}
