import type { LookupFunction } from 'node:net';
import type { CustomHostSetting } from './custom-hosts.ts';
import type { VerificationMode } from './types.ts';

/** Where egress tells the operator about settings that it cannot use. Lines never hold a secret. */
export interface EgressLog {
  warn(message: string): void;
}

/**
 * Everything egress is told at start, as plain data; `app.ts` fills it from the settings. The setting behind a member is
 * named in its line, because refusals name it too.
 */
export interface EgressOptions {
  /** `xpack.actions.allowedHosts`: exact host names, or `*`. Default `['*']`. */
  readonly allowedHosts?: readonly string[];
  /** `xpack.actions.proxyUrl`: `http://` or `https://`, with or without credentials. */
  readonly proxyUrl?: string;
  /** `xpack.actions.proxyHeaders`: sent to the proxy only. */
  readonly proxyHeaders?: Readonly<Record<string, string>>;
  /** `xpack.actions.proxyBypassHosts`: exact host names that are reached directly. */
  readonly proxyBypassHosts?: readonly string[];
  /** `xpack.actions.proxyOnlyHosts`: only these go through the proxy. Ignored (with a warning) beside `proxyBypassHosts`. */
  readonly proxyOnlyHosts?: readonly string[];
  /** `xpack.actions.ssl.*`; absent acts as `full`. */
  readonly ssl?: { readonly verificationMode?: VerificationMode; readonly proxyVerificationMode?: VerificationMode };
  /** `xpack.actions.customHostSettings`, as written; checked by {@link import('./custom-hosts.ts').prepareCustomHosts}. */
  readonly customHostSettings?: readonly CustomHostSetting[];
  /** `xpack.actions.maxResponseContentLength`: bytes of one response body after decompression. Default 1 MiB. */
  readonly maxResponseContentLength?: number;
  /** `xpack.actions.responseTimeout` in ms: connect, all redirects, and the last byte of the body. Default 60,000. */
  readonly responseTimeout?: number;
  /** Hops after the first request. Default 5, as the client that Kibana uses. */
  readonly maxRedirects?: number;
  /** `patchbay.egress.deniedAddresses`: addresses or CIDR ranges refused on top of the built-in ones; wins over everything. */
  readonly deniedAddresses?: readonly string[];
  /** `patchbay.egress.allowedAddresses`: addresses or CIDR ranges exempt from the built-in refusals (only from these). */
  readonly allowedAddresses?: readonly string[];
  /**
   * Origins (`https://es.internal:9200`) that the operator named in the settings, e.g. `elasticsearch.hosts`: neither
   * the allow-list nor the address rules nor the proxy apply to exactly these, for connectors whose type works on the
   * operator's own servers ({@link import('./types.ts').Connection.operator}).
   */
  readonly operatorOrigins?: readonly string[];
  /** `User-Agent` of every request, e.g. `Patchbay/1.2.3`. */
  readonly userAgent?: string;
  readonly log?: EgressLog;
  /**
   * Replaces the system's resolver; same shape as `dns.lookup` called with `all: true`. For an operator's own resolver,
   * and for tests that play a name server which changes its mind. Its answers are checked like the system's.
   */
  readonly lookup?: LookupFunction;
  /** Reads a CA file named in `customHostSettings`. Default: the file system, UTF-8. */
  readonly readFile?: (path: string) => string;
}

/** Connections to one origin at a time; further requests to it wait, others do not. */
export const MAX_CONNECTIONS_PER_ORIGIN = 128;
export const DEFAULT_MAX_RESPONSE_BYTES = 1_048_576;
export const DEFAULT_RESPONSE_TIMEOUT_MS = 60_000;
export const DEFAULT_MAX_REDIRECTS = 5;
