import { basic } from '../../connectors/auth.ts';
import { type ActionContext, action, defineConnectorType } from '../../connectors/define.ts';
import { delivered, failed, type Reference, type Verdict } from '../../connectors/verdict.ts';
import type { HttpResponse } from '../../egress/types.ts';
import { codeOfStatus, isSuccess, quote, transportTrouble } from '../shared/http-error.ts';
import { retryAfter } from '../shared/retry-after.ts';
import {
  type Config,
  config,
  configProblem,
  connectorProblem,
  type Params,
  params,
  secrets,
  secretsProblem,
} from './schema.ts';

const NOT_SENT = 'Error triggering xMatters workflow';
const REFUSED = 'Error triggering xMatters flow';

const CREDENTIALS =
  'Check user and password, or the API key in the URL; the user that the trigger names must be active and allowed to send to it.';

const REMEDIES: Readonly<Record<number, string>> = {
  401: CREDENTIALS,
  403: CREDENTIALS,
  404: 'Copy the URL from the trigger in xMatters again: it may have been deleted, or its way of authentication changed.',
  429: 'xMatters takes only so many requests from a trigger; see its flood control.',
};

/** Keys without a value are left out, empty texts are sent, except for the severity. */
function payloadOf({ severity, spaceId, tags, ...rest }: Params): Record<string, string> {
  const { alertActionGroupName, signalId, ruleName, date } = rest;
  const all = { alertActionGroupName, signalId, ruleName, date, severity: severity || 'High', spaceId, tags };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** xMatters answers with the id of the request, by which its reports find what came of it. */
function requestOf(response: HttpResponse): Reference | undefined {
  const json = response.json();
  const id = typeof json === 'object' && json !== null && 'requestId' in json ? json.requestId : undefined;
  return typeof id === 'string' && id !== '' ? { id: quote(id, 200) } : undefined;
}

/** `[401] Authentication failed. Check …`: what Kibana keeps to itself. Pages for browsers say nothing of use. */
function explain(response: HttpResponse): string {
  const { status } = response;
  const json = response.json();
  const message = typeof json === 'object' && json !== null && 'message' in json ? json.message : undefined;
  const text = typeof message === 'string' ? message : response.text;
  const words = /^\s*</.test(text) ? '' : quote(text.trim());
  const remedy = REMEDIES[status];
  const said = [words, remedy].filter(Boolean).join(remedy === undefined || /[.!?]$/.test(words) ? ' ' : '. ');
  return `[${status}]${said === '' ? '' : ` ${said}`}`;
}

function verdictOf(response: HttpResponse, payload: Record<string, string>): Verdict {
  const { status } = response;
  if (isSuccess(response)) {
    const reference = requestOf(response);
    return delivered(payload, reference === undefined ? {} : { reference });
  }
  const code = codeOfStatus(status);
  const serviceMessage = explain(response);
  if (status === 429 || status >= 500) {
    const retry = retryAfter(response) ?? true;
    return failed(code, `${REFUSED}: http status ${status}, retry later`, { serviceMessage, retry });
  }
  return failed(code, `${REFUSED}: unexpected status ${status}`, { serviceMessage });
}

function verdictOfTrouble(error: unknown): Verdict {
  const trouble = transportTrouble(error);
  if (trouble === undefined) throw error;
  return failed(trouble.code, NOT_SENT, { serviceMessage: trouble.text });
}

/** `data` is what was sent, not the answer: Kibana's clients rely on it. */
async function trigger({ config, params, http }: ActionContext<Config, Params>): Promise<Verdict> {
  // only null is refused when saving
  if (config.usesBasic && config.configUrl === '') {
    return failed('config_invalid', NOT_SENT, { serviceMessage: 'Error: no url provided' });
  }
  const payload = payloadOf(params);
  return http.post('', { json: payload }).then((response) => verdictOf(response, payload), verdictOfTrouble);
}

export default defineConnectorType({
  id: '.xmatters',
  name: 'xMatters',
  description: 'Trigger an xMatters flow that alerts the people on call.',
  category: 'paging',
  features: ['alerting', 'siem'],
  minimumLicense: 'gold',
  docsUrl: 'https://help.xmatters.com/integrations/monitoring/elastic.htm',
  setup: [
    'In xMatters, open the workflow templates and choose Elastic; or, in a flow of your own, add the app trigger "Elastic Alerts (Connector)".',
    'Choose how the trigger authenticates: basic authentication, or URL authentication, which puts an API key into the URL.',
    'Copy the trigger URL. Its parameter "recipients" says who is notified.',
    'Switch "Basic authentication" on or off accordingly, and enter the URL and, if basic, the user name and password of the authenticating user.',
  ],

  config,
  secrets,
  check: { config: configProblem, secrets: secretsProblem, connector: connectorProblem },
  target: ({ config, secrets }) => (config.usesBasic ? config.configUrl : secrets.secretsUrl) ?? undefined,
  auth: ({ config, secrets: { user, password } }) =>
    config.usesBasic && user !== null && password !== null ? basic(user, password) : undefined,
  destinationFields: ['configUrl', 'usesBasic'],

  style: 'flat',
  actions: {
    run: action(params, trigger),
  },

  sample: {
    config: {
      configUrl:
        'https://example.xmatters.com/api/integration/1/functions/00000000-0000-4000-8000-000000000000/triggers',
      usesBasic: true,
    },
    secrets: { user: 'patchbay', password: 'a long password' },
    params: {
      alertActionGroupName: 'Fired',
      signalId: 'rule-1:host-1',
      ruleName: 'Disk is full',
      severity: 'high',
      tags: 'disk,host-1',
    },
    expect: {
      method: 'POST',
      url: '/api/integration/1/functions/00000000-0000-4000-8000-000000000000/triggers',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from('patchbay:a long password').toString('base64')}`,
      },
      body: {
        alertActionGroupName: 'Fired',
        signalId: 'rule-1:host-1',
        ruleName: 'Disk is full',
        severity: 'high',
        tags: 'disk,host-1',
      },
    },
  },
});
