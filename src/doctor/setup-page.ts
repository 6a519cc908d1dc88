import type { SetupPageCalibration } from '../acquire/setup-page/calibration.ts';
import { countOf } from '../support/plural.ts';
import { failure, ok, warning, type Finding } from './check.ts';

type LabelFinding = SetupPageCalibration['findings'][number];

const LOOK = 'Open the page in a browser and set them to what it shows (docs/setup-page.md); nothing was requested.';

/** What the browser saw of Setup > Email Log Files. A log is not requested, nor downloaded, for the sake of a check. */
export function setupPageFinding(calibration: SetupPageCalibration): Finding {
  const { findings, unlistedStatuses } = calibration;
  const seen = describe(calibration);
  const missing = findings.filter(({ status }) => status === 'missing');
  if (missing.length > 0 || unlistedStatuses.length > 0) {
    const labels = missing.map(({ setting, labels }) => `${setting} (looked for ${labels.map(quote).join(', ')})`);
    const statuses = unlistedStatuses.map((status) => `the status ${quote(status)}, which no setting lists`);
    return failure(`${seen}; not as the settings say: ${[...labels, ...statuses].join('; ')}`, LOOK);
  }
  const unknown = findings.filter(({ status }) => status === 'unknown');
  if (unknown.length === 0) return ok(seen);
  return warning(
    `${seen}; not known yet: ${unknown.map(({ setting, reason }) => `${setting} (${reason ?? 'not looked for'})`).join('; ')}`,
    'Request one Email Log by hand, wait until it is complete, and check again.',
  );
}

function describe({ place, timeZone, exampleTime, findings, requests }: SetupPageCalibration): string {
  const found = findings.flatMap(foundWhere);
  return (
    `setup-page is experimental: it was never seen against a real org; the browser is at ${place}; ` +
    `found ${found.length === 0 ? 'none of the labels' : found.join(', ')}; ${listed(requests)}; ` +
    `now is written ${quote(exampleTime)} (${timeZone})`
  );
}

function foundWhere({ setting, found }: LabelFinding): string[] {
  return found === undefined ? [] : [`${setting} ${quote(found.label)} in ${found.place}`];
}

function listed(requests: SetupPageCalibration['requests']): string {
  const [first] = requests;
  if (first === undefined) return 'no request is listed';
  const { start, end, status } = first;
  return `${countOf(requests.length, 'request is', 'requests are')} listed, the topmost from ${start} to ${end}: ${quote(status)}`;
}

function quote(text: string): string {
  return `"${text}"`;
}
