import { EgressError } from './types.ts';

/** The allow-list of target hosts (`xpack.actions.allowedHosts`), with Kibana's matching and texts. */
export interface HostRules {
  /** @throws {EgressError} `egress_host_not_allowed`: `target url "…" is not added to …` */
  assertUrl(url: string): void;
  /** The same for a URL that is parsed already; `text` is how it was written, for the refusal. */
  assertTarget(url: URL, text: string): void;
  /** For SMTP servers and redirects. @throws {EgressError} `egress_host_not_allowed`: `target hostname "…" …` */
  assertHost(host: string): void;
  /** True if the operator named exactly this origin (`https://es:9200`, default port left out) in the settings. */
  isOperatorOrigin(origin: string): boolean;
}

/**
 * `*` anywhere in the list allows everything; otherwise the host name must be equal to an entry, letter by letter (URL
 * parsing has lower-cased it, the entries stay as written, as in Kibana). A URL that does not parse is never allowed; one
 * without a host name only under `*`.
 */
export function createHostRules(allowedHosts: readonly string[], operatorOrigins: readonly string[] = []): HostRules {
  const hosts = new Set(allowedHosts);
  const any = hosts.has('*');
  const operators = new Set(operatorOrigins.map(originOf).filter((origin) => origin !== undefined));

  function isAllowed(host: string): boolean {
    // IPv6: people write the entry with the brackets of a URL or without.
    return any || hosts.has(host) || (host.startsWith('[') && hosts.has(host.slice(1, -1)));
  }

  function refuse(url: string): never {
    throw new EgressError(
      'egress_host_not_allowed',
      `target url "${withoutCredentials(url)}" is not added to the Kibana config xpack.actions.allowedHosts`,
    );
  }

  function assertTarget(url: URL, text: string): void {
    if (!isAllowed(url.hostname)) refuse(text);
  }

  return {
    assertTarget,
    assertUrl(url) {
      const parsed = parseLeniently(url);
      if (parsed instanceof URL) assertTarget(parsed, url);
      else if (parsed === undefined || !any) refuse(url);
    },
    assertHost(host) {
      if (isAllowed(host)) return;
      throw new EgressError(
        'egress_host_not_allowed',
        `target hostname "${host}" is not added to the Kibana config xpack.actions.allowedHosts`,
      );
    },
    isOperatorOrigin: (origin) => operators.has(origin),
  };
}

/** A URL's text with its user name and password blackened; other texts come back as they are. */
export function withoutCredentials(url: string): string {
  // Greedy up to the last "@" of the authority, because a password may hold one; backslashes count as slashes.
  return url.replace(/^([^/\\]*[/\\]{2})[^/\\?#]*@/, '$1●●●@');
}

/** Kibana takes `//host/x`; what has neither scheme nor `//` is a path, thus without a host name. */
function parseLeniently(url: string): URL | 'no host' | undefined {
  const text = url.startsWith('//') ? `http:${url}` : url;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed !== undefined) return parsed.hostname === '' ? 'no host' : parsed;
  return /^\s*([a-z][a-z0-9+.-]*:)?[/\\]{2}/i.test(url) ? undefined : 'no host';
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
