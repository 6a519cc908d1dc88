import type { Report } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { dayText } from './dates.ts';
import { stateOfDay } from './page-charts.ts';
import { numberText } from './wording.ts';

/** One night as a bar: its height in tenths, and the sign the text twin shows. */
interface TrendBar {
  readonly state: 'clean' | 'violating' | 'doubt' | 'nodata';
  /** 1 to 10 by the number of violations; 1 where there is none. */
  readonly height: number;
  readonly sign: string;
}

export interface Trend {
  readonly bars: readonly TrendBar[];
  readonly first: string;
  readonly last: string;
  /** Says all that the picture says. */
  readonly sentence: string;
}

const SIGNS = { clean: '.', violating: '#', doubt: '?', nodata: ' ' } as const;
const MAX_NIGHTS = 30;

/** The last nights, the newest last; undefined while there are too few to show a trend. */
export function trendOf(report: Report): Trend | undefined {
  const days = (report.days ?? []).slice(-MAX_NIGHTS);
  const audited = days.filter(({ data }) => data !== 'none');
  const [first, last] = [days[0], days.at(-1)];
  if (audited.length < 2 || first === undefined || last === undefined) return undefined;
  const most = Math.max(1, ...days.map(({ violations }) => violations));
  const bars = days.map((day): TrendBar => {
    const state = stateOfDay(day);
    const height = state === 'violating' ? Math.max(2, Math.ceil((10 * day.violations) / most)) : 1;
    return { state, height, sign: SIGNS[state] };
  });
  const count = (state: TrendBar['state']): number => bars.filter((bar) => bar.state === state).length;
  const parts = [
    `${numberText(count('violating'))} with violations`,
    ...(count('violating') > 0 ? [`at most ${numberText(most)} a night`] : []),
    ...(count('doubt') > 0 ? [`${numberText(count('doubt'))} in doubt`] : []),
    ...(count('nodata') > 0 ? [`${numberText(count('nodata'))} without data`] : []),
  ];
  return {
    bars,
    first: dayText(first.day, report.window.from),
    last: dayText(last.day, report.window.from),
    sentence: `${countOf(days.length, 'night')}: ${parts.join(', ')}.`,
  };
}
