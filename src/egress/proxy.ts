import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { bareAddress } from './addresses.ts';
import { withoutCredentials } from './hosts.ts';
import type { ProxyRoute } from './internals.ts';
import type { EgressLog, EgressOptions } from './options.ts';
import { cancelledError, explain, timeoutError } from './problems.ts';
import { toNodeTls } from './tls.ts';
import { EgressError } from './types.ts';

/** Decides for a target's host name whether a proxy stands before it. */
export type ProxyRules = (host: string) => ProxyRoute | undefined;

/** Answers of a proxy are read up to here; then the tunnel counts as refused. */
const MAX_PROXY_HEADER_BYTES = 16_384;

/**
 * Compiles the proxy settings. Environment variables (`HTTP_PROXY`, …) are ignored, as in Kibana.
 *
 * A `proxyUrl` that cannot be used is warned about and then ignored: requests go directly. That is Kibana's behaviour, and
 * an operator's existing file must not stop working here; it opens nothing that `allowedHosts` and the address rules
 * would not allow anyway, because direct connections pass all of them. Who uses the proxy as a wall also blocks direct ways out in
 * the network.
 *
 * Names behind a proxy are resolved by the proxy, so of the address rules only those for literal addresses and for names
 * of metadata services can apply to such targets.
 */
export function createProxyRules(options: EgressOptions, log: EgressLog): ProxyRules {
  if (options.proxyUrl === undefined || options.proxyUrl === '') return () => undefined;
  const route = parseProxy(options.proxyUrl, options);
  if (route === undefined) {
    log.warn(`The configuration xpack.actions.proxyUrl: ${withoutCredentials(options.proxyUrl)} is invalid.`);
    log.warn(`invalid proxy URL "${withoutCredentials(options.proxyUrl)}" ignored`);
    return () => undefined;
  }
  const bypass = options.proxyBypassHosts;
  let only = options.proxyOnlyHosts;
  if (bypass !== undefined && only !== undefined) {
    log.warn(
      'The configurations xpack.actions.proxyBypassHosts and xpack.actions.proxyOnlyHosts can not be used at the same time. The configuration xpack.actions.proxyOnlyHosts will be ignored.',
    );
    only = undefined;
  }
  const bypassSet = new Set(bypass);
  const onlySet = only === undefined ? undefined : new Set(only);
  return (host) => {
    const bare = bareAddress(host);
    if (bypassSet.has(host) || bypassSet.has(bare)) return undefined;
    if (onlySet !== undefined && !onlySet.has(host) && !onlySet.has(bare)) return undefined;
    return route;
  };
}

function parseProxy(proxyUrl: string, options: EgressOptions): ProxyRoute | undefined {
  if (!URL.canParse(proxyUrl)) return undefined;
  const url = new URL(proxyUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const headers: Record<string, string> = {};
  if (url.username !== '' || url.password !== '') headers['Proxy-Authorization'] = basicOf(url);
  for (const [name, value] of Object.entries(options.proxyHeaders ?? {})) {
    // Written headers win over the URL's credentials, whatever their case.
    if (name.toLowerCase() === 'proxy-authorization') delete headers['Proxy-Authorization'];
    headers[name] = value;
  }
  return {
    protocol: url.protocol,
    host: bareAddress(url.hostname),
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    headers,
    tls: toNodeTls({ verificationMode: options.ssl?.proxyVerificationMode }),
  };
}

/** `Basic …` from the user name and password of a URL, UTF-8. A stray `%` stays as it is. */
export function basicOf(url: URL): string {
  const decode = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return `Basic ${Buffer.from(`${decode(url.username)}:${decode(url.password)}`, 'utf8').toString('base64')}`;
}

/**
 * Asks the proxy for a tunnel (`CONNECT host:port`, RFC 9110 section 9.3.6) and resolves with the raw socket.
 *
 * @throws {EgressError} `egress_proxy` if the proxy cannot be reached, refuses, or answers anything but 2xx;
 * `egress_timeout`; `cancelled`
 */
export function openTunnel(
  proxy: ProxyRoute,
  target: { host: string; port: number },
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<Socket> {
  const host = target.host.includes(':') && !target.host.startsWith('[') ? `[${target.host}]` : target.host;
  const authority = `${host}:${target.port}`;
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(cancelledError(options.signal));
    const request = (proxy.protocol === 'https:' ? https : http).request({
      host: proxy.host,
      port: proxy.port,
      method: 'CONNECT',
      path: authority,
      headers: { ...proxy.headers, Host: authority },
      agent: false,
      maxHeaderSize: MAX_PROXY_HEADER_BYTES,
      ...proxy.tls,
    });
    const fail = (error: EgressError) => {
      finish();
      request.destroy();
      reject(error);
    };
    const timer = setTimeout(() => fail(timeoutError(options.timeoutMs)), options.timeoutMs);
    const onAbort = () => fail(cancelledError(options.signal));
    const finish = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
    };
    options.signal?.addEventListener('abort', onAbort, { once: true });
    request.on('error', (error) => fail(proxyError(error, proxy, options.timeoutMs)));
    request.on('response', (response) => fail(tunnelRefused(response.statusCode, authority)));
    request.on('connect', (response, socket, head) => {
      finish();
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) {
        socket.destroy();
        return reject(tunnelRefused(status, authority));
      }
      if (head.length > 0) socket.unshift(head);
      socket.removeAllListeners('timeout');
      resolve(socket as Socket);
    });
    request.end();
  });
}

/** Wraps a failure on the way to the proxy, so that it does not read as one of the target. */
export function proxyError(error: unknown, proxy: ProxyRoute, timeoutMs: number): EgressError {
  const inner = explain(error, { host: proxy.host, port: proxy.port, timeoutMs });
  if (inner.code === 'egress_timeout' || inner.code === 'cancelled') return inner;
  const text = `the proxy of xpack.actions.proxyUrl (${proxy.host}:${proxy.port}) cannot be used: ${inner.message}`;
  return new EgressError('egress_proxy', text, { systemCode: inner.systemCode, cause: error });
}

function tunnelRefused(status: number | undefined, authority: string): EgressError {
  const advice =
    status === 407
      ? 'It wants credentials: give them in xpack.actions.proxyUrl or xpack.actions.proxyHeaders.'
      : 'Check that it may reach the target, or name the host in xpack.actions.proxyBypassHosts.';
  return new EgressError(
    'egress_proxy',
    `the proxy of xpack.actions.proxyUrl answered ${status} to CONNECT ${authority}. ${advice}`,
  );
}
