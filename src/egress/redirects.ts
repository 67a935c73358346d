import type { RawAnswer } from './exchange.ts';
import { isSensitiveHeader } from './recorder.ts';
import { type PreparedRequest, parseHttpUrl } from './request.ts';
import { EgressError } from './types.ts';

const FOLLOWED: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Describe a body, or vouch for it, so they go with it. */
const BODY_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'content-encoding',
  'content-language',
  'content-location',
  'webhook-signature',
]);

/** Where an answer redirects to, as written, or undefined if it is none that is followed. */
export function redirectTarget(answer: Pick<RawAnswer, 'status' | 'headers'>): string | undefined {
  return FOLLOWED.has(answer.status) ? answer.headers.location || undefined : undefined;
}

/**
 * The request that follows a redirect (RFC 9110 section 15.4; as browsers and Kibana's client do it): 303 becomes GET unless it
 * was HEAD, 301 and 302 turn POST into GET, 307 and 308 repeat method and body.
 *
 * As soon as scheme, host or port change, every credential stays behind, and stays away if a later hop comes back:
 * the connector's auth headers, `Authorization`, `Cookie`, any header that looks like one, and a `Host` that was set. From
 * https to http a request that had credentials, or whose body would be repeated, is not followed at all: whoever sits on the
 * line could read and change it.
 *
 * @throws {EgressError} `egress_url_invalid` for a target that is no http(s) URL, or the downgrade above
 */
export function nextHop(request: PreparedRequest, status: number, location: string): PreparedRequest {
  const url = parseHttpUrl(location, request.url);
  url.hash = '';
  // A redirect does not get to choose whom we say we are.
  url.username = '';
  url.password = '';

  const toGet = status === 303 ? request.method !== 'HEAD' : status <= 302 && request.method === 'POST';
  const method = toGet ? 'GET' : request.method;
  const body = toGet ? undefined : request.body;
  const crosses = url.origin !== request.url.origin;
  const isCredential = (name: string) => request.credentials.has(name) || isSensitiveHeader(name);

  if (request.url.protocol === 'https:' && url.protocol === 'http:') {
    const hadCredentials = names(request.headers).some(isCredential);
    if (hadCredentials || body !== undefined) {
      throw new EgressError(
        'egress_url_invalid',
        `the redirect from ${request.url.origin} to ${url.origin} is not followed: it leaves https with ${hadCredentials ? 'credentials' : 'a body'}. Use the URL that it leads to, with https.`,
      );
    }
  }
  const headers: string[] = [];
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = request.headers[i]!.toLowerCase();
    if (toGet && BODY_HEADERS.has(name)) continue;
    if (crosses && (name === 'host' || isCredential(name))) continue;
    headers.push(request.headers[i]!, request.headers[i + 1]!);
  }
  return {
    ...request,
    method,
    url,
    headers,
    body,
    atHome: request.atHome && !crosses,
    operator: request.operator && !crosses,
  };
}

function names(flat: readonly string[]): string[] {
  return flat.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
}
