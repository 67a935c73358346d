import { z } from 'zod';
import { type Auth, all, basic, headers, oauth2ClientCredentials } from '../../connectors/auth.ts';
import { type ActionContext, action, type Details, defineConnectorType } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { delivered, failed, type Verdict } from '../../connectors/verdict.ts';
import type { HttpRequestOptions, HttpResponse, TlsOptions } from '../../egress/types.ts';
import { codeOfStatus, isSuccess, quote, reasonPhrase, statusLine, transportTrouble } from '../shared/http-error.ts';
import { retryAdvice } from '../shared/retry-after.ts';
import {
  BASIC,
  type Config,
  config,
  configProblem,
  parseAdditionalFields,
  type Secrets,
  SSL,
  secrets,
  secretsProblem,
  usesOauth,
} from './schema.ts';

const params = z.strictObject({ body: f.json('Body', 'Sent as it is; usually JSON.').optional() });

type WebhookDetails = Details<Config, Secrets>;

const fromBase64 = (text: string) => Buffer.from(text, 'base64');

/** Later parts win: basic yields to the config's headers, these to the secret headers, and all to an OAuth token. */
function auth({ config, secrets }: WebhookDetails): Auth {
  const { user, password, secretHeaders } = secrets;
  // authType is younger than hasAuth: connectors without it mean basic
  const isBasic = config.hasAuth && (config.authType ?? BASIC) === BASIC;
  return all(
    isBasic && user && password ? basic(user, password) : undefined,
    secretHeaders === null ? undefined : headers(secretHeaders),
    usesOauth(config) ? token(config, secrets) : undefined,
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
    ca: ca ? fromBase64(ca) : undefined,
    verificationMode,
  });
}

function tls({ config, secrets }: WebhookDetails): TlsOptions {
  const { ca, verificationMode } = config;
  return {
    ...(ca ? { ca: fromBase64(ca) } : {}),
    ...(verificationMode ? { verificationMode } : {}),
    ...(config.hasAuth && config.authType === SSL ? clientCertificate(config, secrets) : {}),
  };
}

function clientCertificate({ certType }: Config, { crt, key, pfx, password }: Secrets): TlsOptions {
  const passphrase = password ? { passphrase: password } : {};
  if (certType !== 'ssl-pfx' && crt && key) return { cert: fromBase64(crt), key: fromBase64(key), ...passphrase };
  if (certType !== 'ssl-crt-key' && pfx) return { pfx: fromBase64(pfx), ...passphrase };
  return {};
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

function requestOptions({ method, headers }: Config, body: string | undefined): HttpRequestOptions {
  const own = headers ?? {};
  const bodiless = body === undefined || method === 'get' || method === 'delete';
  const content = bodiless ? '' : bodyAsSent(body, own);
  return { headers: own, ...(content === '' ? {} : { body: content }) };
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
  http,
}: ActionContext<Config, z.output<typeof params>>): Promise<Verdict> {
  try {
    const response = await http.request(config.method.toUpperCase(), '', requestOptions(config, body));
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
  ],

  config,
  secrets,
  check: { config: configProblem, secrets: secretsProblem },
  target: ({ config }) => config.url,
  auth,
  tls,
  destinationFields: ['url', 'accessTokenUrl'],

  style: 'flat',
  actions: {
    run: action(params, call),
  },

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
