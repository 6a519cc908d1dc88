import { type Org, type OrgOptions, startOrg } from '../../src/demo/org.ts';

/**
 * The loopback org as tests want it: closing it fails where it was asked for something that a real org does not have or
 * would refuse, and where a fault that was planned met no request.
 */
export async function startStrictOrg(options: OrgOptions): Promise<Org> {
  const org = await startOrg(options);
  return {
    ...org,
    close: async () => {
      await org.close();
      const lines = [...surprisesOf(org), ...org.unusedFaults().map((fault) => `unused: ${JSON.stringify(fault)}`)];
      if (lines.length > 0) throw new Error(`the loopback org met what no test planned:\n${lines.join('\n')}`);
    },
  };
}

/** Requests that no real org would answer; what a fault led to is the fault's. */
function surprisesOf({ requests, unexpected }: Pick<Org, 'requests' | 'unexpected'>): string[] {
  const refused = requests.filter(
    ({ soql, status, fault }) => soql !== undefined && status === 400 && fault === undefined,
  );
  return [...unexpected, ...refused].map(({ method, path, status }) => `unexpected: ${method} ${path} (${status})`);
}
