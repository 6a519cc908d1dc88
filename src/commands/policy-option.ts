import { DEFAULT_POLICY, type Policy } from '../model/policy.ts';
import { compareTlsVersions, parseTlsVersion, TLS_VERSIONS, type TlsVersion } from '../model/protocol.ts';
import { UsageError } from '../support/errors.ts';

/**
 * Reads `--minimum` and `--maximum` in any spelling of a version, also `1.2`.
 * @throws UsageError for no version, and where the minimum is newer than the maximum.
 */
export function readPolicy(
  options: { minimum?: string | undefined; maximum?: string | undefined },
  defaults: Policy = DEFAULT_POLICY,
): Policy {
  const minimum = options.minimum === undefined ? defaults.minimum : readVersion('--minimum', options.minimum);
  const maximum = options.maximum === undefined ? defaults.maximum : readVersion('--maximum', options.maximum);
  if (maximum !== null && compareTlsVersions(minimum, maximum) > 0) {
    const from = options.minimum === undefined ? ' (the default)' : '';
    throw new UsageError(`the minimum ${minimum}${from} is newer than the maximum ${maximum}: nothing could comply`, {
      remedy: 'For "only TLS 1.2" say --minimum TLSv1.2 --maximum TLSv1.2.',
    });
  }
  return { minimum, maximum };
}

function readVersion(option: string, text: string): TlsVersion {
  const version = parseTlsVersion(text) ?? parseTlsVersion(`TLSv${text}`);
  if (version !== undefined) return version;
  throw new UsageError(`${option} ${JSON.stringify(text)} is not a TLS version`, {
    remedy: `Use one of ${TLS_VERSIONS.join(', ')}.`,
  });
}
