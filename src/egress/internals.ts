import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { EgressLog } from './options.ts';
import type { EgressError, TlsOptions, VerificationMode } from './types.ts';

/** An address that passed the guard. Dial exactly this one; resolving the name again would undo the check. */
export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** The proxy in front of a target. */
export interface ProxyRoute {
  readonly protocol: 'http:' | 'https:';
  /** Without brackets, also for IPv6. */
  readonly host: string;
  readonly port: number;
  /** `proxyHeaders` plus `Proxy-Authorization` from the credentials of `proxyUrl`. Secret: never log or record them. */
  readonly headers: Readonly<Record<string, string>>;
  /** TLS to the proxy itself (`xpack.actions.ssl.proxyVerificationMode`); used when `protocol` is `https:`. */
  readonly tls: ConnectionOptions;
}

/** What the settings say about one SMTP server (`customHostSettings` of `smtp://host:port` over the global mode). */
export interface SmtpHostOptions {
  readonly ignoreTls?: boolean;
  readonly requireTls?: boolean;
  /** Never absent: the entry's mode, else the global one, else `full`. */
  readonly verificationMode: VerificationMode;
  /** PEM; replaces the default trust store. */
  readonly ca?: string;
}

/** Where a failure happened, for its text. */
export interface Destination {
  readonly host: string;
  readonly port: number | string;
  /** The limit that applied, for the text of a timeout. */
  readonly timeoutMs: number;
}

/** What the parts of egress share. Nothing outside `src/egress/` may hold one. */
export interface EgressInternals {
  readonly log: EgressLog;
  /** `xpack.actions.responseTimeout` in ms. */
  readonly responseTimeoutMs: number;
  /** Kibana's refusal text for a bare host name. @throws {EgressError} `egress_host_not_allowed` */
  assertHostAllowed(host: string): void;
  /**
   * Resolves a host name (or takes a literal address) and checks every candidate.
   *
   * @throws {EgressError} `egress_address_refused` if any candidate is of a refused kind, `egress_connection` if the
   * name does not resolve
   */
  resolveChecked(host: string): Promise<readonly CheckedAddress[]>;
  /**
   * Refuses literal addresses and metadata names without resolving: all that can be checked when a proxy resolves.
   *
   * @throws {EgressError} `egress_address_refused`
   */
  assertLiteralAllowed(host: string): void;
  /** The proxy for a target host name by `proxyBypassHosts` and `proxyOnlyHosts`, or undefined: go directly. */
  proxyFor(host: string): ProxyRoute | undefined;
  /**
   * A connected TCP socket to the target: through the proxy's CONNECT tunnel where {@link proxyFor} says so, else to a
   * checked address. Does the address check itself, not the allow-list's.
   *
   * @throws {EgressError} like {@link resolveChecked}; `egress_proxy`, `egress_connection`, `egress_timeout`, `cancelled`
   */
  openSocket(host: string, port: number, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<Socket>;
  smtpOptionsFor(host: string, port: number): SmtpHostOptions;
  /** Node's TLS options for a mode and a connector's own material; no host name in them. */
  tlsOptions(tls: TlsOptions): ConnectionOptions;
  /** Turns anything that a socket, TLS or the resolver threw into an error that says what to do. */
  explain(error: unknown, destination: Destination): EgressError;
}
