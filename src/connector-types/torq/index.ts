import { z } from 'zod';
import { header } from '../../connectors/auth.ts';
import { urlProblem } from '../../connectors/checks.ts';
import { type CheckContext, defineConnectorType } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { delivered, failed, type Reference, type Verdict } from '../../connectors/verdict.ts';
import type { HttpClient, HttpResponse } from '../../egress/types.ts';
import { errorText } from '../../errors.ts';
import { codeOfStatus, isSuccess, quote, reasonPhrase, transportTrouble } from '../shared/http-error.ts';
import { retryAdvice } from '../shared/retry-after.ts';

const PREFIX = 'error configuring send to Torq action';
const FAILED = 'error triggering Torq workflow';

/** `hooks.torq.io` and those of the regions; Kibana asks for the host alone, and lets `localhost` pass for tests. */
const TORQ_HOST = /^(hooks(\.[a-z0-9-]+)*\.torq\.io|localhost)$/;

/** Kibana's words for statuses that stand for one mistake each. */
const MESSAGES: Readonly<Record<number, string>> = {
  401: 'unauthorised',
  404: 'make sure the webhook URL is valid',
  405: 'method is not supported',
};

const CHECK_SECRET = 'Check the authentication header secret: Torq shows it with the integration, for X-Torq-Token.';

/** @returns the first problem, in Kibana's order: the URL, the allow-list, the host */
function configProblem(url: string, { egress }: CheckContext): string | undefined {
  const problem = urlProblem(url, egress, { prefix: PREFIX });
  if (problem !== undefined || TORQ_HOST.test(new URL(url).hostname)) return problem;
  return `${PREFIX}: url must begin with https://hooks.torq.io or https://hooks.eu.torq.io`;
}

/**
 * The JSON of a body without blanks and repeated keys, as Kibana sends it; `''` where there is nothing to send.
 *
 * @throws {SyntaxError} for what is no JSON
 * @throws {RangeError} for what is nested too deeply
 */
function normalisedJson(body: string): string {
  const value: unknown = JSON.parse(body === '' ? 'null' : body);
  return value ? JSON.stringify(value) : '';
}

/** `[404] Not Found: no such webhook`; the words are those of the answer's `message`, if it has one. */
function describe(response: HttpResponse): string {
  const json = response.json();
  const message = typeof json === 'object' && json !== null && 'message' in json ? json.message : undefined;
  const said = typeof message === 'string' ? message : message ? JSON.stringify(message) : '';
  const text = `[${response.status}] ${reasonPhrase(response)}${said === '' ? '' : `: ${quote(said)}`}`;
  return response.status === 401 || response.status === 403 ? `${text.replace(/\.$/, '')}. ${CHECK_SECRET}` : text;
}

/** A URL for one workflow is answered with the id of its execution; one for all of them with nothing of use. */
function executionOf(response: HttpResponse): Reference | undefined {
  const json = response.json();
  if (typeof json !== 'object' || json === null) return undefined;
  const { execution_id: snake, executionId: camel } = json as Readonly<Record<string, unknown>>;
  const id = [snake, camel].find((value): value is string => typeof value === 'string' && value !== '');
  return id === undefined ? undefined : { id: quote(id, 200) };
}

function verdictOf(response: HttpResponse, body: string): Verdict {
  if (isSuccess(response)) {
    const reference = executionOf(response);
    return delivered(body, reference === undefined ? {} : { reference });
  }
  const { status } = response;
  const code = codeOfStatus(status);
  const serviceMessage = describe(response);
  if (status !== 429 && status < 500) {
    return failed(code, `${FAILED}, ${MESSAGES[status] ?? 'invalid response'}`, { serviceMessage });
  }
  const { retry, text } = retryAdvice(response);
  return failed(code, `${FAILED}, ${text}`, { serviceMessage, retry });
}

function verdictOfTrouble(error: unknown): Verdict {
  const trouble = transportTrouble(error);
  // the defect's text stays in the log: it may hold anything
  if (trouble === undefined) return failed('handler_failed', `${FAILED}, unexpected error`);
  const { code, text, retry } = trouble;
  return failed(code, `${FAILED}, request failed`, {
    serviceMessage: text,
    ...(retry === undefined ? {} : { retry }),
  });
}

/** `data` is the body that was given, blanks included, and not the answer: Kibana's clients rely on it. */
async function trigger(http: HttpClient, body: string): Promise<Verdict> {
  let json: string;
  try {
    json = normalisedJson(body);
  } catch (error) {
    return failed('params_invalid', `${FAILED}, invalid body`, { serviceMessage: errorText(error) });
  }
  const headers = { 'Content-Type': 'application/json' };
  try {
    return verdictOf(await http.post('', json === '' ? { headers } : { headers, body: json }), body);
  } catch (error) {
    return verdictOfTrouble(error);
  }
}

export default defineConnectorType({
  id: '.torq',
  name: 'Torq',
  description: 'Trigger a Torq workflow.',
  category: 'security-operations',
  features: ['alerting', 'uptime', 'siem'],
  minimumLicense: 'gold',
  docsUrl: 'https://kb.torq.io/en/articles/9139841-webhook',
  setup: [
    'In Torq, open Integrations and then Triggers, find "Elastic Security", and add an integration.',
    'Copy its endpoint URL into "Torq endpoint URL", and the secret of its authentication header into "Torq authentication header secret".',
    'To trigger one workflow alone, open its trigger and copy the asynchronous URL instead: Torq then answers with the id of the execution.',
  ],

  config: z.strictObject({
    webhookIntegrationUrl: f.url('Torq endpoint URL', 'The endpoint of the Elastic Security integration in Torq.', {
      placeholder: 'https://hooks.torq.io/v1/webhooks/…',
    }),
  }),
  secrets: z.strictObject({
    token: f.secret(
      'Torq authentication header secret',
      'Shown in Torq with the integration; sent as the header X-Torq-Token.',
    ),
  }),
  check: { config: ({ webhookIntegrationUrl }, context) => configProblem(webhookIntegrationUrl, context) },
  target: ({ config }) => config.webhookIntegrationUrl,
  auth: ({ secrets }) => header('X-Torq-Token', secrets.token),
  destinationFields: ['webhookIntegrationUrl'],

  style: 'flat',
  actions: (action) => ({
    run: action(
      z.strictObject({
        body: f.json('Body', 'JSON; nothing at all is sent as nothing.', {
          placeholder: '{"rule": "…", "alert": "…"}',
        }),
      }),
      ({ params: { body }, http }) => trigger(http, body),
    ),
  }),
  templates: { body: 'none' },

  sample: {
    config: { webhookIntegrationUrl: 'https://hooks.torq.io/v1/webhooks/00000000-0000-4000-8000-000000000000' },
    secrets: { token: 'a long secret' },
    params: { body: '{"host": "host-1", "disk": 93}' },
    expect: {
      method: 'POST',
      url: '/v1/webhooks/00000000-0000-4000-8000-000000000000',
      headers: { 'content-type': 'application/json', 'x-torq-token': 'a long secret' },
      body: { host: 'host-1', disk: 93 },
    },
  },
});
