import { withoutCredentials } from './hosts.ts';
import type { VerificationMode } from './types.ts';

/** One entry of `xpack.actions.customHostSettings`, as written. */
export interface CustomHostSetting {
  readonly url: string;
  readonly smtp?: { readonly ignoreTLS?: boolean; readonly requireTLS?: boolean };
  readonly ssl?: {
    readonly verificationMode?: VerificationMode;
    readonly certificateAuthoritiesFiles?: string | readonly string[];
    readonly certificateAuthoritiesData?: string;
  };
}

/** One entry, ready for use. */
export interface CustomHost {
  readonly smtp?: { readonly ignoreTls?: boolean; readonly requireTls?: boolean };
  readonly verificationMode?: VerificationMode;
  /** PEM; inline data first, then the files. Replaces the default trust store. */
  readonly ca?: string;
}

/** By canonical URL: `https://host:443`, `smtp://host:25`, lower case. */
export type CustomHosts = ReadonlyMap<string, CustomHost>;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'smtp:': 25 };
const PREFIX = 'In configuration xpack.actions.customHosts,';

/** `https` or `smtp`, a host as in a URL, a port; the form in which entries are stored and looked up. */
export function canonicalUrl(protocol: 'https:' | 'smtp:', host: string, port: number): string {
  return `${protocol}//${host.toLowerCase()}:${port}`;
}

/**
 * Checks and normalises the entries, in order. Nothing is fatal: an entry that cannot be used is dropped, one that can be
 * mended is kept, and `warn` hears about either in Kibana's words (which do say `customHosts`, not `customHostSettings`).
 * Credentials in a URL are blackened in the warnings.
 *
 * @param readFile reads one CA file (PEM); called once per file, here and never later
 */
export function prepareCustomHosts(
  list: readonly CustomHostSetting[],
  readFile: (path: string) => string,
  warn: (message: string) => void,
): CustomHosts {
  const hosts = new Map<string, CustomHost>();
  for (const entry of list) {
    const key = usableKey(entry.url, (text) => warn(`${PREFIX} ${text}`));
    if (key === undefined) continue;
    const smtp = smtpFlags(entry, key.startsWith('smtp:'), (text) => warn(`${PREFIX} ${text}`));
    if (hosts.has(key)) {
      warn(`${PREFIX} multiple URLs match the canonical url "${key}"; only the first will be used`);
      continue;
    }
    hosts.set(key, {
      smtp,
      verificationMode: entry.ssl?.verificationMode,
      ca: readAuthorities(entry.ssl, readFile, warn),
    });
  }
  return hosts;
}

/** The canonical URL of an entry, or undefined if the entry must be dropped. */
function usableKey(rawUrl: string, warn: (text: string) => void): string | undefined {
  const shown = withoutCredentials(rawUrl);
  let url: URL;
  try {
    url = new URL(rawUrl);
    // `smtp:` is no special scheme to the URL parser, so it lets an empty host pass.
    if (url.hostname === '' && url.protocol in DEFAULT_PORTS) throw new TypeError('Invalid URL');
  } catch (error) {
    warn(`invalid URL "${shown}", ignoring; error: ${(error as Error).message}`);
    return undefined;
  }
  const defaultPort = DEFAULT_PORTS[url.protocol];
  if (defaultPort === undefined) {
    warn(`unsupported protocol used in URL "${shown}", ignoring`);
    return undefined;
  }
  const port = url.port === '' ? defaultPort : Number(url.port);
  if (port === 0) {
    warn(`unable to determine port for URL "${shown}", ignoring`);
    return undefined;
  }
  if (url.username !== '' || url.password !== '') {
    warn(
      `URL "${shown}" contains authentication information which will be ignored, but should be removed from the configuration`,
    );
  }
  if (url.hash !== '') warn(`URL "${shown}" contains hash information which will be ignored`);
  if (url.pathname !== '' && url.pathname !== '/')
    warn(`URL "${shown}" contains path information which will be ignored`);
  return canonicalUrl(url.protocol as 'https:' | 'smtp:', url.hostname, port);
}

function smtpFlags(entry: CustomHostSetting, isSmtp: boolean, warn: (text: string) => void): CustomHost['smtp'] {
  if (entry.smtp === undefined) return undefined;
  const shown = withoutCredentials(entry.url);
  if (!isSmtp) {
    warn(`URL "${shown}" contains smtp properties but does not use smtp; ignoring smtp properties`);
    return undefined;
  }
  const { ignoreTLS, requireTLS } = entry.smtp;
  if (ignoreTLS && requireTLS) {
    warn(
      `URL "${shown}" cannot have both requireTLS and ignoreTLS set to true; using requireTLS: true and ignoreTLS: false`,
    );
    return { ignoreTls: false, requireTls: true };
  }
  return { ignoreTls: ignoreTLS, requireTls: requireTLS };
}

function readAuthorities(
  ssl: CustomHostSetting['ssl'],
  readFile: (path: string) => string,
  warn: (message: string) => void,
): string | undefined {
  const files = ssl?.certificateAuthoritiesFiles ?? [];
  const parts = ssl?.certificateAuthoritiesData === undefined ? [] : [ssl.certificateAuthoritiesData];
  for (const file of typeof files === 'string' ? [files] : files) {
    try {
      parts.push(readFile(file));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      warn(`error reading file "${file}" specified in xpack.actions.customHosts, ignoring: ${why}`);
    }
  }
  return parts.length === 0 ? undefined : parts.join('\n');
}
