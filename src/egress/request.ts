import { basicOf } from './proxy.ts';
import { signatureHeaders } from './sign.ts';
import type { Connection, HttpRequestOptions } from './types.ts';
import { EgressError } from './types.ts';

/** A request as it goes out, before redirects. The client sends it, the preview shows it: both come from here. */
export interface PreparedRequest {
  readonly method: string;
  /** Without credentials. */
  readonly url: URL;
  /** The URL as the user wrote it, for refusals; may hold credentials. */
  readonly writtenUrl: string;
  /** Name and value in turn, names as written; what undici takes without another copy. */
  readonly headers: string[];
  readonly body: string | Buffer | undefined;
  /** Lower-case names of headers that come from the connector's authentication. */
  readonly credentials: ReadonlySet<string>;
  /** True if the URL is at the origin of the connector's base URL (or the connector has none). */
  readonly atHome: boolean;
  /** {@link Connection.operator}, for as long as the request stays at home. */
  readonly operator: boolean;
}

export interface RequestDefaults {
  readonly userAgent: string;
}

const MAX_URL_LENGTH = 65_536;
const MAX_HEADER_BYTES = 65_536;
const METHOD = /^[A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]{0,31}$/;
/** RFC 9110 section 5.1 and 5.5; a value may hold tabs and, as in Node, Latin-1. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/;
const FORBIDDEN_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const FORM = 'application/x-www-form-urlencoded';
const NO_NAMES: ReadonlySet<string> = new Set();

/** Written by the client itself from the body and the connection; what a user sets here is dropped, as it cannot differ. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['content-length', 'connection', 'keep-alive', 'proxy-connection']);
/** Would change how the message is framed or who reads it. */
const REFUSED_HEADERS: ReadonlySet<string> = new Set(['transfer-encoding', 'upgrade', 'expect', 'te', 'trailer']);

/**
 * Builds the request for one call of a handler.
 *
 * Weakest to strongest: the defaults of the client that Kibana uses, credentials written into the URL,
 * `connection.defaultAuthHeaders`, the handler's headers, `connection.authHeaders`, the signature. The connector's credentials go only
 * to the origin of its base URL.
 *
 * @param path `''` for the base URL itself, a path that is appended to the base URL's, `?query`, or a whole http(s) URL
 * @throws {EgressError} `egress_url_invalid`, `egress_header_invalid`
 */
export function prepareRequest(
  connection: Connection,
  method: string,
  path: string,
  options: HttpRequestOptions,
  defaults: RequestDefaults,
): PreparedRequest {
  const upper = method.toUpperCase();
  if (!METHOD.test(method) || upper === 'CONNECT' || upper === 'TRACE') {
    throw new EgressError(
      'egress_url_invalid',
      'the HTTP method must be one like GET or POST; CONNECT and TRACE are not sent',
    );
  }
  const isWhole = /^https?:\/\//i.test(path);
  const url = isWhole ? parseHttpUrl(path) : appendPath(connection.baseUrl, path);
  const writtenUrl = isWhole ? path : path === '' ? connection.baseUrl! : url.href;
  if (url.hash !== '') url.hash = '';
  if (options.query !== undefined) appendQuery(url, options.query);
  if (url.href.length > MAX_URL_LENGTH) {
    throw new EgressError(
      'egress_url_invalid',
      `the URL is ${url.href.length} characters long; at most ${MAX_URL_LENGTH} are sent`,
    );
  }
  const atHome = options.anonymous !== true && (!isWhole || isAtHome(connection, url));
  const operator = atHome && connection.operator === true;
  const { body, contentType } = encodeBody(options);

  const headers = new HeaderList();
  headers.set('Accept', 'application/json, text/plain, */*');
  headers.set('User-Agent', defaults.userAgent);
  headers.set('Accept-Encoding', 'gzip, deflate, br');
  if (contentType !== undefined) headers.set('Content-Type', contentType);

  let credentials = NO_NAMES;
  if (url.username !== '' || url.password !== '') {
    headers.set('Authorization', basicOf(url));
    url.username = '';
    url.password = '';
    credentials = new Set(['authorization']);
  }
  const { defaultAuthHeaders, authHeaders } = connection;
  if (atHome && (defaultAuthHeaders !== undefined || authHeaders !== undefined)) {
    const names = [...Object.keys(defaultAuthHeaders ?? {}), ...Object.keys(authHeaders ?? {})];
    credentials = new Set([...credentials, ...names.map((name) => name.toLowerCase())]);
  }
  if (atHome) headers.setAll(defaultAuthHeaders);
  headers.setAll(options.headers);
  if (atHome) headers.setAll(authHeaders);
  const { signingKeys = [] } = connection;
  if (atHome && options.signAs !== undefined && signingKeys.length > 0) {
    headers.setAll(signatureHeaders(options.signAs, body, signingKeys, Date.now()));
  }
  return { method: upper, url, writtenUrl, headers: headers.flat(), body, credentials, atHome, operator };
}

