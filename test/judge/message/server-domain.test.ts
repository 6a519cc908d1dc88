import { expect, it } from '@jest/globals';
import { serverDomain } from '../../../src/judge/message/server-domain.ts';
import { readHeaders } from '../../../src/parse/message/headers.ts';

const BY = 'by mx1.mta.salesforce.com (envelope-from <ann@acme.example>) (ecelerity 4.2.38) with ESMTPS id A1; x';

function domainOf(from: string, by = BY): string {
  const inside = 'Received: from [10.0.0.1] (helo=core) by app.salesforce.com with SMTP id 0; x\r\n';
  return serverDomain(readHeaders(`${inside}Received: from ${from} ${by}\r\nMessage-ID: <1@acme.example>\r\n`).hops);
}

it.each([
  ['mail-ot1-f52.google.com (mail-ot1-f52.google.com [192.0.2.1])', 'google.com'],
  ['NAM11.outbound.protection.outlook.com ([192.0.2.1])', 'outbound.protection.outlook.com'],
  ['[192.0.2.1] ([192.0.2.1:4321] helo=mail.acme.example)', 'acme.example'],
  ['acme.example (acme.example [192.0.2.1])', 'acme.example'],
  ['acme.co.uk (acme.co.uk [192.0.2.1])', 'acme.co.uk'],
  ['mail.acme.co.uk (mail.acme.co.uk [192.0.2.1])', 'acme.co.uk'],
  ['localhost (mail.acme.example [192.0.2.1])', 'acme.example'],
  ['[192.0.2.1] ([192.0.2.1:4321] helo=[192.0.2.1])', '[192.0.2.1]'],
  ['nobody ([IPv6:2001:DB8::1])', '[2001:db8::1]'],
  [`${'a'.repeat(300)}.example ([192.0.2.1])`, '[192.0.2.1]'],
  ['[192.0.2.1] ([192.0.2.1:4321] helo=x.salesforce.com)', '[192.0.2.1]'],
  ['[192.0.2.1] ([192.0.2.1:4321] helo=x) ([10.0.0.1])', 'unknown'],
])('%s is %s', (from, domain) => {
  expect(domainOf(from)).toBe(domain);
});

it('is unknown where no header tells who handed the message to Salesforce', () => {
  expect(domainOf('mail.acme.example (mail.acme.example [192.0.2.1])', 'by mx.other.example with ESMTP id 1; x')).toBe(
    'unknown',
  );
  expect(serverDomain([])).toBe('unknown');
});

it('is never a person’s address', () => {
  expect(domainOf('ann@acme.example ([192.0.2.1])')).not.toContain('@');
});
