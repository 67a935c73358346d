import { z } from 'zod';
import { type Auth, all, oauth2ClientCredentials, signature } from '../../connectors/auth.ts';
import { type ActionContext, action, type Details, defineConnectorType } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { delivered, failed, type Verdict } from '../../connectors/verdict.ts';
import type { HttpRequestOptions, HttpResponse } from '../../egress/types.ts';
import { codeOfStatus, isSuccess, quote, reasonPhrase, statusLine, transportTrouble } from '../shared/http-error.ts';
import { authOf, tlsOf } from '../shared/request-auth.ts';
import { retryAdvice } from '../shared/retry-after.ts';
import {
  type Config,
  config,
  configProblem,
  parseAdditionalFields,
  type Secrets,
  secrets,
  secretsProblem,
  usesOauth,
} from './schema.ts';
import { signingKeys } from './signing.ts';

const params = z.strictObject({ body: f.json('Body', 'Sent as it is; usually JSON.').optional() });

type WebhookDetails = Details<Config, Secrets>;

/** Later parts win: basic yields to the config's headers, these to the secret headers, and all to an OAuth token. */
function auth({ config, secrets }: WebhookDetails): Auth {
  return all(
    authOf(config, secrets),
    usesOauth(config) ? token(config, secrets) : undefined,
    signature(...signingKeys(secrets)),
  );
}

/** Unlike Kibana's, the token request honours `ca` and `verificationMode`: both servers tend to share one private CA. */
function token(config: Config, secrets: Secrets): Auth {
  const { accessTokenUrl = '', clientId = '', scope, additionalFields, ca, verificationMode } = config;
  return oauth2ClientCredentials({
    tokenUrl: accessTokenUrl,
    clientId,
    clientSecret: secrets.clientSecret ?? '',
    scope,
    additionalFields: additionalFields ? parseAdditionalFields(additionalFields) : undefined,
    ca: ca ? Buffer.from(ca, 'base64') : undefined,
    verificationMode,
  });
}

/**
 * The body as Kibana's client (axios) sends it: under a JSON content type, valid JSON goes out trimmed, and text that is
 * no JSON as one quoted JSON string, so that the target always gets JSON.
 */
export function bodyAsSent(body: string, headers: Readonly<Record<string, string>>): string {
  const contentType = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  if (!contentType?.includes('application/json')) return body;
  try {
    JSON.parse(body);
    return body.trim();
  } catch {
    return JSON.stringify(body);
  }
}

/** The config's headers; secret ones join them further on and win. */
function ownHeaders({ headers, sendIdempotencyKey }: Config, executionId: string): Record<string, string> {
  const own = headers ?? {};
  const hasKey = Object.keys(own).some((name) => name.toLowerCase() === 'idempotency-key');
  return sendIdempotencyKey && !hasKey ? { ...own, 'Idempotency-Key': executionId } : own;
}

function requestOptions(config: Config, executionId: string, body: string | undefined): HttpRequestOptions {
  const { method } = config;
  const own = ownHeaders(config, executionId);
  const bodiless = body === undefined || method === 'get' || method === 'delete';
  const content = bodiless ? '' : bodyAsSent(body, own);
  return { headers: own, signAs: executionId, ...(content === '' ? {} : { body: content }) };
}

/** `[503] Service Unavailable`, and `: …` with the answer's own `message` if it is JSON that has one. */
function describe(response: HttpResponse): string {
  const json = response.json();
  const message = typeof json === 'object' && json !== null && 'message' in json ? json.message : undefined;
  const text = typeof message === 'string' ? message : message ? JSON.stringify(message) : '';
  return `[${response.status}] ${reasonPhrase(response)}${text === '' ? '' : `: ${quote(text)}`}`;
}

function verdictOf(response: HttpResponse, body: string | undefined): Verdict {
  if (isSuccess(response)) return delivered(body);
  const { status } = response;
  const code = codeOfStatus(status);
  const serviceMessage = describe(response);
  if (status !== 429 && status < 500) {
    return failed(code, 'error calling webhook, invalid response', { serviceMessage });
  }
  const { retry, text } = retryAdvice(response);
  return failed(code, `error calling webhook, ${text}`, { serviceMessage, retry });
}

function verdictOfTrouble(error: unknown): Verdict {
  const trouble = transportTrouble(error);
  // the defect's text stays in the log: it may hold anything
  if (trouble === undefined) return failed('handler_failed', 'error calling webhook, unexpected error');
  const { code, text, retry } = trouble;
  return failed(code, 'error calling webhook, request failed', {
    serviceMessage: text,
    ...(retry === undefined ? {} : { retry }),
  });
}

/** `data` is the body that was given, not the answer, even for GET and DELETE: Kibana's clients rely on it. */
async function call({
  config,
  params: { body },
  execution,
  http,
}: ActionContext<Config, z.output<typeof params>>): Promise<Verdict> {
  try {
    const response = await http.request(config.method.toUpperCase(), '', requestOptions(config, execution.id, body));
    return verdictOf(response, body);
  } catch (error) {
    return verdictOfTrouble(error);
  }
}

export default defineConnectorType({
  id: '.webhook',
  name: 'Webhook',
  description: 'Send an HTTP request to any web service.',
  category: 'generic',
  features: ['alerting', 'uptime', 'siem'],
  minimumLicense: 'gold',
  setup: [
    'Enter the URL of the service and the method that it expects.',
    'Choose how it authenticates: not at all, user and password, a client certificate, or OAuth 2.0 client credentials. An API key goes into a secret header.',
    'If the service takes JSON, add the header Content-Type: application/json.',
    'If its certificate is signed by a private authority, upload the CA file.',
    'If it checks signatures (Standard Webhooks), enter the key that it was given, or make one with "openssl rand -base64 32", put whsec_ before it and give it to both sides. docs/webhook-signatures.md shows how to check and to change it.',
    'If it honours the header Idempotency-Key, switch the idempotency key on: an action that is repeated because its answer was lost is then done once.',
  ],

  config,
  secrets,
  check: { config: configProblem, secrets: secretsProblem },
  target: ({ config }) => config.url,
  auth,
  tls: ({ config, secrets }) => tlsOf(config, secrets),
  destinationFields: ['url', 'accessTokenUrl'],

  style: 'flat',
  actions: {
    run: action(params, call),
  },
  templates: { body: 'json' },

  /** OPTIONS is safe by definition (RFC 9110, 9.2.1) and passes name, TLS, proxy, token and certificate on its way. */
  async test({ config, http }) {
    try {
      const response = await http.request('OPTIONS', '', { headers: config.headers ?? {} });
      const answer = `The server answered ${statusLine(response)} to OPTIONS`;
      if (response.status >= 500) return failed('target_unavailable', `${answer}.`);
      return delivered(undefined, isSuccess(response) ? {} : { warning: `${answer}; it may still accept the action.` });
    } catch (error) {
      return verdictOfTrouble(error);
    }
  },

  sample: {
    config: {
      url: 'https://example.com/hooks/disk',
      method: 'post',
      headers: { 'Content-Type': 'application/json' },
      hasAuth: true,
    },
    secrets: { user: 'patchbay', password: 'a long password' },
    params: { body: '{"host":"host-1","disk":93}' },
    expect: {
      method: 'POST',
      url: '/hooks/disk',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from('patchbay:a long password').toString('base64')}`,
      },
      body: { host: 'host-1', disk: 93 },
    },
  },
});
