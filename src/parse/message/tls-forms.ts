import { readVersionSpelling } from '../../model/message.ts';
import { isCipherLike, isSuiteName, isVersionLike } from './spelling.ts';

/** What one form found in a header; a version is kept as spelled. */
export interface Finding {
  readonly version: string | null;
  readonly cipher: string | null;
}

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
   * must fit the whole comment.
   */
  readonly place: 'comment' | 'words' | 'client-comment';
  readonly read: (words: readonly string[]) => Finding | undefined;
}

const ENCRYPTED: Finding = { version: null, cipher: null };

export const TLS_FORMS: readonly TlsForm[] = [
  {
    name: 'version=V cipher=C',
    servers: 'Exchange, Google, Yahoo, Sendmail, Proofpoint, Barracuda, FortiMail, Mimecast, Haraka, SmarterMail, IBM',
    place: 'comment',
    read: (words) => {
      if (!/^(?:version|tls_?version|cipher)=/i.test(words[0] ?? '')) return undefined;
      const version = valueOf(words, /^(?:tls_?)?version=/i);
      const cipher = valueOf(words, /^cipher=/i);
      return finding(version, cipher);
    },
  },
  {
    name: 'V:C:bits',
    servers: 'Exim, OpenSMTPD, MDaemon, T-Online and qpsmtpd (V:C encrypted)',
    place: 'comment',
    read: (words) => {
      const [first, ...rest] = /^cipher$/i.test(words[0] ?? '') ? words.slice(1) : words;
      const [version = '', cipher = '', ...more] = (first ?? '').split(':');
      const plain = rest.length === 0 || (rest.length === 1 && /^encrypted$/i.test(rest[0] ?? ''));
      if (!plain || more.length > 2 || !isVersionLike(version) || !isCipherLike(cipher)) return undefined;
      return finding(version, cipher);
    },
  },
  {
    name: 'V',
    servers: 'Exim 4.94 and newer, Halon: the suite follows as `tls C`',
    place: 'comment',
    read: (words) =>
      words.length <= 2 && readVersionSpelling(words.join(' ')) ? finding(words.join(' '), undefined) : undefined,
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
    servers: 'Yandex, Kerio Connect, Strato',
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
      'any: RFC 3848, RFC 6531 (UTF8SMTPS...); SMTPS of Google and Yahoo; `with STARTTLS` of Mimecast; `with TLS`',
    place: 'words',
    read: (words) => {
      let at = words.findIndex((word) => /^with$/i.test(word));
      for (; at >= 0 && at < words.length && !/^(?:id|for|via)$/i.test(words[at] ?? ''); at++) {
        if (/^(?:(?:UTF8)?(?:E?SMTPS|LMTPS)A?|(?:START)?TLS)$/i.test(words[at] ?? '')) return ENCRYPTED;
      }
      return undefined;
    },
  },
  {
    name: 'using V with cipher C (before by)',
    servers: 'Postfix, Stalwart, Symantec MessageLabs, Symantec Messaging Gateway (V is TLS)',
    place: 'client-comment',
    read: readUsing,
  },
  {
    name: 'TLS: V,bits,C (before by)',
    servers: 'Courier',
    place: 'client-comment',
    read: readCourier,
  },
  {
    name: 'Using TLS (before by)',
    servers: 'Mimecast until 2021',
    place: 'client-comment',
    read: (words) => (/^using TLS$/i.test(words.slice(0, 3).join(' ')) ? ENCRYPTED : undefined),
  },
];

function readUsing(words: readonly string[]): Finding | undefined {
  const [using = '', version = '', with_ = '', cipherWord = '', cipher = '', ...rest] = words;
  if (!/^using$/i.test(using) || !isVersionLike(version)) return undefined;
  if (words.length === 2) return readVersionSpelling(version) ? finding(version, undefined) : undefined;
  if (with_ !== 'with' || cipherWord !== 'cipher' || !isCipherLike(cipher)) return undefined;
  // Bits, key exchange, signature and digest, and nothing that a name or an address would bring.
  return rest.every((word) => /^[\w()./+-]*$/.test(word)) ? finding(version, cipher) : undefined;
}

/** The name of the product is a setting, so it can be any words; what it says about TLS ends the comment. */
function readProductWith(words: readonly string[]): Finding | undefined {
  const at = words.lastIndexOf('with');
  const [version = '', cipher = '', bits = '', ...rest] = words.slice(at + 1);
  if (at < 1 || rest.length > 0) return undefined;
  if (version === 'TLS' && cipher === '') return ENCRYPTED;
  return /^\d+\/\d+$/.test(bits) && isVersionLike(version) && isSuiteName(cipher)
    ? finding(version, cipher)
    : undefined;
}

function readCourier(words: readonly string[]): Finding | undefined {
  const last = words.at(-1) ?? '';
  const label = words.at(-2);
  if (label !== 'TLS:' || (words.length !== 2 && words[0] !== 'AUTH:')) return undefined;
  const [version = '', bits = '', cipher = '', ...rest] = last.split(',');
  if (rest.length > 0 || !isVersionLike(version) || !/^\d+bits$/.test(bits) || !isCipherLike(cipher)) return undefined;
  return finding(version, cipher);
}

/** The value of the first `key=value` whose key fits; the pairs end at the first word without `=`. */
function valueOf(words: readonly string[], key: RegExp): string | undefined {
  for (const word of words) {
    if (!word.includes('=')) return undefined;
    if (key.test(word)) return word.slice(word.indexOf('=') + 1).replace(/[,;]+$/, '');
  }
  return undefined;
}

function finding(version: string | undefined, cipher: string | undefined): Finding | undefined {
  const known = {
    version: version !== undefined && isVersionLike(version) ? version : null,
    cipher: cipher !== undefined && isCipherLike(cipher) ? cipher : null,
  };
  return known.version === null && known.cipher === null ? undefined : known;
}
