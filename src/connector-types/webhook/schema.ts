import { z } from 'zod';
import { urlProblem } from '../../connectors/checks.ts';
import type { CheckContext } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';

export const BASIC = 'webhook-authentication-basic';
export const SSL = 'webhook-authentication-ssl';
export const OAUTH2 = 'webhook-oauth2-client-credentials';

// left out or null means basic
const withBasic = { when: { field: 'authType', is: [BASIC, null] } };
const withSsl = { when: { field: 'authType', is: [SSL] } };
const withCrt = { when: { field: 'certType', is: ['ssl-crt-key'] } };
const withPfx = { when: { field: 'certType', is: ['ssl-pfx'] } };
const withOauth = { when: { field: 'authType', is: [OAUTH2] } };

/** Only `method`, `headers` and `hasAuth` have defaults: every other key stays absent in answers, as in Kibana. */
export const config = z.strictObject({
  url: f.url('URL', 'Called exactly as written; it takes no variables.'),
  method: f
    .select(['post', 'put', 'patch', 'get', 'delete'], 'Method', 'GET and DELETE are sent without a body.')
    .default('post'),
  headers: f
    .map(
      'Headers',
      'Stored readable; put credentials into the secret headers. A body of JSON needs Content-Type: application/json.',
    )
    .nullable()
    .default(null),
  hasAuth: f.flag('Authentication').default(true),
  authType: f
    .select([BASIC, SSL, OAUTH2], 'Kind of authentication', 'Basic when left out.', {
      when: { field: 'hasAuth', is: [true] },
      options: { [BASIC]: 'User and password', [SSL]: 'Client certificate', [OAUTH2]: 'OAuth 2.0 client credentials' },
    })
    .nullable()
    .optional(),
  certType: f
    .select(['ssl-crt-key', 'ssl-pfx'], 'Certificate type', undefined, {
      ...withSsl,
      options: { 'ssl-crt-key': 'CRT and KEY file', 'ssl-pfx': 'PFX file' },
    })
    .optional(),
  ca: f
    .text('CA file', 'Base64 of the PEM file; only certificates signed by it are trusted then.', { widget: 'file' })
    .optional(),
  verificationMode: f
    .select(
      ['none', 'certificate', 'full'],
      'Verification mode',
      "What is checked of the server's certificate; the server's setting when left out.",
      {
        options: { none: 'None', certificate: 'Certificate', full: 'Full' },
      },
    )
    .optional(),
  accessTokenUrl: f.url('Access token URL', 'The token endpoint of the authorization server.', withOauth).optional(),
  clientId: f.text('Client ID', undefined, withOauth).optional(),
  scope: f.text('Scope', 'Several are separated by spaces.', withOauth).optional(),
  additionalFields: f
    .json('Additional fields', 'More fields of the token request, as a JSON object: {"audience": "…"}.', withOauth)
    .nullable()
    .optional(),
});
export type Config = z.output<typeof config>;

export const secrets = z.strictObject({
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
  clientSecret: f.secret('Client secret', undefined, withOauth).nullable().default(null),
  secretHeaders: f
    .secretMap('Secret headers', 'Stored encrypted; they win over a header of the same name.')
    .nullable()
    .default(null),
});
export type Secrets = z.output<typeof secrets>;

/** True when the connector fetches a token; the field alone does not count while authentication is off. */
export function usesOauth(values: Config): boolean {
  return values.hasAuth && values.authType === OAUTH2;
}

/**
 * The extra fields of the token request: `{"audience": "api", "ttl": 60}` gives `{ audience: 'api', ttl: '60' }`.
 *
 * @returns undefined when the text is anything but a JSON object with at least one member
 */
export function parseAdditionalFields(text: string): Record<string, string> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([name, v]) => [name, typeof v === 'string' ? v : JSON.stringify(v)]));
}

/** Sic: "validation" is Kibana's spelling, and existing tests compare it. */
const PREFIX = 'error validation webhook action config';

/** Rules across the fields of the config, in Kibana's order and words. @returns the first problem */
export function configProblem(values: Config, { settings, egress }: CheckContext): string | undefined {
  const problem = urlProblem(values.url, egress, { prefix: PREFIX });
  if (problem !== undefined) return problem;
  if (values.authType && !values.hasAuth) return `${PREFIX}: authType must be null or undefined if hasAuth is false`;
  if (values.certType === 'ssl-pfx' && !settings.actions.webhookPfxEnabled) {
    return `${PREFIX}: certType "ssl-pfx" is disabled`;
  }
  return usesOauth(values) ? oauthProblem(values, egress) : undefined;
}

function oauthProblem(values: Config, egress: CheckContext['egress']): string | undefined {
  const missing = [
    ...(values.accessTokenUrl ? [] : ['Access Token URL (accessTokenUrl)']),
    ...(values.clientId ? [] : ['Client ID (clientId)']),
  ];
  if (missing.length > 0) return `${PREFIX}: missing ${missing.join(', ')} fields`;
  const problem = urlProblem(values.accessTokenUrl ?? '', egress, { prefix: PREFIX });
  if (problem !== undefined) return problem;
  const { additionalFields } = values;
  if (typeof additionalFields === 'string' && parseAdditionalFields(additionalFields) === undefined) {
    return `${PREFIX}: additionalFields must be a valid JSON object`;
  }
  return undefined;
}

/** The secrets of exactly one kind of authentication, or none; whether they fit `authType` is not asked, as in Kibana. */
export function secretsProblem({ user, password, crt, key, pfx, clientSecret }: Secrets): string | undefined {
  const given = [
    user && 'user',
    password && 'password',
    crt && 'crt',
    key && 'key',
    pfx && 'pfx',
    clientSecret && 'clientSecret',
  ];
  const combination = given.filter(Boolean).join('+');
  if (ALLOWED_COMBINATIONS.has(combination)) return undefined;
  return 'must specify one of the following schemas: user and password; crt and key (with optional password); pfx (with optional password); or clientSecret (for OAuth2)';
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
