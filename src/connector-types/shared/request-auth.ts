import { type Auth, all, basic, headers } from '../../connectors/auth.ts';
import { f } from '../../connectors/fields.ts';
import type { TlsOptions } from '../../egress/types.ts';

/** How requests to web services of the user's own choice sign in: fields, rules and words that Kibana's types share. */

export const BASIC = 'webhook-authentication-basic';
export const SSL = 'webhook-authentication-ssl';
export const OAUTH2 = 'webhook-oauth2-client-credentials';

// left out or null means basic
const withBasic = { when: { field: 'authType', is: [BASIC, null] } };
const withSsl = { when: { field: 'authType', is: [SSL] } };
const withCrt = { when: { field: 'certType', is: ['ssl-crt-key'] } };
const withPfx = { when: { field: 'certType', is: ['ssl-pfx'] } };

/** Config fields of a type that takes user and password or a client certificate. Only `hasAuth` has a default, as in Kibana. */
export const authFields = {
  hasAuth: f.flag('Authentication').default(true),
  authType: f
    .select([BASIC, SSL, OAUTH2], 'Kind of authentication', 'Basic when left out; OAuth 2.0 is refused.', {
      when: { field: 'hasAuth', is: [true] },
      options: { [BASIC]: 'User and password', [SSL]: 'Client certificate', [OAUTH2]: 'OAuth 2.0 (not supported)' },
    })
    .nullable()
    .optional(),
  certType: f
    .select(['ssl-crt-key', 'ssl-pfx'], 'Certificate type', undefined, {
      ...withSsl,
      options: { 'ssl-crt-key': 'CRT and KEY file', 'ssl-pfx': 'PFX file' },
    })
    .optional(),
  headers: f.map('Headers', 'Stored readable; put credentials into the secret headers.').nullable().default(null),
  ca: f
    .text('CA file', 'Base64 of the PEM file; only certificates signed by it are trusted then.', { widget: 'file' })
    .optional(),
  verificationMode: f
    .select(
      ['none', 'certificate', 'full'],
      'Verification mode',
      "What is checked of the server's certificate; the server's setting when left out.",
      { options: { none: 'None', certificate: 'Certificate', full: 'Full' } },
    )
    .optional(),
};

/** What `authFields` come to. */
export interface AuthConfig {
  readonly hasAuth: boolean;
  readonly authType?: string | null;
  readonly certType?: string;
  readonly ca?: string;
  readonly verificationMode?: 'none' | 'certificate' | 'full';
}

/** The secrets that go with {@link authFields}; all absent ones are null. */
export const authSecrets = {
  user: f
    .text('Username', undefined, { ...withBasic, secret: false })
    .nullable()
    .default(null),
  password: f
    .secret('Password', 'With a client certificate: the passphrase of its key.', {
      when: { field: 'authType', is: [BASIC, null, SSL] },
    })
    .nullable()
    .default(null),
  crt: f.secretFile('CRT file', 'PEM', withCrt).nullable().default(null),
  key: f.secretFile('KEY file', 'PEM', withCrt).nullable().default(null),
  pfx: f.secretFile('PFX file', 'PKCS#12', withPfx).nullable().default(null),
  clientSecret: f
    .secret('Client secret', 'Accepted, and not used.', { when: { field: 'authType', is: [OAUTH2] } })
    .nullable()
    .default(null),
  secretHeaders: f
    .secretMap('Secret headers', 'Stored encrypted; they win over a header of the same name.')
    .nullable()
    .default(null),
};

/** What `authSecrets` come to. */
export interface AuthSecrets {
  readonly user: string | null;
  readonly password: string | null;
  readonly crt: string | null;
  readonly key: string | null;
  readonly pfx: string | null;
  readonly clientSecret: string | null;
  readonly secretHeaders: Readonly<Record<string, string>> | null;
}

const ALLOWED_COMBINATIONS = new Set([
  '',
  'user+password',
  'crt+key',
  'password+crt+key',
  'pfx',
  'password+pfx',
  'clientSecret',
]);

/** The secrets of exactly one kind of authentication, or none; whether they fit `authType` is not asked, as in Kibana. */
export function secretsProblem({ user, password, crt, key, pfx, clientSecret }: AuthSecrets): string | undefined {
  const given = Object.entries({ user, password, crt, key, pfx, clientSecret }).filter(([, value]) => value);
  if (ALLOWED_COMBINATIONS.has(given.map(([name]) => name).join('+'))) return undefined;
  return 'must specify one of the following schemas: user and password; crt and key (with optional password); pfx (with optional password); or clientSecret (for OAuth2)';
}

/** `authType` is younger than `hasAuth`: connectors without it mean basic. */
export function usesBasic({ hasAuth, authType }: AuthConfig): boolean {
  return hasAuth && (authType ?? BASIC) === BASIC;
}

/** Later parts win: basic yields to the config's headers, these to the secret headers. */
export function authOf(config: AuthConfig, { user, password, secretHeaders }: AuthSecrets): Auth {
  return all(
    usesBasic(config) && user && password ? basic(user, password) : undefined,
    secretHeaders === null ? undefined : headers(secretHeaders),
  );
}

const fromBase64 = (text: string) => Buffer.from(text, 'base64');

/** `{}` when the connector says nothing about TLS. */
export function tlsOf(config: AuthConfig, secrets: AuthSecrets): TlsOptions {
  const { ca, verificationMode } = config;
  return {
    ...(ca ? { ca: fromBase64(ca) } : {}),
    ...(verificationMode ? { verificationMode } : {}),
    ...(config.hasAuth && config.authType === SSL ? clientCertificate(config, secrets) : {}),
  };
}

function clientCertificate({ certType }: AuthConfig, { crt, key, pfx, password }: AuthSecrets): TlsOptions {
  const passphrase = password ? { passphrase: password } : {};
  if (certType !== 'ssl-pfx' && crt && key) return { cert: fromBase64(crt), key: fromBase64(key), ...passphrase };
  if (certType !== 'ssl-crt-key' && pfx) return { pfx: fromBase64(pfx), ...passphrase };
  return {};
}
