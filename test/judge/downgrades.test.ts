import { describe, expect, it } from '@jest/globals';
import { protectionChanges } from '../../src/judge/downgrades.ts';
import type { ProtectionDay } from '../../src/model/history.ts';
import type { Downgrade } from '../../src/model/report.ts';
import { type DatedRow, tallyOf } from './rows.ts';

/** How a day's mail was protected, in short: `2V 1U 1P 1?` are verified, unverified, plaintext and unrecognised deliveries. */
type ShortDay = readonly [day: string, deliveries: string];

const USED = { V: 'TLSv1.2:A', U: 'TLSv1.2:A', T: 'TLSv1.2:A', W: 'TLSv1:A', P: ':', '?': 'UNKNOWN' };
const WORDS: Readonly<Record<string, string>> = { V: 'Verified', U: 'Unverified', P: 'Unverified' };

function rowsOf([day, deliveries]: ShortDay, domain: string): DatedRow[] {
  return deliveries.split(' ').flatMap((text) => {
    const kind = text.slice(-1) as keyof typeof USED;
    const row = { time: `2026-11-${day}T10:00:00Z`, domain, tlsCipher: USED[kind], tlsVerified: WORDS[kind] ?? '' };
    return Array.from({ length: Number(text.slice(0, -1)) }, () => row);
  });
}

function pastOf([day, deliveries]: ShortDay): ProtectionDay {
  const count = (kind: string): number =>
    Number(
      deliveries
        .split(' ')
        .find((text) => text.endsWith(kind))
        ?.slice(0, -1) ?? 0,
    );
  const [verifiedTls, unverifiedTls, plaintext, unrecognised] = [count('V'), count('U'), count('P'), count('?')];
  const all = verifiedTls + unverifiedTls + plaintext + unrecognised + count('T') + count('W');
  return { day: `2026-11-${day}`, deliveries: all, plaintext, unrecognised, verifiedTls, unverifiedTls };
}

function changesOf(
  past: readonly ShortDay[],
  window: readonly ShortDay[],
  domain = 'acme.example',
  comparedFrom?: string,
) {
  const exposed = new Set(past.some(([, deliveries]) => /[UP]/.test(deliveries)) ? [domain] : []);
  const history = { daysOf: () => past.map(pastOf), exposed, comparedFrom };
  return protectionChanges(history, tallyOf(window.flatMap((day) => rowsOf(day, domain))));
}

function lossesOf(past: readonly ShortDay[], window: readonly ShortDay[], domain = 'acme.example'): Downgrade[] {
  return changesOf(past, window, domain).downgrades;
}

/** `plaintext 01>03 2/5 all`: the days until and since, the deliveries, and how much was protected before. */
function textsOf(past: readonly ShortDay[], window: readonly ShortDay[]): string[] {
  return lossesOf(past, window).map(({ kind, until, since, exposed, before, toldFrom }) => {
    const told = toldFrom === undefined ? '' : ` from ${toldFrom.slice(8)}`;
    return `${kind} ${until.slice(8)}>${since.slice(8)} ${exposed?.deliveries}/${exposed?.of} ${before}${told}`;
  });
}

