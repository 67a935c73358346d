import dns from 'node:dns';
import { readFileSync } from 'node:fs';
import net, { type LookupFunction, type Socket } from 'node:net';
import { bareAddress, createAddressGuard } from './addresses.ts';
import { prepareCustomHosts } from './custom-hosts.ts';
import { createDispatchers } from './dispatchers.ts';
import { createHostRules } from './hosts.ts';
import { createHttpClient } from './http.ts';
import type { EgressInternals } from './internals.ts';
import {
  DEFAULT_MAX_REDIRECTS,
  DEFAULT_MAX_RESPONSE_BYTES,
  DEFAULT_RESPONSE_TIMEOUT_MS,
  type EgressOptions,
} from './options.ts';
import { cancelledError, explain, timeoutError } from './problems.ts';
import { createProxyRules, openTunnel } from './proxy.ts';
import type { RequestDefaults } from './request.ts';
import { createResolver, type Resolver } from './resolve.ts';
import { createSmtpClient } from './smtp.ts';
import { createTlsRules, toNodeTls } from './tls.ts';
import { type Egress, EgressError } from './types.ts';

export type { EgressOptions } from './options.ts';
export { capture, createPreviewEgress, PreviewComplete, type PreviewEgress, type PreviewedRequest } from './preview.ts';
export { createRecorder, isSensitiveHeader, maskHeaders, type ReadableRecorder } from './recorder.ts';
export { createRedactor, MASK, type Redactor } from './redact.ts';

/** {@link Egress} with what its own folder needs of it; others use only the members of `Egress`. */
export interface OpenEgress extends Egress {
  readonly internals: EgressInternals;
  readonly defaults: RequestDefaults;
}

/**
 * Makes the only way out of the house. Settings that cannot be used but must not stop the server are warned about, once, here.
 *
 * @throws {TypeError} for an entry of `deniedAddresses` or `allowedAddresses` that is no address or range; the settings
 * loader checks them first, this is the net below it
 */
export function createEgress(options: EgressOptions = {}): OpenEgress {
  const log = options.log ?? { warn: () => undefined };
  const responseTimeoutMs = options.responseTimeout ?? DEFAULT_RESPONSE_TIMEOUT_MS;
  const hosts = createHostRules(options.allowedHosts ?? ['*'], options.operatorOrigins);
  const guard = createAddressGuard({ denied: options.deniedAddresses, allowed: options.allowedAddresses });
  const operatorLookup = options.lookup ?? (dns.lookup as LookupFunction);
  const resolver = createResolver(guard, operatorLookup);
  const customHosts = prepareCustomHosts(
    options.customHostSettings ?? [],
    options.readFile ?? ((path) => readFileSync(path, 'utf8')),
    (message) => log.warn(message),
  );
  const tlsRules = createTlsRules(options.ssl?.verificationMode, customHosts);
  const proxyFor = createProxyRules(options, log);
  const dispatchers = createDispatchers({ resolver, connectTimeoutMs: responseTimeoutMs, operatorLookup });

  const internals: EgressInternals = {
    log,
    responseTimeoutMs,
    assertHostAllowed: (host) => hosts.assertHost(host),
    resolveChecked: (host) => resolver.resolve(host),
    assertLiteralAllowed: (host) => resolver.assertUnresolved(host),
    proxyFor,
    openSocket(host, port, { timeoutMs = responseTimeoutMs, signal } = {}) {
      const proxy = proxyFor(host);
      if (proxy === undefined) return dial(resolver, host, port, timeoutMs, signal);
      try {
        resolver.assertUnresolved(host);
      } catch (error) {
        return Promise.reject(error);
      }
      return openTunnel(proxy, { host, port }, { timeoutMs, signal });
    },
    smtpOptionsFor: (host, port) => tlsRules.forSmtp(host, port),
    tlsOptions: toNodeTls,
    explain,
  };
  const defaults: RequestDefaults = { userAgent: options.userAgent ?? 'Patchbay' };
  const httpParts = {
    internals,
    hosts,
    dispatchers,
    tlsRules,
    maxResponseBytes: options.maxResponseContentLength ?? DEFAULT_MAX_RESPONSE_BYTES,
    maxRedirects: options.maxRedirects ?? DEFAULT_MAX_REDIRECTS,
    userAgent: defaults.userAgent,
  };

  return {
    internals,
    defaults,
    http: (scope) => createHttpClient(httpParts, scope),
    smtp: (server, scope) => createSmtpClient(server, scope, internals),
    assertUrlAllowed: (url) => hosts.assertUrl(url),
    assertHostAllowed: (host) => hosts.assertHost(host),
    close: () => dispatchers.close(),
  };
}

/** Connects to a checked address; `net.connect` tries the candidates of the checked lookup in turn. */
function dial(
  resolver: Resolver,
  host: string,
  port: number,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelledError(signal));
    const bare = bareAddress(host);
    // Node refuses NUL by throwing; the others are no part of any name either.
    if (/[\0-\x20\x7f]/.test(bare)) {
      const text = 'the host name contains a space or a control character; write it like mail.example.com';
      return reject(new EgressError('egress_url_invalid', text));
    }
    resolver.assertLiteral(bare);
    const socket = net.connect({ host: bare, port, lookup: resolver.lookup, autoSelectFamily: true });
    const finish = (error?: Error) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.removeListener('error', onError);
      if (error === undefined) return resolve(socket);
      socket.once('error', () => undefined).destroy();
      reject(error);
    };
    const onError = (error: Error) => finish(explain(error, { host: bare, port, timeoutMs }));
    const onAbort = () => finish(cancelledError(signal));
    const timer = setTimeout(() => finish(timeoutError(timeoutMs)), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('error', onError);
    socket.once('connect', () => finish());
  });
}
