import { createHash } from 'node:crypto';
import tls, { type ConnectionOptions } from 'node:tls';
import { type CustomHost, type CustomHosts, canonicalUrl } from './custom-hosts.ts';
import type { SmtpHostOptions } from './internals.ts';
import { EgressError, type TlsOptions, type VerificationMode } from './types.ts';

/** Which certificates are trusted for which target, from weakest to strongest: server-wide, per host, the connector's own. */
export interface TlsRules {
  /**
   * The TLS options for one https target: global mode, then the entry of `customHostSettings` (which wins in the
   * stricter direction too), then each of `overrides` in order. `undefined` stands for "nothing special", the case of
   * almost every request.
   */
  forHttps(host: string, port: number, overrides: readonly (TlsOptions | undefined)[]): TlsOptions | undefined;
  forSmtp(host: string, port: number): SmtpHostOptions;
  readonly hasCustomHosts: boolean;
}

export function createTlsRules(globalMode: VerificationMode | undefined, customHosts: CustomHosts): TlsRules {
  const base: TlsOptions | undefined =
    globalMode === undefined || globalMode === 'full' ? undefined : { verificationMode: globalMode };

  return {
    hasCustomHosts: customHosts.size > 0,
    forHttps(host, port, overrides) {
      const entry = customHosts.size === 0 ? undefined : customHosts.get(canonicalUrl('https:', host, port));
      let merged = entry === undefined ? base : over(base, fromEntry(entry));
      for (const override of overrides) merged = over(merged, override);
      return merged;
    },
    forSmtp(host, port) {
      const entry: CustomHost = customHosts.get(canonicalUrl('smtp:', host, port)) ?? {};
      return { ...entry.smtp, verificationMode: entry.verificationMode ?? globalMode ?? 'full', ca: entry.ca };
    },
  };
}

function fromEntry(entry: CustomHost): TlsOptions {
  return { verificationMode: entry.verificationMode, ca: entry.ca };
}

/** Lays `upper` over `lower`; members that are undefined do not cover anything. */
function over(lower: TlsOptions | undefined, upper: TlsOptions | undefined): TlsOptions | undefined {
  if (upper === undefined) return lower;
  const given = Object.entries(upper).filter(([, value]) => value !== undefined);
  return given.length === 0 ? lower : { ...lower, ...Object.fromEntries(given) };
}

/**
 * Node's options for `tls.connect`. `certificate` keeps the check of the chain and drops the one of the name; `ca`
 * replaces the default trust store, which is how Node treats it.
 */
export function toNodeTls(options: TlsOptions | undefined): ConnectionOptions {
  const { verificationMode, ...material } = options ?? {};
  return {
    ...material,
    rejectUnauthorized: verificationMode !== 'none',
    ...(verificationMode === 'certificate' ? { checkServerIdentity: () => undefined } : {}),
  };
}

/**
 * The same with the material parsed once, for many connections.
 *
 * @throws {EgressError} `egress_tls` if certificate, key, PFX and passphrase do not fit together
 */
export function toPreparedTls(options: TlsOptions | undefined): ConnectionOptions {
  const { ca, cert, key, pfx, passphrase, ...checks } = toNodeTls(options);
  try {
    return { ...checks, secureContext: tls.createSecureContext({ ca, cert, key, pfx, passphrase }) };
  } catch (cause) {
    // OpenSSL's reason ("mac verify failure") names no content of the files.
    const { reason, message, code } = cause as NodeJS.ErrnoException & { reason?: string };
    const text = `TLS cannot be set up: ${reason ?? message}. Check the certificate, key, PFX, CA and passphrase of the connector.`;
    throw new EgressError('egress_tls', text, { systemCode: code, cause });
  }
}

/** Drops what identifies us (client certificate, key, passphrase) and keeps what decides whom we trust. */
export function withoutClientCertificate(tls: TlsOptions | undefined): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  const { verificationMode, ca } = tls;
  return verificationMode === undefined && ca === undefined ? undefined : { verificationMode, ca };
}

/** A key for caches that tells TLS options apart without holding them: connections are shared only when it is equal. */
export function tlsKey(tls: TlsOptions | undefined): string {
  if (tls === undefined) return 'default';
  const hash = createHash('sha256');
  for (const part of [tls.verificationMode, tls.ca, tls.cert, tls.key, tls.pfx, tls.passphrase]) {
    const bytes = part === undefined ? '' : part;
    // The length in front keeps ("ab", "c") apart from ("a", "bc").
    hash.update(part === undefined ? '-;' : `${Buffer.byteLength(bytes)};`).update(bytes);
  }
  return hash.digest('base64');
}
