import type { VerificationMode } from '../egress/types.ts';

/**
 * How requests of a connector are authenticated. Data, so that the run can resolve it, the preview can mask it, and a
 * handler never touches a credential.
 */
export type Auth =
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>>; readonly yields?: boolean }
  | ({ readonly kind: 'oauth2' } & OAuth2ClientCredentials)
  | { readonly kind: 'signature'; readonly keys: readonly Buffer[] }
  | { readonly kind: 'all'; readonly parts: readonly Auth[] };

export interface OAuth2ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  /** Extra fields of the token request, e.g. `audience`. */
  readonly additionalFields?: Readonly<Record<string, string>>;
  /** Where client id and secret go; `body` unless the server insists on HTTP Basic. */
  readonly sendCredentialsIn?: 'body' | 'header';
  readonly ca?: string | Buffer;
  readonly verificationMode?: VerificationMode;
}

/** A header that wins over one of the same name set by the action. */
export function header(name: string, value: string): Auth {
  return { kind: 'headers', headers: { [name]: value } };
}

export function headers(values: Readonly<Record<string, string>>): Auth {
  return { kind: 'headers', headers: values };
}

export function bearer(token: string): Auth {
  return header('Authorization', `Bearer ${token}`);
}

/** HTTP Basic, UTF-8. Yields to an `Authorization` header that the action sets itself, as in Kibana. */
export function basic(user: string, password: string): Auth {
  const value = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
  return { kind: 'headers', headers: { Authorization: `Basic ${value}` }, yields: true };
}

/** OAuth 2.0 client credentials: the token is fetched when needed, cached until it expires, renewed once on a 401. */
export function oauth2ClientCredentials(options: OAuth2ClientCredentials): Auth {
  return { kind: 'oauth2', ...options };
}

/**
 * Signs the requests for which the action names an id (`signAs`), as Standard Webhooks has it: with each of the keys, so that
 * one can follow another without a gap.
 */
export function signature(...keys: readonly Buffer[]): Auth {
  return { kind: 'signature', keys };
}

export function all(...parts: readonly (Auth | undefined)[]): Auth {
  return { kind: 'all', parts: parts.filter((part) => part !== undefined) };
}
