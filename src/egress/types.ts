import type { ErrorCode } from '../errors.ts';

/** `none`: nothing is checked; `certificate`: the chain, not the name; `full`: both. As in Kibana's settings. */
export type VerificationMode = 'none' | 'certificate' | 'full';

/** TLS material of one connector; laid over the server's settings for the host. PEM or DER bytes, never paths. */
export interface TlsOptions {
  verificationMode?: VerificationMode;
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  pfx?: Buffer;
  passphrase?: string;
}

/** What a run has sent and got, as kept with the execution: redacted and capped (see {@link RequestRecorder}). */
export interface RequestRecord {
  /** HTTP method, or `SMTP`. */
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
  status?: number;
  response_headers?: Record<string, string>;
  response_body?: string;
  duration_ms: number;
  /** Set when no usable answer came. */
  error?: string;
}

/** Collects the requests of one run. Implementations redact and cap; callers pass everything raw. */
export interface RequestRecorder {
  add(record: RequestRecord): void;
}

/** How one connector reaches its target. Made by `target`, `auth` and `tls` of the connector type; handlers never see it. */
export interface Connection {
  /** Paths given to the client are resolved against it; `''` means the URL exactly as it stands (query included). */
  baseUrl?: string;
  /** Sent with every request to {@link Connection.baseUrl}'s origin; override the handler's headers of the same name. */
  authHeaders?: Record<string, string>;
  /** Weaker than the handler's own headers (Kibana lets a user-set `Authorization` win over basic auth). */
  defaultAuthHeaders?: Record<string, string>;
  /** Requests to the base URL's origin that name an id ({@link HttpRequestOptions.signAs}) are signed with each of them. */
  signingKeys?: readonly Buffer[];
  tls?: TlsOptions;
  /** Other base URLs of the same target: auth headers and TLS material go to their origins as well. */
  otherBaseUrls?: readonly string[];
  /** The target is one that the operator named in the settings: its exact origins need no `allowedHosts` entry, and no proxy. */
  operator?: boolean;
}

/** Everything egress needs to know about the run on whose behalf it works. */
export interface EgressScope {
  connection: Connection;
  recorder?: RequestRecorder;
  /** Aborts the request in flight. */
  signal?: AbortSignal;
}

export interface HttpRequestOptions {
  /** Names in any case; a value with line breaks or other control characters is refused. */
  headers?: Record<string, string>;
  /** Appended to the URL, encoded. */
  query?: Record<string, string | number | boolean | undefined>;
  /** Sent as JSON with `Content-Type: application/json` unless the headers say otherwise. */
  json?: unknown;
  /** Sent as it is. A string without a content type goes out as `application/x-www-form-urlencoded`, as axios does. */
  body?: string | Buffer;
  /** Sent as `application/x-www-form-urlencoded`. */
  form?: Record<string, string>;
  /** May lengthen, never shorten, `xpack.actions.responseTimeout`. */
  timeoutMs?: number;
  /** Sent without the connector's credentials and client certificate: for an address that is a credential by itself. */
  anonymous?: boolean;
  /** The message's id, under which the request is signed if the connection has keys for that (`sign.ts`); no `.` in it. */
  signAs?: string;
  /** Default `follow`, up to 5 hops, each checked like the first. */
  redirect?: 'follow' | 'manual';
  tls?: TlsOptions;
}

/** A complete answer. Any status is an answer: only the lack of one is thrown, as an {@link EgressError}. */
export interface HttpResponse {
  status: number;
  statusText: string;
  /** Names in lower case; repeated headers joined with `, `. */
  headers: Record<string, string>;
  /** Decoded as UTF-8, decompressed, at most `xpack.actions.maxResponseContentLength` bytes. */
  text: string;
  /** The body as JSON, or undefined if it is not JSON or is nested more than 1,000 levels deep. */
  json(): unknown;
  /** Where the answer came from, after redirects. */
  url: string;
}

