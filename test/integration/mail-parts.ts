// Reads a mail as a mail program does: headers unfolded, encoded words and transfer encodings decoded (RFC 2045, 2047).

export interface MailPart {
  /** Lower case, without parameters. */
  readonly type: string;
  readonly filename: string | undefined;
  readonly text: string;
}

export interface ParsedMail {
  /** Names in lower case, values decoded; where a name stands twice, both values. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The leaves, in order. */
  readonly parts: readonly MailPart[];
}

export function parseMail(raw: Buffer): ParsedMail {
  const { headers, body } = split(raw.toString('latin1'));
  return { headers, parts: partsOf(headers, body) };
}

/** Everything the mail says, headers and parts, decoded. */
export function wholeTextOf({ headers, parts }: ParsedMail): string {
  return [...[...headers.values()].flat(), ...parts.flatMap(({ filename, text }) => [filename ?? '', text])].join('\n');
}

/** The subject, and in brackets the day that a digest names in its first line: that of a usual night does not name it. */
export function subjectAndDay(raw: Buffer): string {
  const { headers, parts } = parseMail(raw);
  const [subject = ''] = headers.get('subject') ?? [];
  const day = /^[A-Z]+: (\w{3} \d+), \d{4} \(UTC\)/.exec(parts[0]?.text ?? '')?.[1];
  return day === undefined || subject.endsWith(`(${day})`) ? subject : `${subject} (${day})`;
}

function split(text: string): { headers: Map<string, string[]>; body: string } {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) throw new Error(`a mail part without an empty line: ${text.slice(0, 200)}`);
  const headers = new Map<string, string[]>();
  for (const line of text
    .slice(0, end)
    .replaceAll(/\r\n(?=[ \t])/g, '')
    .split('\r\n')) {
    const [, name = '', value = ''] = /^([^:\s]+):[ \t]*(.*)$/.exec(line) ?? [];
    if (name === '') throw new Error(`not a header: ${line}`);
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), decodeWords(value)]);
  }
  return { headers, body: text.slice(end + 4) };
}

function partsOf(headers: ReadonlyMap<string, readonly string[]>, body: string): MailPart[] {
  const [contentType = 'text/plain'] = headers.get('content-type') ?? [];
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (type.startsWith('multipart/')) {
    const boundary = parameter(contentType, 'boundary');
    if (boundary === undefined) throw new Error(`no boundary in ${contentType}`);
    const [, ...pieces] = `\r\n${body}`.split(`\r\n--${boundary}`);
    if (pieces.at(-1)?.startsWith('--') !== true) throw new Error(`the ${type} is not closed`);
    return pieces.slice(0, -1).flatMap((piece) => {
      const part = split(piece.replace(/^[ \t]*\r\n/, ''));
      return partsOf(part.headers, part.body);
    });
  }
  const [disposition = ''] = headers.get('content-disposition') ?? [];
  const [encoding = '7bit'] = headers.get('content-transfer-encoding') ?? [];
  return [{ type, filename: parameter(disposition, 'filename'), text: decode(body, encoding).toString('utf8') }];
}

function parameter(header: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]+))`, 'i').exec(header) ?? [];
  return quoted ?? bare;
}

function decode(body: string, encoding: string): Buffer {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(body, 'base64');
    case 'quoted-printable':
      return fromQuotedPrintable(body.replaceAll(/=[ \t]*\r\n/g, ''));
    case '7bit':
    case '8bit':
      return Buffer.from(body, 'latin1');
    default:
      throw new Error(`unknown transfer encoding ${encoding}`);
  }
}

function fromQuotedPrintable(text: string): Buffer {
  const bytes = text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

function decodeWords(value: string): string {
  return value
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, encoding: string, word: string) =>
      (encoding.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64')
        : fromQuotedPrintable(word.replaceAll('_', ' '))
      ).toString('utf8'),
    );
}
