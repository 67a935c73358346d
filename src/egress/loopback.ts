import type { OpenEgress } from './index.ts';

/** How connectors may reach this very machine. */
export interface Loopback {
  /** As it is written in a URL. */
  readonly host: string;
  /** Where a server must listen for that. */
  readonly address: string;
}

/** The address first: it needs no name to be resolved. */
const HOSTS = ['127.0.0.1', 'localhost'] as const;

/**
 * Whether the settings let connectors reach a server on the loopback interface: `allowedHosts`, the address rules, and no proxy
 * in between, whose loopback would be another machine's.
 *
 * @returns undefined when they do not
 */
export async function findLoopback({ assertHostAllowed, internals }: OpenEgress): Promise<Loopback | undefined> {
  for (const host of HOSTS) {
    try {
      assertHostAllowed(host);
      if (internals.proxyFor(host) !== undefined) continue;
      const [first] = await internals.resolveChecked(host);
      if (first !== undefined && isLoopback(first.address)) return { host, address: first.address };
    } catch {
      // Refused; the other one may be allowed.
    }
  }
  return undefined;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
