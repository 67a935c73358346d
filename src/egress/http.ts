import { errorText } from '../errors.ts';
import { bareAddress } from './addresses.ts';
import { decompress, toJson, toText } from './body.ts';
import type { Dispatchers } from './dispatchers.ts';
import { exchange, fire, type Interrupt, type RawAnswer } from './exchange.ts';
import type { HostRules } from './hosts.ts';
import type { EgressInternals, ProxyRoute } from './internals.ts';
import { cancelledError, timeoutError } from './problems.ts';
import { nextHop, redirectTarget } from './redirects.ts';
import { type PreparedRequest, prepareRequest } from './request.ts';
import { type TlsRules, withoutClientCertificate } from './tls.ts';
import {
  EgressError,
  type EgressScope,
  type HttpClient,
  type HttpRequestOptions,
  type HttpResponse,
  type TlsOptions,
} from './types.ts';

/** What the HTTP client works with; one a process. */
export interface HttpParts {
  readonly internals: EgressInternals;
  readonly hosts: HostRules;
  readonly dispatchers: Dispatchers;
  readonly tlsRules: TlsRules;
  readonly maxResponseBytes: number;
  readonly maxRedirects: number;
  readonly userAgent: string;
}

/** How a client sends one request: really, or as a preview. */
export type Send = (method: string, path: string, options: HttpRequestOptions) => Promise<HttpResponse>;

/** The methods of {@link HttpClient} over one way of sending. */
export function clientOf(send: Send): HttpClient {
  const none: HttpRequestOptions = {};
  return {
    request: (method, path, options = none) => send(method, path, options),
    get: (path, options = none) => send('GET', path, options),
    post: (path, options = none) => send('POST', path, options),
    put: (path, options = none) => send('PUT', path, options),
    patch: (path, options = none) => send('PATCH', path, options),
    delete: (path, options = none) => send('DELETE', path, options),
  };
}

/** A client for one run of one connector. */
export function createHttpClient(parts: HttpParts, scope: EgressScope): HttpClient {
  return clientOf((method, path, options) => send(parts, scope, method, path, options));
}

async function send(
  parts: HttpParts,
  scope: EgressScope,
  method: string,
  path: string,
  options: HttpRequestOptions,
): Promise<HttpResponse> {
  const first = prepareRequest(scope.connection, method, path, options, parts);
  if (scope.signal?.aborted) throw cancelledError(scope.signal);

  const timeoutMs = Math.max(parts.internals.responseTimeoutMs, options.timeoutMs ?? 0);
  const interrupt: Interrupt = { reason: undefined, onFire: undefined };
  const timer = setTimeout(() => fire(interrupt, timeoutError(timeoutMs)), timeoutMs);
  const onAbort = () => fire(interrupt, cancelledError(scope.signal));
  scope.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await follow(parts, scope, first, options, timeoutMs, interrupt);
  } finally {
    clearTimeout(timer);
    scope.signal?.removeEventListener('abort', onAbort);
  }
}

/** Sends the request and goes along its redirects; every hop passes the same checks as the first. */
async function follow(
  parts: HttpParts,
  scope: EgressScope,
  first: PreparedRequest,
  options: HttpRequestOptions,
  timeoutMs: number,
  interrupt: Interrupt,
): Promise<HttpResponse> {
  const mayFollow = options.redirect !== 'manual';
  const connectionTls = first.atHome ? scope.connection.tls : withoutClientCertificate(scope.connection.tls);
  let overrides = [connectionTls, options.tls];
  let request = first;
  for (let hops = 0; ; hops += 1) {
    if (!isByOperator(parts, request)) {
      if (hops === 0) parts.hosts.assertTarget(request.url, request.writtenUrl);
      else parts.hosts.assertHost(request.url.hostname);
    }
    const answer = await attempt(parts, scope, request, overrides, timeoutMs, interrupt, mayFollow);
    const target = mayFollow ? redirectTarget(answer) : undefined;
    if (target === undefined) return response(answer, request.url);
    if (hops >= parts.maxRedirects) {
      const text = `Maximum number of redirects exceeded (${parts.maxRedirects}); the last one leads to ${JSON.stringify(target.slice(0, 200))}`;
      throw new EgressError('egress_too_many_redirects', text, { systemCode: 'ERR_FR_TOO_MANY_REDIRECTS' });
    }
    const next = nextHop(request, answer.status, target);
    if (next.url.origin !== request.url.origin) overrides = overrides.map(withoutClientCertificate);
    request = next;
  }
}

