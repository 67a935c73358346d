import { createHash } from 'node:crypto';
import { MASK } from '../egress/redact.ts';
import {
  type Egress,
  EgressError,
  type HttpResponse,
  type RequestRecord,
  type RequestRecorder,
} from '../egress/types.ts';
import type { Auth, OAuth2ClientCredentials } from './auth.ts';
import { failed, VerdictError } from './verdict.ts';

/** The credentials of a `Connection`. */
export interface ResolvedAuth {
  /** Win over the action's headers. */
  readonly authHeaders: Record<string, string>;
  /** Yield to the action's headers. */
  readonly defaultAuthHeaders: Record<string, string>;
  /** Absent when nothing is signed. */
  readonly signingKeys?: readonly Buffer[];
}

/**
 * Turns a type's {@link Auth} into headers and keys. Of `all`, later parts win over earlier ones that set the same header, in
 * whatever case it is written.
 *
 * @throws {VerdictError} `token_failed`
 */
export async function resolveAuth(
  auth: Auth | undefined,
  deps: { token(options: OAuth2ClientCredentials): Promise<string> },
): Promise<ResolvedAuth> {
  // by lower-case name
  const strong = new Map<string, [name: string, value: string]>();
  const weak = new Map<string, [name: string, value: string]>();
  const signingKeys: Buffer[] = [];

  async function collect(part: Auth): Promise<void> {
    if (part.kind === 'all') {
      for (const inner of part.parts) await collect(inner);
    } else if (part.kind === 'oauth2') {
      strong.set('authorization', ['Authorization', await deps.token(part)]);
    } else if (part.kind === 'signature') {
      signingKeys.push(...part.keys);
    } else {
      const target = part.yields ? weak : strong;
      for (const [name, value] of Object.entries(part.headers)) target.set(name.toLowerCase(), [name, value]);
    }
  }

  if (auth !== undefined) await collect(auth);
  return {
    authHeaders: Object.fromEntries(strong.values()),
    defaultAuthHeaders: Object.fromEntries(weak.values()),
    ...(signingKeys.length === 0 ? {} : { signingKeys }),
  };
}

/** The run that needs a token. */
export interface TokenRun {
  /** Tokens are never shared between connectors, even with equal credentials. */
  readonly connectorId: string;
  /** Of the connector: a save makes the tokens of earlier versions unreachable. */
  readonly version: number;
  /** Called with the bare token before it is used, so that it is redacted from everything the run records. */
  onSecret(token: string): void;
  /** Gets the token request if this run is the one that makes it. */
  readonly recorder?: RequestRecorder;
  readonly signal?: AbortSignal;
}

/** Tokens for one run. */
export interface TokenSource {
  /**
   * The value of the `Authorization` header: `Bearer eyJ…`.
   *
   * @param how `fresh`: the target refused the token that this run was given, so get another one
   * @throws {VerdictError} `token_failed`, in Kibana's words
   * @throws {EgressError} `cancelled`
   */
  token(options: OAuth2ClientCredentials, how?: { fresh?: boolean }): Promise<string>;
}

export interface TokenProvider {
  forRun(run: TokenRun): TokenSource;
}

interface Token {
  readonly value: string;
  readonly authorization: string;
  /** Milliseconds; 0 when it must not be kept. */
  readonly lifetimeMs: number;
}

/** Kept for so long when the answer does not say how long it is good for; a 401 renews it earlier. */
const UNSTATED_LIFETIME_S = 300;
const LONGEST_LIFETIME_S = 24 * 60 * 60;
/** A token is given up this long before its end, or after 9/10 of its life if that is short. */
const MARGIN_S = 60;
const LONGEST_TOKEN = 16_384;
const LONGEST_QUOTE = 1_000;

/**
 * Fetches access tokens by the client credentials grant (https://www.rfc-editor.org/rfc/rfc6749#section-4.4) and keeps
 * them in memory until shortly before they expire. Runs that need the same token at the same time share one request.
 *
 * @param options `maxTokens`: the least recently fetched are forgotten first; `now`: milliseconds since 1970
 */
export function createTokenProvider(
  egress: Pick<Egress, 'http'>,
  { maxTokens = 1_000, now = Date.now }: { maxTokens?: number; now?: () => number } = {},
): TokenProvider {
  const kept = new Map<string, Token & { readonly until: number }>();
  const flights = new Map<string, Promise<Token>>();

  function keep(key: string, token: Token): void {
    kept.delete(key);
    if (token.lifetimeMs > 0) kept.set(key, { ...token, until: now() + token.lifetimeMs });
    const oldest = kept.keys().next().value;
    if (kept.size > maxTokens && oldest !== undefined) kept.delete(oldest);
  }

  /** Not tied to the signal of the run that starts it: others may be waiting, and egress limits its time. */
  function fetchOnce(
    key: string,
    options: OAuth2ClientCredentials,
    recorder: RequestRecorder | undefined,
  ): Promise<Token> {
    const running = flights.get(key);
    if (running !== undefined) return running;
    const flight = fetchToken(egress, options, recorder)
      .then((token) => {
        keep(key, token);
        return token;
      })
      .finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  }

  return {
    forRun({ connectorId, version, onSecret, recorder, signal }) {
      let lastGiven: string | undefined;
      return {
        async token(options, { fresh = false } = {}) {
          const key = keyOf(connectorId, version, options);
          // many runs may be refused at once: what another of them has fetched since is fresh enough
          if (fresh && kept.get(key)?.value === lastGiven) kept.delete(key);
          const known = kept.get(key);
          const isUsable = known !== undefined && known.until > now();
          const token = isUsable ? known : await unlessAborted(fetchOnce(key, options, recorder), signal);
          lastGiven = token.value;
          onSecret(token.value);
          return token.authorization;
        },
      };
    },
  };
}

