import type { Records } from './records.ts';
import type { OrgUser, UserState } from './token-endpoint.ts';

interface Place {
  readonly url: string;
  readonly organizationId: string;
}

/** What `/services/oauth2/userinfo` and the identity URL tell of a user. */
export function identityOf(user: OrgUser, place: Place): Record<string, unknown> {
  return {
    id: identityUrlOf(user, place),
    sub: identityUrlOf(user, place),
    user_id: user.id,
    organization_id: place.organizationId,
    preferred_username: user.username,
    username: user.username,
    active: true,
    urls: { rest: `${place.url}/services/data/v{version}/` },
  };
}

export function identityUrlOf(user: OrgUser, { url, organizationId }: Place): string {
  return `${url}/id/${organizationId}/${user.id}`;
}

export function addOrganization(records: Records, now: Date): string {
  return records.insert('Organization', {
    CreatedDate: now,
    LastModifiedDate: now,
    SystemModstamp: now,
    Name: 'Demo Org',
    InstanceName: 'DEMO1',
    IsSandbox: false,
    OrganizationType: 'Developer Edition',
    TimeZoneSidKey: 'Europe/London',
  });
}

export function addUser(
  records: Records,
  user: {
    readonly username: string;
    readonly state: UserState;
    readonly timeZone: string;
    readonly locale: string;
  },
  now: Date,
): string {
  return records.insert('User', {
    CreatedDate: now,
    LastModifiedDate: now,
    SystemModstamp: now,
    Username: user.username,
    Name: 'TLS Audit Integration',
    Email: user.username,
    IsActive: user.state !== 'inactive',
    UserType: 'Standard',
    TimeZoneSidKey: user.timeZone,
    LocaleSidKey: user.locale,
  });
}
