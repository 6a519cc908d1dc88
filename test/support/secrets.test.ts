import { describe, expect, it } from '@jest/globals';
import { withoutSecrets } from '../../src/support/logger.ts';
import { receivedSecrets, rememberSecret } from '../../src/support/secrets.ts';

describe('a secret that was received', () => {
  it('is taken out of every text, in each spelling', () => {
    rememberSecret('otter & pond <token>');
    const spelled = [
      'otter & pond <token>',
      'otter%20%26%20pond%20%3Ctoken%3E',
      'otter+%26+pond+%3Ctoken%3E',
      'otter &amp; pond &lt;token&gt;',
      Buffer.from('otter & pond <token>').toString('base64'),
    ];
    expect(spelled.map((text) => withoutSecrets(`who knows ${text}?`, []))).toEqual(
      spelled.map(() => 'who knows [redacted]?'),
    );
  });

  it('is no word that may stand anywhere', () => {
    rememberSecret('delivery');
    expect(withoutSecrets('one delivery', [])).toBe('one delivery');
  });

  it('is forgotten once many newer ones came, so that a worker of many years keeps few', () => {
    for (let night = 0; night < 1000; night++) rememberSecret(`token of the night ${night}`);
    expect(withoutSecrets('token of the night 999', [])).toBe('[redacted]');
    expect(receivedSecrets().length).toBeLessThan(500);
  });
});
