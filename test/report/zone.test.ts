import { describe, expect, it } from '@jest/globals';
import { renderDigest } from '../../src/report/digest.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { fail } from './samples.ts';

const ZONE = 'Europe/Amsterdam';
const digest = renderDigest(fail, { messageIdDomain: 'example.com', zone: ZONE });

describe.each([
  ['digest text', digest.text],
  ['digest HTML', digest.html],
  ['page', renderHtml(fail, ZONE)],
  ['terminal', renderTerminal(fail, { color: false, width: 80, zone: ZONE })],
])('a configured zone in the %s', (_, output) => {
  const words = output.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

  it('is named beside times, with UTC', () => {
    expect(words).toContain(`started 2026-11-23 03:00 ${ZONE} (02:00 UTC)`);
  });

  it('leaves days what they are, and says so', () => {
    expect(words).toContain('Nov 22, 2026 (UTC)');
    expect(words).toContain(
      `Days and windows are UTC days, as logs are written and coverage is kept; times of day are those of ${ZONE}.`,
    );
  });
});

it('shows when a sample went in both', () => {
  expect(digest.text.replace(/\s+/g, ' ')).toContain('2026-11-22 10:03 Europe/Amsterdam (09:03 UTC)');
});

it('names the zone of the times in the table of domains', () => {
  const page = renderHtml(fail, ZONE);
  expect(page).toContain('First and last (Europe/Amsterdam)');
  expect(page).toContain('2026-11-23 00:41');
});
