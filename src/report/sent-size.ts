const ENCODER = new TextEncoder();

/** The shortest line that an encoder fills: 76 characters (RFC 2045, 6.7), less one that it does not tear apart. */
const LINE_CHARACTERS = 73;

/** The characters for which mail libraries take base64 where the letters of ASCII are not more than they. */
const BEYOND_ASCII = /[^\t\n\r -\x7f]/g;

/**
 * Bytes of a text as a mail carries it, line breaks included: quoted-printable takes three for each byte beyond ASCII,
 * base64 four for every three of any kind.
 */
export function sentBytes(text: string): number {
  const bytes = ENCODER.encode(text);
  let quotedPrintable = 0;
  for (const byte of bytes) quotedPrintable += byte === 0x0a ? 2 : byte < 0x20 || byte === 0x3d || byte > 0x7e ? 3 : 1;
  const letters = text.match(/[a-z]/gi)?.length ?? 0;
  const beyondAscii = text.match(BEYOND_ASCII)?.length ?? 0;
  const base64 = beyondAscii < letters ? 0 : Math.ceil(bytes.length / 3) * 4;
  const encoded = Math.max(quotedPrintable, base64);
  return encoded + 3 * Math.ceil(encoded / LINE_CHARACTERS);
}
