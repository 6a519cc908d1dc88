import type { NodemailerError } from 'nodemailer';
import type { SmtpOptions } from './smtp-options.ts';

/** What was found, as the end of a sentence that began with what was being done, and what to do about it. */
export interface Explanation {
  readonly found: string;
  readonly remedy: string;
}

/** Why OpenSSL and Node do not trust a certificate, by the error codes of `node:tls`. */
const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed and not trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a root certificate that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its issuer is not known here, or the server does not send the whole chain',
  UNABLE_TO_GET_ISSUER_CERT: 'its issuer is not known here, or the server does not send the whole chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its issuer is not known here, or the server does not send the whole chain',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet (or the clock of this machine is wrong)',
  CERT_REVOKED: 'it was revoked',
};

const CERTIFICATE_CODE = /CERT|_CA$|^CA_|^EE_|^INVALID_|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED/;
const VERSION_CODE = /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE/;
const NOT_TLS_CODE = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/;

/** Undefined where the failure is not about TLS. */
export function explainTlsFailure(error: NodemailerError, options: SmtpOptions): Explanation | undefined {
  return explainStarttls(error, options) ?? explainCertificate(error, options) ?? explainHandshake(error, options);
}

function explainStarttls(error: NodemailerError, { security }: SmtpOptions): Explanation | undefined {
  const code = error.responseCode;
  // A server that refuses EHLO has no way to offer an extension (RFC 5321 section 2.2.1).
  const onlyHelo = error.command === 'EHLO' && code !== undefined && code >= 500;
  if (code === undefined || (error.command !== 'STARTTLS' && !onlyHelo)) return undefined;
  if (code < 500 || security === 'none') {
    return {
      found: `the server offers STARTTLS but refuses it (${code}); nothing was sent`,
      remedy: 'Check the TLS set-up of the server. A refusal with a code below 500 is temporary: try again later.',
    };
  }
  return {
    found: 'the server does not offer STARTTLS, and an encrypted session is required; nothing was sent',
    remedy:
      'Enable STARTTLS on the server or use its port with TLS (mail.smtp.security: tls, usually port 465). Only for a ' +
      'server reached without leaving trusted ground: mail.smtp.security: none.',
  };
}

function explainCertificate(error: NodemailerError, options: SmtpOptions): Explanation | undefined {
  const code = error.originalCode ?? error.code ?? '';
  const known = Object.hasOwn(CERTIFICATE_PROBLEMS, code);
  const named = CERTIFICATE_CODE.test(code) && !code.startsWith('ERR_SSL_');
  if (error.responseCode !== undefined || !(known || named)) return undefined;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      found: `the server's certificate is not for ${options.host}; nothing was sent`,
      remedy:
        'Set mail.smtp.host to a name the certificate holds, or install a certificate for this name on the server.',
    };
  }
  return {
    found: `the server's certificate is not accepted: ${CERTIFICATE_PROBLEMS[code] ?? 'it is not valid'} (${code}); nothing was sent`,
    remedy:
      'Install a certificate from a known authority on the server, or name the authority that issued it in ' +
      'mail.smtp.caFile. mail.smtp.verifyCertificate: false accepts any certificate, also that of an eavesdropper.',
  };
}

function explainHandshake(error: NodemailerError, { minVersion, security }: SmtpOptions): Explanation | undefined {
  const code = error.originalCode ?? error.code ?? '';
  if (VERSION_CODE.test(code)) {
    return {
      found: `the server does not speak ${minVersion} or newer (${code}); nothing was sent`,
      remedy:
        minVersion === 'TLSv1.3'
          ? 'Enable TLS 1.3 on the server, or set mail.smtp.minVersion to TLSv1.2.'
          : 'Enable TLS 1.2 or 1.3 on the server: older versions are forbidden by RFC 8996.',
    };
  }
  if (NOT_TLS_CODE.test(code)) {
    return {
      found: `the server does not answer with TLS (${code}); nothing was sent`,
      remedy:
        security === 'tls'
          ? 'This port begins in plaintext: set mail.smtp.security to starttls, or use the port with TLS (usually 465).'
          : 'Check the TLS set-up of the server.',
    };
  }
  if (code.startsWith('ERR_SSL_') || error.code === 'ETLS') {
    return {
      found: `the TLS handshake failed${code === 'ETLS' ? '' : ` (${code})`}; nothing was sent`,
      remedy: 'Check the TLS set-up of the server: its certificate, versions and cipher suites.',
    };
  }
  return undefined;
}