describe('a loss of TLS', () => {
  it.each<[string, ShortDay[], ShortDay[], string]>([
    ['after a protected day', [['01', '1T']], [['03', '1P']], 'plaintext 01>03 1/1 all'],
    ['of some of the mail', [['01', '9T']], [['03', '298T 2P']], 'plaintext 01>03 2/300 all'],
    [
      'that goes on since an earlier day, and is counted since then',
      [
        ['01', '1T'],
        ['02', '4T 1P 7?'],
      ],
      [['03', '2T 1P']],
      'plaintext 01>02 2/8 all',
    ],
    [
      'after weak TLS: any TLS is more than none',
      [],
      [
        ['03', '1W'],
        ['04', '1P'],
      ],
      'plaintext 03>04 1/1 all',
    ],
    [
      'within the window, although a later day is protected again',
      [],
      [
        ['03', '1T'],
        ['04', '1P'],
        ['05', '1T'],
      ],
      'plaintext 03>04 1/1 all',
    ],
    [
      'again, after it was repaired in the window',
      [
        ['01', '1T'],
        ['02', '1P'],
      ],
      [
        ['03', '1T'],
        ['04', '1P'],
      ],
      'plaintext 03>04 1/1 all',
    ],
    [
      'of the rest, where some was lost before',
      [
        ['01', '9T'],
        ['02', '499T 1P'],
      ],
      [['03', '10P']],
      'plaintext 02>03 10/10 some',
    ],
  ])('is told %s', (_, past, window, expected) => {
    expect(textsOf(past, window)).toEqual([expected]);
  });

  it.each<[string, ShortDay[], ShortDay[]]>([
    ['a domain never seen before', [], [['03', '1P']]],
    ['a domain that always got some plaintext', [], [['03', '1P 1T']]],
    ['a domain that stays protected', [['01', '1T']], [['03', '1T']]],
    ['a value nobody knows', [['01', '1T']], [['03', '1?']]],
    [
      'a day before with unrecognised values alone',
      [],
      [
        ['02', '1?'],
        ['03', '1P'],
      ],
    ],
    ['TLS that got weaker: it is a violation, not plaintext', [['01', '1T']], [['03', '1W']]],
    [
      'a domain without mail in the window',
      [
        ['01', '1T'],
        ['02', '1P'],
      ],
      [],
    ],
  ])('is not told of %s', (_, past, window) => {
    expect(textsOf(past, window)).toEqual([]);
  });
});

const STEADY: ShortDay[] = [
  ['01', '5V'],
  ['02', '5V'],
  ['03', '5V'],
];

describe('a loss of verification', () => {
  it.each<[string, ShortDay[], ShortDay[], string]>([
    ['after days on which all was verified', STEADY, [['05', '2U']], 'unverified 03>05 2/2 all'],
    ['of one of many', STEADY, [['05', '499V 1U']], 'unverified 03>05 1/500 all'],
    ['where days say nothing in between', [...STEADY, ['04', '8T']], [['05', '1U']], 'unverified 03>05 1/1 all'],
    [
      'where the days that make it steady lie in the window',
      [['01', '1V']],
      [
        ['02', '1V'],
        ['03', '1V'],
        ['05', '1U'],
      ],
      'unverified 03>05 1/1 all',
    ],
    [
      'as one loss, where it comes and goes before it held for three days again',
      [...STEADY, ['04', '499V 1U'], ['05', '500V'], ['06', '500V']],
      [['07', '250V 250U']],
      'unverified 03>04 251/2000 all',
    ],
    [
      'anew, where it held for three days again',
      [...STEADY, ['04', '1U'], ['05', '1V'], ['06', '1V'], ['07', '1V']],
      [['08', '1V 2U']],
      'unverified 07>08 2/3 all',
    ],
    [
      'beside a little plaintext: what goes by TLS lost its certificate all the same',
      [...STEADY, ['04', '9V 1P']],
      [['05', '9U 1P']],
      'plaintext 03>04 2/20 all; unverified 04>05 9/9 all',
    ],
  ])('is told %s', (_, past, window, expected) => {
    expect(textsOf(past, window).join('; ')).toBe(expected);
  });

  it.each<[string, ShortDay[], ShortDay[]]>([
    ['one that never was verified', [['01', '9U']], [['03', '9U']]],
    ['one the log is silent about', STEADY, [['04', '1T']]],
    ['plaintext that never had a certificate', [['01', '3V 2P'], ...STEADY.slice(1)], [['04', '3V 2P']]],
    [
      'one that comes and goes with the server its few mails meet',
      [
        ['01', '1V'],
        ['02', '1V'],
      ],
      [
        ['03', '1U'],
        ['04', '1V'],
        ['05', '1U'],
      ],
    ],
  ])('is not told of %s', (_, past, window) => {
    expect(textsOf(past, window).filter((text) => text.startsWith('unverified'))).toEqual([]);
  });
});