/** Only for a connector whose type works on the operator's own server, and only at an origin that the settings name. */
function isByOperator(parts: HttpParts, request: PreparedRequest): boolean {
  return request.operator && parts.hosts.isOperatorOrigin(request.url.origin);
}

/** One hop: sent, read, decompressed, recorded. */
async function attempt(
  parts: HttpParts,
  scope: EgressScope,
  request: PreparedRequest,
  overrides: readonly (TlsOptions | undefined)[],
  timeoutMs: number,
  interrupt: Interrupt,
  mayFollow: boolean,
): Promise<DecodedAnswer> {
  const { url } = request;
  const startedAt = performance.now();
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  let answer: DecodedAnswer | undefined;
  let failure: EgressError | undefined;
  try {
    // What the operator named in `elasticsearch.hosts` is not for the actions' proxy, as in Kibana.
    const byOperator = isByOperator(parts, request);
    const proxy = byOperator ? undefined : parts.internals.proxyFor(url.hostname);
    if (proxy !== undefined) parts.internals.assertLiteralAllowed(url.hostname);
    const tls = url.protocol === 'https:' ? parts.tlsRules.forHttps(url.hostname, port, overrides) : undefined;
    const raw = await exchange(
      parts.dispatchers.get(tls, proxy, byOperator),
      dispatchOptions(request, proxy),
      interrupt,
      parts.maxResponseBytes,
      // The body of a redirect that is followed is of no use.
      (status, headers) => mayFollow && redirectTarget({ status, headers }) !== undefined,
    );
    const body = await decompress(raw.body, raw.headers['content-encoding'], parts.maxResponseBytes);
    answer = { ...raw, text: toText(body) };
    if (proxy !== undefined && url.protocol === 'http:' && raw.status === 407) {
      throw new EgressError(
        'egress_proxy',
        'the proxy of xpack.actions.proxyUrl answered 407: give credentials in that setting or in xpack.actions.proxyHeaders',
      );
    }
    return answer;
  } catch (error) {
    failure = parts.internals.explain(error, { host: bareAddress(url.hostname), port, timeoutMs });
    throw failure;
  } finally {
    scope.recorder?.add({
      method: request.method,
      url: url.href,
      headers: pairs(request.headers),
      body: bodyText(request.body),
      status: answer?.status,
      response_headers: answer?.headers,
      response_body: answer?.text,
      duration_ms: Math.round(performance.now() - startedAt),
      error: failure === undefined ? undefined : errorText(failure),
    });
  }
}

interface DecodedAnswer extends RawAnswer {
  readonly text: string;
}

function dispatchOptions(request: PreparedRequest, proxy: ProxyRoute | undefined) {
  const { url } = request;
  const path = url.search === '' ? url.pathname : url.pathname + url.search;
  const method = request.method as 'GET';
  const body = request.body ?? null;
  if (proxy === undefined || url.protocol === 'https:') {
    return { origin: url.origin, path, method, headers: request.headers, body };
  }
  // RFC 9112 section 3.2.2: a proxy is asked in absolute form. The pool still belongs to the target's origin, so that one
  // slow target does not hold up the others; its connector dials the proxy.
  const hasHost = request.headers.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  const headers = [...request.headers, ...(hasHost ? [] : ['Host', url.host]), ...Object.entries(proxy.headers).flat()];
  return { origin: url.origin, path: url.origin + path, method, headers, body };
}

function response(answer: DecodedAnswer, url: URL): HttpResponse {
  const { status, statusText, headers, text } = answer;
  return {
    status,
    statusText,
    headers,
    text,
    url: url.href,
    json: () => toJson(text),
  };
}

/** A flat list of headers as an object; the last of several equal names wins. */
export function pairs(flat: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (let i = 0; i < flat.length; i += 2) headers[flat[i]!] = flat[i + 1]!;
  return headers;
}

/** A request body for the record: text as it is, other bytes as their number. */
export function bodyText(body: string | Buffer | undefined): string | undefined {
  if (body === undefined || typeof body === 'string') return body;
  const text = body.toString('utf8');
  return text.includes('\ufffd') || text.includes('\0') ? `[binary, ${body.length} bytes]` : text;
}
