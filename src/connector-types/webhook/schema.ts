import { z } from 'zod';
import { urlProblem } from '../../connectors/checks.ts';
import type { CheckContext } from '../../connectors/define.ts';
import { f, inFormOrder } from '../../connectors/fields.ts';
import {
  authFields,
  authSecrets,
  BASIC,
  secretsProblem as credentialsProblem,
  OAUTH2,
  SSL,
} from '../shared/request-auth.ts';
import { signingProblem } from './signing.ts';

const withOauth = { when: { field: 'authType', is: [OAUTH2] } };

/**
 * Only `method`, `headers` and `hasAuth` have defaults: every other key stays absent in answers, as in Kibana.
 * `sendIdempotencyKey` is Patchbay's own.
 */
export const config = z.strictObject(
  inFormOrder(
    {
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
          options: {
            [BASIC]: 'User and password',
            [SSL]: 'Client certificate',
            [OAUTH2]: 'OAuth 2.0 client credentials',
          },
        })
        .nullable()
        .optional(),
      certType: authFields.certType,
      ca: authFields.ca,
      verificationMode: authFields.verificationMode,
      accessTokenUrl: f
        .url('Access token URL', 'The token endpoint of the authorization server.', withOauth)
        .optional(),
      clientId: f.text('Client ID', undefined, withOauth).optional(),
      scope: f.text('Scope', 'Several are separated by spaces.', withOauth).optional(),
      additionalFields: f
        .json('Additional fields', 'More fields of the token request, as a JSON object: {"audience": "…"}.', withOauth)
        .nullable()
        .optional(),
      sendIdempotencyKey: f
        .flag(
          'Idempotency key',
          'Adds the header Idempotency-Key, the same at every attempt of one execution, so that a service which honours it acts once. A header of that name of your own wins.',
        )
        .optional(),
    },
    [
      'method',
      'url',
      'hasAuth',
      'authType',
      'accessTokenUrl',
      'clientId',
      'scope',
      'additionalFields',
      'certType',
      'headers',
      'ca',
      'verificationMode',
      'sendIdempotencyKey',
    ],
  ),
);
export type Config = z.output<typeof config>;

export const secrets = z.strictObject({
  ...authSecrets,
  clientSecret: f.secret('Client secret', undefined, withOauth).nullable().default(null),
  signingSecret: f
    .secret(
      'Signing secret',
      'Requests are then signed as Standard Webhooks has it, with the headers webhook-id, webhook-timestamp and webhook-signature.',
      { placeholder: 'whsec_…' },
    )
    .nullable()
    .default(null),
  previousSigningSecret: f
    .secret(
      'Previous signing secret',
      'While the secret is being changed: requests carry a signature by each of the two, so that none is refused.',
      { placeholder: 'whsec_…' },
    )
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

/** @returns the first problem of the secrets, in Kibana's words where it has some */
export function secretsProblem(values: Secrets): string | undefined {
  return credentialsProblem(values) ?? signingProblem(values);
}