/** The HTTP client that a handler gets: bound to one connector, one run. */
export interface HttpClient {
  request(method: string, path: string, options?: HttpRequestOptions): Promise<HttpResponse>;
  get(path: string, options?: HttpRequestOptions): Promise<HttpResponse>;
  post(path: string, options?: HttpRequestOptions): Promise<HttpResponse>;
  put(path: string, options?: HttpRequestOptions): Promise<HttpResponse>;
  patch(path: string, options?: HttpRequestOptions): Promise<HttpResponse>;
  delete(path: string, options?: HttpRequestOptions): Promise<HttpResponse>;
}

/** An SMTP server, as the email type describes it; credentials included, so handlers never see it. */
export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte. Otherwise STARTTLS is used when the server offers it. */
  secure: boolean;
  requireTls?: boolean;
  ignoreTls?: boolean;
  auth?: { user: string; pass: string };
  authMethod?: string;
  /** Overrides the settings' verification mode for this server. */
  verificationMode?: VerificationMode;
  /** Host checks and proxy apply either way; well-known services ignore TLS overrides in Kibana, ours do not. */
  name?: string;
}

/** A message as nodemailer takes it, without anything that reads files or URLs. */
export interface MailMessage {
  from: string;
  to?: string[];
  cc?: string[];
  bcc?: string[];
  replyTo?: string[];
  subject: string;
  text: string;
  html?: string;
  messageId?: string;
  attachments?: { filename: string; content: string; contentType?: string; encoding?: string }[];
}

/** What the SMTP server said, in the fields of nodemailer's `info`. */
export interface MailResult {
  accepted: string[];
  rejected: string[];
  rejectedErrors?: { recipient: string; message: string }[];
  ehlo?: string[];
  envelopeTime?: number;
  messageTime?: number;
  messageSize?: number;
  response: string;
  envelope: { from: string | false; to: string[] };
  messageId: string;
}

export interface SmtpClient {
  /**
   * Opens one connection, sends one message, closes.
   *
   * @throws {EgressError} when no usable answer came
   * @throws {SmtpReplyError} when the server refused the sign-in, the sender, every recipient, or the message
   */
  send(message: MailMessage): Promise<MailResult>;
  /** Connects, says EHLO, authenticates, quits: nothing is sent. */
  verify(): Promise<void>;
}

/** Thrown when no usable answer came. `message` says which rule or step failed and which setting would change it. */
export class EgressError extends Error {
  readonly code: ErrorCode;
  /** The system's code if there is one: `ECONNREFUSED`, `CERT_HAS_EXPIRED`, … */
  readonly systemCode?: string;

  constructor(code: ErrorCode, message: string, options: { systemCode?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EgressError';
    this.code = code;
    this.systemCode = options.systemCode;
  }
}

/** Thrown when an SMTP server answered, and the answer was no. `message` holds the step and the server's words. */
export class SmtpReplyError extends Error {
  /** Three digits, RFC 5321 section 4.2.1: 4xx may go well later, 5xx will not. */
  readonly replyCode: number;
  /** RFC 3463, if the reply has one: `5.7.30`. */
  readonly enhancedCode?: string;
  /** The server refused the credentials rather than the message. */
  readonly isAuth: boolean;

  constructor(message: string, reply: { replyCode: number; enhancedCode?: string; isAuth: boolean }) {
    super(message);
    this.name = 'SmtpReplyError';
    this.replyCode = reply.replyCode;
    this.enhancedCode = reply.enhancedCode;
    this.isAuth = reply.isAuth;
  }
}

/** The only way out of the house. One instance a process; made by `createEgress` in `egress/index.ts`. */
export interface Egress {
  /** A client for one run of one connector. Cheap. */
  http(scope: EgressScope): HttpClient;
  smtp(server: SmtpServer, scope: Omit<EgressScope, 'connection'>): SmtpClient;
  /** Allow-list check of a URL when saving. Throws {@link EgressError} with Kibana's text (`target url "…" is not added to …`). */
  assertUrlAllowed(url: string): void;
  /** The same for a bare host name (`target hostname "…" is not added to …`). */
  assertHostAllowed(host: string): void;
  close(): Promise<void>;
}
