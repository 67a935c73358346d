import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { bareAddress } from './addresses.ts';
import type { ProxyRoute } from './internals.ts';
import { MAX_CONNECTIONS_PER_ORIGIN } from './options.ts';
import { cancelledError } from './problems.ts';
import { openTunnel, proxyError } from './proxy.ts';
import type { Resolver } from './resolve.ts';
import { tlsKey, toPreparedTls } from './tls.ts';
import type { TlsOptions } from './types.ts';

/** Hands out connection pools. Requests with equal TLS options and the same way out share connections. */
export interface Dispatchers {
  /** Fast for the plain case; costs one hash when `tls` is given. @throws {EgressError} `egress_tls` for unusable material */
  get(tls: TlsOptions | undefined, proxy: ProxyRoute | undefined, byOperator: boolean): Dispatcher;
  /** Cuts whatever is still in flight. */
  close(): Promise<void>;
  /** Number of pools beside the plain one; bounded. */
  readonly size: number;
}

/** Pools with TLS material of their own, e.g. one per connector with a client certificate. Least recently used go first. */
const MAX_SPECIAL_POOLS = 100;

interface Parts {
  readonly resolver: Resolver;
  /** Limit for one connection attempt, in ms; the request's own limit is kept by the client. */
  readonly connectTimeoutMs: number;
  /** The unchecked resolver, for origins that the operator named. */
  readonly operatorLookup: LookupFunction;
}

export function createDispatchers(parts: Parts): Dispatchers {
  const plain = createAgent(parts, undefined, undefined, false);
  const special = new Map<string, Dispatcher>();

  return {
    get(tls, proxy, byOperator) {
      if (tls === undefined && proxy === undefined && !byOperator) return plain;
      const way = byOperator ? 'operator' : proxy === undefined ? 'direct' : 'proxy';
      const key = `${way} ${tlsKey(tls)}`;
      let agent = special.get(key);
      if (agent === undefined) agent = createAgent(parts, tls, proxy, byOperator);
      else special.delete(key);
      // A Map keeps insertion order, so the first key is the one that was not used for the longest time.
      special.set(key, agent);
      if (special.size > MAX_SPECIAL_POOLS) {
        const [oldestKey, oldest] = special.entries().next().value!;
        special.delete(oldestKey);
        // Lets requests in flight end; it fails only if somebody closed it already.
        oldest.close().catch(() => undefined);
      }
      return agent;
    },
    async close() {
      const all = [plain, ...special.values()];
      special.clear();
      await Promise.all(all.map((agent) => agent.destroy(cancelledError())));
    },
    get size() {
      return special.size;
    },
  };
}

/**
 * undici's own timeouts are off: one timer per request rules everything (see http.ts). HTTP/2 is off, too: it gains
 * nothing for single calls and would double the ways in which an answer can be malformed.
 */
function createAgent(
  parts: Parts,
  tls: TlsOptions | undefined,
  proxy: ProxyRoute | undefined,
  byOperator: boolean,
): Agent {
  return new Agent({
    connections: MAX_CONNECTIONS_PER_ORIGIN,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: proxy === undefined ? directConnector(parts, tls, byOperator) : proxyConnector(parts, tls, proxy),
  });
}

/** Dials the addresses that the guard has seen, and only these; for the operator's own servers, whatever they resolve to. */
function directConnector(parts: Parts, tls: TlsOptions | undefined, byOperator: boolean): buildConnector.connector {
  const common = { allowH2: false, timeout: parts.connectTimeoutMs, autoSelectFamily: true, ...toPreparedTls(tls) };
  if (byOperator) {
    const unguarded = buildConnector({ ...common, lookup: parts.operatorLookup });
    return (options, callback) => unguarded(pinned(options), callback);
  }
  const guarded = buildConnector({ ...common, lookup: parts.resolver.lookup });
  return (options, callback) => {
    try {
      // Node dials a literal address without asking the lookup, so it is checked here.
      parts.resolver.assertLiteral(options.hostname);
      guarded(pinned(options), callback);
    } catch (error) {
      callback(error as Error, null);
    }
  };
}

/** https targets through a CONNECT tunnel; http targets on a plain connection to the proxy (the client writes the absolute URL). */
function proxyConnector(parts: Parts, tls: TlsOptions | undefined, proxy: ProxyRoute): buildConnector.connector {
  const timeoutMs = parts.connectTimeoutMs;
  const inTunnel = buildConnector({ allowH2: false, timeout: timeoutMs, ...toPreparedTls(tls) });
  const toProxy = buildConnector({ allowH2: false, timeout: timeoutMs, autoSelectFamily: true, ...proxy.tls });
  return (options, callback) => {
    if (options.protocol === 'https:') {
      openTunnel(proxy, { host: options.hostname, port: Number(options.port) || 443 }, { timeoutMs }).then(
        (httpSocket) => {
          try {
            inTunnel({ ...pinned(options), httpSocket }, callback);
          } catch (error) {
            httpSocket.destroy();
            callback(error as Error, null);
          }
        },
        (error: Error) => callback(error, null),
      );
      return;
    }
    const host = proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host;
    const address = {
      hostname: proxy.host,
      host: `${host}:${proxy.port}`,
      port: String(proxy.port),
      protocol: proxy.protocol,
    };
    toProxy(address, (error, socket) => {
      if (error === null) callback(null, socket);
      else callback(proxyError(error, proxy, timeoutMs), null);
    });
  };
}

/** undici takes the TLS server name from a `Host` header if there is one; the certificate must fit the URL instead. */
function pinned(options: buildConnector.Options): buildConnector.Options {
  const name = bareAddress(options.hostname);
  return { ...options, servername: isIP(name) === 0 ? name.replace(/\.$/, '') : undefined };
}
