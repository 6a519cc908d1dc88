/** `NULL-SHA256`, `TLS_RSA_WITH_NULL_SHA`: such a suite checks what is sent and does not encrypt it (RFC 5246, A.5; RFC 9150). */
const NULL_SUITE = /(?:^|[-_])e?NULL(?:[-_]|$)|^TLS_SHA(?:256|384)_SHA/i;

export function isNullSuite(cipherSuite: string): boolean {
  return NULL_SUITE.test(cipherSuite);
}