describe('a certificate of which some mail never was sure', () => {
  const MIXED: ShortDay[] = [
    ['01', '5V 1U'],
    ['02', '1V'],
    ['03', '5V 1U'],
  ];

  it('is told as lost when none of ten deliveries was verified', () => {
    expect(textsOf(MIXED, [['04', '9U']])).toEqual([]);
    expect(textsOf(MIXED, [['04', '10U']])).toEqual(['unverified 03>04 10/10 some']);
    expect(textsOf([...MIXED, ['04', '9U']], [['05', '1U']])).toEqual(['unverified 03>04 10/10 some from 05']);
  });

  it('is told as lost when none was on three days with mail', () => {
    const [first, second, third]: ShortDay[] = [
      ['04', '1U'],
      ['06', '1U'],
      ['09', '1U'],
    ];
    expect(textsOf([...MIXED, first!], [second!])).toEqual([]);
    expect(textsOf([...MIXED, first!, second!], [third!])).toEqual(['unverified 03>04 3/3 some from 09']);
    // Told again on the days after, as the same loss.
    expect(textsOf([...MIXED, first!, second!, third!], [['10', '2U']])).toEqual(['unverified 03>04 5/5 some from 09']);
  });

  it('is a loss of its own where some was lost before: the share of weeks does not hide it', () => {
    const past: ShortDay[] = [...STEADY, ['04', '499V 1U'], ['05', '499V 1U']];
    expect(textsOf(past, [['06', '500U']])).toEqual(['unverified 05>06 500/500 some']);
  });
});

it('stands after the losses of TLS, and the newest loss first; a domain that lost TLS is told once', () => {
  const rows = [
    ...rowsOf(['04', '1U'], 'a.example'),
    ...rowsOf(['04', '1P'], 'b.example'),
    ...rowsOf(['04', '1P'], 'c.example'),
  ];
  const past = (domain: string) => [
    ...STEADY.slice(0, domain === 'b.example' ? 2 : 3),
    ...(domain === 'b.example' ? [['03', '1P'] as const] : []),
  ];
  expect(
    protectionChanges(
      { daysOf: (domain) => past(domain).map(pastOf), exposed: new Set() },
      tallyOf(rows),
    ).downgrades.map(({ domain, kind }) => `${domain} ${kind}`),
  ).toEqual(['c.example plaintext', 'b.example plaintext', 'a.example unverified']);
});

it('looks up the past of those domains only of which some mail was not protected, now or before', () => {
  const asked: string[] = [];
  const past = (domain: string) => {
    asked.push(domain);
    return [];
  };
  const rows = ['a.example', 'c.example'].flatMap((domain) => rowsOf(['04', '1V'], domain));
  protectionChanges(
    { daysOf: past, exposed: new Set(['c.example', 'without-mail.example']) },
    tallyOf([...rows, ...rowsOf(['04', '1U'], 'b.example')]),
  );
  expect(asked.sort()).toEqual(['b.example', 'c.example']);
});