/** Names the connector and everything that the token request is made of; a hash, so that no secret is kept in keys. */
function keyOf(connectorId: string, version: number, options: OAuth2ClientCredentials): string {
  const { tokenUrl, clientId, clientSecret, scope, additionalFields, sendCredentialsIn, ca, verificationMode } =
    options;
  const parts = [
    tokenUrl,
    clientId,
    clientSecret,
    scope,
    additionalFields,
    sendCredentialsIn,
    ca?.toString('base64'),
    verificationMode,
  ];
  return createHash('sha256')
    .update(JSON.stringify([connectorId, version, ...parts]))
    .digest('base64');
}

function tokenFailed(detail: string, retry?: boolean): VerdictError {
  const text = detail.length <= LONGEST_QUOTE ? detail : `${detail.slice(0, LONGEST_QUOTE)}…`;
  return new VerdictError(failed('token_failed', text, retry === undefined ? {} : { retry }));
}

async function fetchToken(
  egress: Pick<Egress, 'http'>,
  options: OAuth2ClientCredentials,
  recorder: RequestRecorder | undefined,
): Promise<Token> {
  const { tokenUrl, ca, verificationMode } = options;
  const tls = { ...(ca === undefined ? {} : { ca }), ...(verificationMode === undefined ? {} : { verificationMode }) };
  const http = egress.http({
    connection: { baseUrl: tokenUrl, tls },
    recorder: recorder && { add: (record) => recorder.add(masked(record)) },
  });
  let response: HttpResponse;
  try {
    // never redirected: the body holds the credentials
    response = await http.post('', { ...credentials(options), redirect: 'manual' });
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    const code = error.systemCode === undefined ? '' : `[${error.systemCode}] `;
    throw tokenFailed(`Unable to retrieve/refresh the access token: ${code}${error.message}`);
  }
  if (response.status !== 200) {
    const body = response.json() ?? response.text;
    const retry = response.status === 429 || response.status >= 500 ? true : undefined;
    throw tokenFailed(`Unable to retrieve/refresh the access token: ${JSON.stringify(body)}`, retry);
  }
  return readToken(response.json());
}

/** Fields in Kibana's order; the grant type comes last so that no additional field can change it. */
function credentials(options: OAuth2ClientCredentials): {
  form: Record<string, string>;
  headers: Record<string, string>;
} {
  const { clientId, clientSecret, scope, additionalFields, sendCredentialsIn } = options;
  const inHeader = sendCredentialsIn === 'header';
  const form = {
    ...(scope ? { scope } : {}),
    ...(inHeader ? {} : { client_id: clientId, client_secret: clientSecret }),
    ...additionalFields,
    grant_type: 'client_credentials',
  };
  // RFC 6749, 2.3.1: both are form-encoded before they are joined
  const pair = [clientId, clientSecret].map((text) => new URLSearchParams([['', text]]).toString().slice(1)).join(':');
  const authorization: Record<string, string> = inHeader
    ? { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
    : {};
  return { form, headers: { Accept: 'application/json', ...authorization } };
}

function readToken(answer: unknown): Token {
  const unusable = (why: string) => tokenFailed(`Unable to retrieve new access token: ${why}`);
  if (typeof answer !== 'object' || answer === null) throw unusable('the answer is not a JSON object.');
  const { access_token: value, token_type: type = 'Bearer', expires_in: stated } = answer as Record<string, unknown>;
  if (typeof value !== 'string' || value === '') throw unusable('the answer has no "access_token".');
  if (value.length > LONGEST_TOKEN || !/^[\x21-\x7e]+$/.test(value)) {
    throw unusable(`"access_token" must be printable ASCII of at most ${LONGEST_TOKEN} characters.`);
  }
  if (typeof type !== 'string' || !/^[\w!#$%&'*+.^`|~-]{1,64}$/.test(type)) {
    throw unusable('"token_type" is not the name of an authentication scheme.');
  }
  return { value, authorization: `${type} ${value}`, lifetimeMs: lifetimeMs(stated) };
}

/** Seconds as a number, or as digits in a string, which some servers send. */
function lifetimeMs(stated: unknown): number {
  const seconds = stated === undefined || stated === null ? UNSTATED_LIFETIME_S : Number(stated);
  if (!Number.isFinite(seconds) || seconds <= 0) return 0;
  const life = Math.min(seconds, LONGEST_LIFETIME_S);
  return Math.floor((life - Math.min(MARGIN_S, life / 10)) * 1000);
}

/** The answer holds the token, and may hold others that nobody registers ({@link TokenRun.onSecret}): none of it is kept. */
function masked(record: RequestRecord): RequestRecord {
  return record.status === 200 && record.response_body !== undefined ? { ...record, response_body: MASK } : record;
}

/** Stops waiting, not the work. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const cancelled = () => new EgressError('cancelled', 'The run was cancelled while it waited for an access token.');
  if (signal.aborted) {
    work.catch(() => {});
    return Promise.reject(cancelled());
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(cancelled());
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
