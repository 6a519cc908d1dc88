// Every pair of a text colour with `page` and `card` of its own scheme has a contrast of at least 4.5:1 (WCAG 2.2 AA).

export const LIGHT_COLORS = {
  page: '#f4f5f7',
  card: '#ffffff',
  text: '#1d2126',
  muted: '#586069',
  line: '#e1e4e8',
  pass: '#1a6b3c',
  fail: '#b3261e',
  inconclusive: '#855600',
  tls12: '#4a7fb5',
} as const;

export const DARK_COLORS = {
  page: '#121417',
  card: '#1c1f24',
  text: '#e8eaed',
  muted: '#a3abb5',
  line: '#353a42',
  pass: '#6bd39a',
  fail: '#ff8f85',
  inconclusive: '#f0c060',
  tls12: '#7fb2e5',
} as const;
