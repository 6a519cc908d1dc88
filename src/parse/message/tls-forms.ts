import { readVersionSpelling } from '../../model/message.ts';
import {
  ENCRYPTED,
  type Finding,
  finding,
  readBareVersion,
  readColons,
  readCourier,
  readPlainWords,
  readProductWith,
  readUsing,
  valueOf,
  wordsOfWith,
} from './form-readers.ts';
import { isCipherLike, isSuiteName } from './spelling.ts';

/**
 * One way in which servers write TLS into a Received header. To add a server, add a form here and an example of a
 * real header to test/parse/message/received-examples.txt: a test insists on one for every form.
 */
export interface TlsForm {
  readonly name: string;
  /** Servers seen writing it. */
  readonly servers: string;
  /**
   * `comment`: the words of one comment behind `by`. `words`: the bare words behind `by`. `client-comment`: a comment
   * between the name of the handing server and `by`; that server influences what stands around it, so such a form
   * must fit the whole comment. `client-words`: the words between the address that the receiving server saw and `by`.
   */
  readonly place: 'comment' | 'words' | 'client-comment' | 'client-words';
  readonly read: (words: readonly string[]) => Finding | undefined;
}

export const TLS_FORMS: readonly TlsForm[] = [
  {
    name: 'version=V cipher=C',
    servers: 'Exchange, Google, Yahoo, Sendmail, Proofpoint, Barracuda, FortiMail, Mimecast, Haraka, SmarterMail, IBM',
    place: 'comment',
    read: (words) => {
      if (!/^(?:tls_?)?(?:version|cipher)=/i.test(words[0] ?? '')) return undefined;
      const version = valueOf(words, /^(?:tls_?)?version=/i);
      const cipher = valueOf(words, /^(?:tls_?)?cipher=/i);
      return finding(version, cipher);
    },
  },
  {
    name: 'V:C:bits',
    servers: 'Exim (also cipher=V:C:bits), OpenSMTPD, MDaemon, KumoMTA, T-Online and qpsmtpd (V:C encrypted)',
    place: 'comment',
    read: (words) => {
      const [first = '', ...rest] = /^(?:tls_)?cipher:?$/i.test(words[0] ?? '') ? words.slice(1) : words;
      const plain = rest.length === 0 || (rest.length === 1 && /^encrypted$/i.test(rest[0] ?? ''));
      return plain ? readColons(first) : undefined;
    },
  },
  {
    name: 'V',
    servers: 'Exim 4.94 and newer, Halon: the suite follows as `tls C`',
    place: 'comment',
    read: ([version = '', ...rest]) =>
      rest.length === 0 && readVersionSpelling(version) ? finding(version, undefined) : undefined,
  },
  {
    name: 'V C',
    servers: 'mox, IndiMail (with bits=N); others with cipher=C',
    place: 'comment',
    read: ([version = '', named = '', bits = 'bits=0', ...rest]) => {
      const cipher = named.replace(/^cipher=/i, '');
      return rest.length === 0 && /^bits=\d+$/.test(bits) && readVersionSpelling(version) && isSuiteName(cipher)
        ? finding(version, cipher)
        : undefined;
    },
  },
  {
    name: 'product with V C N/N',
    servers: 'Cellopoint, which also calls itself Generic MTA; before 2020 `with TLS`',
    place: 'comment',
    read: readProductWith,
  },
  {
    name: 'C encrypted',
    servers: 'qmail patches (also `encrypted, authenticated`), qpsmtpd; GroupWise (TLS encrypted)',
    place: 'comment',
    read: ([what = '', ...rest]) => {
      if (!/^encrypted(?:, authenticated)?$/i.test(rest.slice(0, 3).join(' '))) return undefined;
      if (/^(?:TLS|SSL)$/i.test(what)) return ENCRYPTED;
      return isSuiteName(what) ? finding(undefined, what) : undefined;
    },
  },
  {
    name: 'using V with cipher C (behind by)',
    servers: 'Yandex, Kerio Connect, SMX, Proofpoint Essentials, Strato (also with a curve)',
    place: 'comment',
    read: readUsing,
  },
  {
    name: 'over P, V, envelope from',
    servers: 'chasquid: the suite stands before it as `tls C`',
    place: 'comment',
    read: (words) => {
      if (words[0] !== 'over' || words[3] !== 'envelope') return undefined;
      const version = (words[2] ?? '').replace(/,$/, '');
      return readVersionSpelling(version) ? finding(version, undefined) : undefined;
    },
  },
  {
    name: 'TLS: V,bits,C (behind by)',
    servers: 'McAfee Email Gateway',
    place: 'comment',
    read: readCourier,
  },
  {
    name: 'TLS',
    servers: 'Exchange 2010 and 2013 (TLS), IceWarp (SSL), Google (Google Transport Security)',
    place: 'comment',
    read: (words) =>
      /^(?:TLS|SSL|using TLS|Google Transport Security)$/i.test(words.slice(0, 4).join(' ')) ? ENCRYPTED : undefined,
  },
  {
    name: 'V and C among words about TLS',
    servers: 'any that no form above knows',
    place: 'comment',
    read: readPlainWords,
  },
  {
    name: 'with ESMTPS V',
    servers: 'Exim with received_header_text set: V or tls_cipher=V:C:bits behind the keyword',
    place: 'words',
    read: (words) => readBareVersion(wordsOfWith(words)),
  },
  {
    name: 'with ESMTP/TLS/C',
    servers: 'Cisco ESA',
    place: 'words',
    read: (words) => {
      for (const word of words) {
        const [keyword = '', tls = '', first = '', second = ''] = word.split('/');
        if (tls !== 'TLS' || !/^(?:UTF8)?(?:E?SMTP|LMTP)/i.test(keyword)) continue;
        if (readVersionSpelling(first)) return finding(first, isCipherLike(second) ? second : undefined);
        return finding(undefined, isCipherLike(first) ? first : undefined);
      }
      return undefined;
    },
  },
  {
    name: 'TLS version=V cipher=C',
    servers: 'OpenSMTPD until 6.5',
    place: 'words',
    read: (words) => {
      const at = words.findIndex((word, index) => word === 'TLS' && (words[index + 1] ?? '').startsWith('version='));
      if (at < 0) return undefined;
      const pairs = words.slice(at + 1, at + 5);
      return finding(valueOf(pairs, /^version=/), valueOf(pairs, /^cipher=/));
    },
  },
  {
    name: 'with C encrypted SMTP',
    servers: 'Symantec MessageLabs',
    place: 'words',
    read: (words) => {
      const at = words.findIndex((word, index) => /^encrypted$/i.test(word) && isSuiteName(words[index - 1] ?? ''));
      return at < 0 ? undefined : finding(undefined, words[at - 1]);
    },
  },
  {
    name: 'tls C',
    servers: 'Exim 4.94 and newer, Halon, chasquid',
    place: 'words',
    read: (words) => {
      const at = words.findIndex((word, index) => word === 'tls' && isSuiteName(words[index + 1] ?? ''));
      return at < 0 ? undefined : finding(undefined, words[at + 1]);
    },
  },
  {
    name: 'over TLS secured channel',
    servers: 'IIS and Exchange 2003',
    place: 'words',
    read: (words) => {
      const at = words.findIndex((word) => word.toLowerCase() === 'over');
      return at >= 0 && /^over TLS secured channel$/i.test(words.slice(at, at + 4).join(' ')) ? ENCRYPTED : undefined;
    },
  },
  {
    name: 'with ESMTPS',
    servers:
      'any: RFC 3848, RFC 6531 (UTF8SMTPS...); SMTPS of Google and Yahoo; ESMTP-TLS of CommuniGate Pro 3 and 4; ' +
      '`with STARTTLS` of Mimecast; `with TLS`',
    place: 'words',
    read: (words) =>
      wordsOfWith(words).some((word) => /^(?:(?:UTF8)?(?:E?SMTPS|LMTPS)A?|ESMTP-TLS|(?:START)?TLS)$/i.test(word))
        ? ENCRYPTED
        : undefined,
  },
  {
    name: 'using V with cipher C (before by)',
    servers: 'Postfix, Stalwart, Symantec MessageLabs, Symantec Messaging Gateway (V is TLS)',
    place: 'client-comment',
    read: readUsing,
  },
  {
    name: 'TLS: V,bits,C (before by)',
    servers: 'Courier; before 2007 under SSL:',
    place: 'client-comment',
    read: readCourier,
  },
  {
    name: 'Using TLS (before by)',
    servers: 'Mimecast until 2021',
    place: 'client-comment',
    read: (words) => (/^using TLS$/i.test(words.slice(0, 3).join(' ')) ? ENCRYPTED : undefined),
  },
  {
    name: 'de/crypted with V: C [N/N] DN=',
    servers: 's/qmail',
    place: 'client-words',
    read: ([state = '', with_ = '', version = '', cipher = '', bits = '', name = '']) =>
      state === 'de/crypted' &&
      with_ === 'with' &&
      version.endsWith(':') &&
      /^\[\w+\/\w+\]$/.test(bits) &&
      name.startsWith('DN=')
        ? finding(version.slice(0, -1), cipher)
        : undefined,
  },
];