/**
 * Appends `path` to the path of the base URL, whose query is kept only if `path` is `''`. A path with `.` or `..` segments is
 * refused: an id taken from a user's parameters must not lead to another endpoint with the connector's credentials.
 */
function appendPath(baseUrl: string | undefined, path: string): URL {
  if (baseUrl === undefined) {
    throw new EgressError(
      'egress_url_invalid',
      `the request names only the path "${path}", but the connector has no URL`,
    );
  }
  const url = parseHttpUrl(baseUrl);
  if (path === '') return url;
  const queryStart = path.search(/[?#]/);
  const pathname = queryStart === -1 ? path : path.slice(0, queryStart);
  if (hasDotSegment(pathname)) {
    throw new EgressError(
      'egress_url_invalid',
      `the request path "${pathname}" must not contain the segments "." or ".."`,
    );
  }
  if (pathname !== '') url.pathname = `${url.pathname.replace(/\/$/, '')}/${pathname.replace(/^[/\\]+/, '')}`;
  url.search = queryStart === -1 ? '' : path.slice(queryStart).replace(/#.*$/s, '');
  return url;
}

/** @throws {EgressError} `egress_url_invalid` unless the text is a whole http(s) URL; the text itself is not repeated */
export function parseHttpUrl(text: string, base?: URL): URL {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch (cause) {
    throw new EgressError('egress_url_invalid', 'Invalid URL: write it like https://example.com/path', { cause });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new EgressError(
      'egress_url_invalid',
      `Unsupported protocol ${url.protocol} in the URL: only http and https can be called`,
    );
  }
  return url;
}

function hasDotSegment(pathname: string): boolean {
  // What the URL parser takes for a dot segment (https://url.spec.whatwg.org/#double-dot-path-segment), and it drops
  // tabs and line breaks before it looks.
  return /(^|[/\\])(\.|%2e){1,2}($|[/\\])/i.test(pathname.replace(/[\t\n\r]/g, ''));
}

/** Keeps the URL's own query byte for byte; setting `searchParams` would encode it anew. */
function appendQuery(url: URL, query: NonNullable<HttpRequestOptions['query']>): void {
  const extra = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) extra.append(name, String(value));
  }
  if (extra.size > 0) url.search = url.search === '' ? `?${extra}` : `${url.search}&${extra}`;
}

function isAtHome(connection: Connection, url: URL): boolean {
  if (connection.baseUrl === undefined) {
    if (connection.authHeaders === undefined && connection.defaultAuthHeaders === undefined) return true;
    throw new TypeError('A connection with credentials needs a base URL: the credentials go only to its origin.');
  }
  const homes = [connection.baseUrl, ...(connection.otherBaseUrls ?? [])];
  return homes.some((home) => parseHttpUrl(home).origin === url.origin);
}

function encodeBody(options: HttpRequestOptions): { body?: string | Buffer; contentType?: string } {
  if (options.json !== undefined) return { body: JSON.stringify(options.json), contentType: 'application/json' };
  if (options.form !== undefined) return { body: new URLSearchParams(options.form).toString(), contentType: FORM };
  if (typeof options.body === 'string') return { body: options.body, contentType: FORM };
  return { body: options.body };
}

/** Headers by lower-case name, in the order of their first appearance; the last value and spelling win. */
class HeaderList {
  readonly #entries = new Map<string, readonly [name: string, value: string]>();

  set(name: string, value: string): void {
    this.#entries.set(name.toLowerCase(), [name, value]);
  }

  setAll(values: Readonly<Record<string, string>> | undefined): void {
    if (values === undefined) return;
    for (const [name, value] of Object.entries(values)) {
      assertHeader(name, value);
      if (!OWN_HEADERS.has(name.toLowerCase())) this.set(name, value);
    }
  }

  flat(): string[] {
    const list: string[] = [];
    let bytes = 0;
    for (const [name, value] of this.#entries.values()) {
      list.push(name, value);
      bytes += name.length + value.length + 4;
    }
    if (bytes > MAX_HEADER_BYTES) {
      throw new EgressError(
        'egress_header_invalid',
        `the request headers are ${bytes} bytes; at most ${MAX_HEADER_BYTES} are sent`,
      );
    }
    return list;
  }
}

/** @throws {EgressError} `egress_header_invalid`, naming the header and never its value */
function assertHeader(name: string, value: unknown): asserts value is string {
  if (!HEADER_NAME.test(name)) {
    const shown = JSON.stringify(name.slice(0, 64));
    throw new EgressError(
      'egress_header_invalid',
      `header name ${shown} has characters that HTTP forbids; use letters, digits and "-"`,
    );
  }
  if (REFUSED_HEADERS.has(name.toLowerCase())) {
    throw new EgressError(
      'egress_header_invalid',
      `header "${name}" cannot be set: it decides how the request is read`,
    );
  }
  if (typeof value !== 'string' || FORBIDDEN_IN_VALUE.test(value)) {
    throw new EgressError(
      'egress_header_invalid',
      `the value of header "${name}" has characters that HTTP forbids: line breaks, control characters, or ones beyond Latin-1`,
    );
  }
}