describe('a protection that is whole again', () => {
  const HELD: ShortDay[] = [
    ['01', '2V'],
    ['02', '2V'],
    ['03', '2V'],
  ];
  it.each<[string, ShortDay[], ShortDay[], string[]]>([
    [
      'TLS, the first day on which all is',
      [
        ['01', '1T'],
        ['02', '1P'],
      ],
      [['03', '1T']],
      ['plaintext since 02, all on 03'],
    ],
    [
      'TLS, although it is weak',
      [
        ['01', '1T'],
        ['02', '1P'],
      ],
      [['03', '1W']],
      ['plaintext since 02, all on 03'],
    ],
    [
      'a certificate, the third day in a row on which all is verified',
      [...HELD, ['04', '2U'], ['05', '2V'], ['06', '2V']],
      [['08', '1V']],
      ['unverified since 04, all on 08'],
    ],
    ['not on the second', [...HELD, ['04', '2U'], ['05', '2V']], [['06', '2V']], []],
    ['only once', [...HELD, ['04', '2U'], ['05', '2V'], ['06', '2V'], ['07', '2V']], [['08', '2V']], []],
    [
      'not by a day that tells nothing',
      [
        ['01', '1T'],
        ['02', '1P'],
      ],
      [['03', '4?']],
      [],
    ],
    ['not where it was never lost', [['01', '1P']], [['02', '1T']], []],
    [
      'not where nothing was verified and some is again, while not all is',
      [...HELD, ['04', '1U 1V'], ['05', '10U']],
      [['06', '1V 1U']],
      [],
    ],
    [
      'some of it, where not all ever was',
      [
        ['01', '1V 1U'],
        ['02', '10U'],
      ],
      [['03', '1V 1U']],
      ['unverified since 02, some on 03'],
    ],
    [
      'some of it, while all is on fewer days than it takes',
      [
        ['01', '1V 1U'],
        ['02', '10U'],
      ],
      [['03', '2V']],
      ['unverified since 02, some on 03'],
    ],
    [
      'all of it, once all is on as many days as it takes: some of it was no end',
      [
        ['01', '1V 1U'],
        ['02', '10U'],
        ['03', '1V 1U'],
        ['04', '2V'],
        ['05', '2V'],
      ],
      [['06', '2V']],
      ['unverified since 02, all on 06'],
    ],
    [
      'all of it, and not the part of it before, where both are in the window',
      [
        ['01', '1V 1U'],
        ['02', '10U'],
      ],
      [
        ['03', '2V'],
        ['04', '2V'],
        ['05', '2V'],
      ],
      ['unverified since 02, all on 05'],
    ],
    [
      'all of it once, where it was lost more than once before',
      [
        ['01', '1V 1U'],
        ['02', '10U'],
        ['03', '1V 1U'],
        ['04', '10U'],
        ['05', '2V'],
        ['06', '2V'],
      ],
      [
        ['07', '2V'],
        ['08', '2V'],
      ],
      ['unverified since 04, all on 07'],
    ],
    [
      'TLS, of which none was: all of it, after some of it',
      [
        ['01', '1T 1P'],
        ['02', '10P'],
        ['03', '1T 1P'],
      ],
      [['04', '2W']],
      ['plaintext since 02, all on 04'],
    ],
    [
      'not where some never was verified, and none was lost',
      [
        ['01', '1V 1U'],
        ['02', '2V'],
        ['03', '2V'],
      ],
      [['04', '2V']],
      [],
    ],
    [
      'within the window, though it was lost in it too',
      [['01', '1T']],
      [
        ['02', '1P'],
        ['03', '1T'],
      ],
      ['plaintext since 02, all on 03'],
    ],
    [
      'not where it is lost again at its end',
      [
        ['01', '1T'],
        ['02', '1P'],
      ],
      [
        ['03', '1T'],
        ['04', '1P'],
      ],
      [],
    ],
  ])('is told: %s', (_, past, window, expected) => {
    expect(
      changesOf(past, window).restored.map(
        ({ kind, since, now, on }) => `${kind} since ${since.slice(8)}, ${now} on ${on.slice(8)}`,
      ),
    ).toEqual(expected);
  });
});

describe('what began on days that only a first run told of', () => {
  const PAST: ShortDay[] = [
    ['01', '1T'],
    ['02', '1P'],
  ];
  it('is told of from the first day after them on which it shows, and once', () => {
    expect(changesOf(PAST, [['04', '1P']], 'acme.example', '2026-11-04').downgrades).toMatchObject([
      { since: '2026-11-02', toldFrom: '2026-11-04' },
    ]);
    expect(changesOf([...PAST, ['04', '1P']], [['05', '1P']], 'acme.example', '2026-11-04').downgrades).toMatchObject([
      { since: '2026-11-02', toldFrom: '2026-11-04' },
    ]);
    expect(changesOf(PAST, [['04', '1P']], 'acme.example', '2026-11-02').downgrades).toMatchObject([
      { since: '2026-11-02' },
    ]);
    expect(changesOf(PAST, [['04', '1P']], 'acme.example', '2026-11-02').downgrades[0]).not.toHaveProperty('toldFrom');
  });

  it('is told to be whole again though some of it was before: somebody was told that none was', () => {
    const past: ShortDay[] = [
      ['01', '1V 1U'],
      ['02', '10U'],
      ['03', '1V 1U'],
      ['04', '1V'],
      ['05', '1V'],
    ];
    const restored = (comparedFrom: string) =>
      changesOf(past, [['06', '1V']], 'acme.example', comparedFrom).restored.map(({ since, on }) => `${since} ${on}`);
    expect(restored('2026-11-02')).toEqual(['2026-11-02 2026-11-06']);
    // On the third, the first day that was compared, some was verified again: it was no loss any more.
    expect(restored('2026-11-03')).toEqual([]);
    expect(restored('2026-11-04')).toEqual([]);
  });

  it('is not told to be whole again where nobody was told that it was not', () => {
    expect(changesOf(PAST, [['04', '1T']], 'acme.example', '2026-11-04').restored).toEqual([]);
    expect(changesOf([...PAST, ['04', '1P']], [['05', '1T']], 'acme.example', '2026-11-04').restored).toHaveLength(1);
  });
});
