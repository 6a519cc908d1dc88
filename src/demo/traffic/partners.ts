/** Which TLS a recipient domain's mail servers take. */
export type Profile = 'modern' | 'mixed' | 'solid' | 'aging';

export interface Partner {
  readonly domain: string;
  readonly profile: Profile;
  /** Its share of the mail, relative to the others. */
  readonly weight: number;
}

/** Domains that break the policy in some nights of the demo. */
export const OFFENDERS = {
  /** Plaintext every day. */
  ongoing: 'oldtown-council.example',
  /** TLS 1.2 in the first week, plaintext from night 1 on. */
  begins: 'brightwater-logistics.example',
  /** Now and then plaintext in the first week, TLS ever after. */
  stops: 'northgate-clinic.example',
  /** TLS 1.0 every day. */
  weak: 'pension-archive.example',
} as const;

/** Domains whose certificates do not hold; those of all others do. */
export const UNVERIFIED = {
  /** Never did: issued by nobody the sender knows. */
  always: ['granite-quarries.example', 'inkwell-stationers.example', 'mail.staging.test'] as readonly string[],
  /** That of one of two servers. */
  half: ['dunmore-estates.example'] as readonly string[],
  /** Expires before night 2. */
  expires: 'beacon-charity.example',
};

/** Written as people write it, and as mail servers do (RFC 5890): one domain. */
export const INTERNATIONAL_DOMAIN = {
  unicode: 'bücher-müller.example',
  ascii: 'xn--bcher-mller-thbg.example',
} as const;

const MODERN = [
  'northwind-traders.example',
  'fabrikam-devices.example',
  'contoso-retail.example',
  'bluepeak-software.example',
  'lumen-analytics.example',
  'quarryhill-media.example',
  'saffron-foods.example',
  'evergreen-energy.example',
  'atlas-mapping.example',
  'silverline-travel.example',
  'kestrel-robotics.example',
  'harborview-hotels.example',
  'papertrail-legal.example',
  'meridian-insurance.example',
  'tidewater-bank.example',
];

const MIXED = [
  'greenfield-farms.example',
  'ironbridge-steel.example',
  'maple-street-school.example',
  'ridgeway-builders.example',
  'sunnyside-dental.example',
  'copperleaf-design.example',
  'eastgate-motors.example',
  'falconer-security.example',
  'glasshouse-events.example',
  'hillcrest-pharmacy.example',
  'juniper-textiles.example',
  'keystone-plumbing.example',
  'larkspur-florists.example',
  'millbrook-brewery.example',
  'nordlicht-reisen.example',
  'orchard-veterinary.example',
];

const SOLID = [
  'st-marys-hospital.example',
  'county-court.example',
  'riverside-university.example',
  'central-library.example',
  'transit-authority.example',
  'port-of-stonehaven.example',
  'unionworks.example',
  'valley-water.example',
  'westbrook-accountants.example',
  'yellowfin-seafood.example',
  'zenith-optics.example',
  'aldergrove-council.example',
  'beacon-charity.example',
  'cathedral-choir.example',
  'dunmore-estates.example',
];

const AGING = [
  'elmwood-printing.example',
  'foxglove-antiques.example',
  'granite-quarries.example',
  'heritage-railway.example',
  'inkwell-stationers.example',
];

const SANDBOXES = ['mail.staging.test', 'partners.test', 'qa-inbox.test', 'integration.test'];

export const PARTNERS: readonly [Partner, ...Partner[]] = [
  { domain: INTERNATIONAL_DOMAIN.unicode, profile: 'mixed', weight: 3 },
  ...profile('modern', MODERN, 12),
  ...profile('mixed', MIXED, 6),
  ...profile('solid', SOLID, 4),
  ...profile('aging', AGING, 2),
  ...profile('modern', SANDBOXES, 1),
];

/** The first of each kind are large partners. */
function profile(name: Profile, domains: readonly string[], weight: number): Partner[] {
  return domains.map((domain, index) => ({ domain, profile: name, weight: index < 2 ? weight * 3 : weight }));
}

const SUITES_13 = ['TLS_AES_256_GCM_SHA384', 'TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'] as const;
const SUITES_12 = [
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
] as const;
const SUITES_12_AGING = ['AES256-GCM-SHA384', 'ECDHE-RSA-AES256-SHA384', 'DHE-RSA-AES256-GCM-SHA384'] as const;

/** The TLS_Cipher values of each profile: `protocol:suite`. */
export const TLS_VALUES: Readonly<Record<Profile, readonly [string, ...string[]]>> = {
  modern: [`TLSv1.3:${SUITES_13[0]}`, `TLSv1.3:${SUITES_13[0]}`, `TLSv1.3:${SUITES_13[1]}`],
  mixed: [`TLSv1.3:${SUITES_13[0]}`, `TLSv1.3:${SUITES_13[2]}`, `TLSv1.2:${SUITES_12[0]}`, `TLSv1.2:${SUITES_12[1]}`],
  solid: [`TLSv1.2:${SUITES_12[0]}`, `TLSv1.2:${SUITES_12[0]}`, `TLSv1.2:${SUITES_12[2]}`],
  aging: [`TLSv1.2:${SUITES_12_AGING[0]}`, `TLSv1.2:${SUITES_12_AGING[1]}`, `TLSv1.2:${SUITES_12_AGING[2]}`],
};

/** What the weak offender speaks; OpenSSL calls TLS 1.0 `TLSv1`. */
export const WEAK_TLS_VALUE = 'TLSv1:ECDHE-RSA-AES256-SHA';
