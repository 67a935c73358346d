import { z } from 'zod';
import { header } from '../../connectors/auth.ts';
import { urlProblem } from '../../connectors/checks.ts';
import { type ActionContext, defineConnectorType } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { delivered, type Verdict } from '../../connectors/verdict.ts';
import type { HttpResponse } from '../../egress/types.ts';
import { isSuccess, reasonPhrase } from '../shared/http-error.ts';
import { answerFailure, checkedBody, normalisedUrl } from '../shared/sub-action-answer.ts';
import { noAnswerFailure } from '../shared/sub-action-failure.ts';

const params = z.strictObject({
  body: f.longText('Body', 'The event. JSON is sent as such, anything else as text.').optional(),
  severity: f
    .text('Severity', undefined, { widget: 'select', options: { high: 'High', medium: 'Medium', low: 'Low' } })
    .optional(),
  eventType: f.text('Event type', 'Free text; D3 can map it to a type of its own.').optional(),
});
type Params = z.output<typeof params>;

const answer = z.looseObject({ refid: z.string() });

/** Any 2xx means that D3 has the event, so whatever else is wrong with the answer, it is not sent again. */
const TAKEN =
  'D3 Security has taken the event, but its answer has no "refid": check that the URL is the request URL of an event ingestion key.';

const REMEDIES: Readonly<Record<number, string>> = {
  401: 'Check the token: it is the request header value of the webhook key in D3 Security.',
  403: 'Check the token: it is the request header value of the webhook key in D3 Security.',
  404: 'Check the URL: it is the request URL that D3 Security shows beside the webhook key.',
};

/** JSON where it is some, so that D3 can map its fields; a text stays what it is. */
function rawData(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** The event as D3's Kibana integration reads it: `hits.hits` is an object, and the dotted names are plain keys. */
function payload({ body = '', severity = '', eventType = '' }: Params): string {
  const wrap = (data: unknown) =>
    JSON.stringify({
      hits: { hits: { _source: { rawData: data, 'event.type': eventType, 'kibana.alert.severity': severity } } },
    });
  try {
    return wrap(rawData(body));
  } catch {
    // nested too deeply to be written again
    return wrap(body);
  }
}

/** The text of Kibana's connector, in which the status stands twice. */
function messageOf(response: HttpResponse): string {
  const { status } = response;
  return status === 401 ? 'Unauthorized API Error' : `API Error: ${status} - ${reasonPhrase(response)}`;
}

async function send({ params, http }: ActionContext<unknown, Params>): Promise<Verdict> {
  let response: HttpResponse;
  try {
    response = await http.post('', { headers: { 'Content-Type': 'application/json' }, body: payload(params) });
  } catch (error) {
    return noAnswerFailure(error, 'Unknown API Error: ');
  }
  if (!isSuccess(response)) return answerFailure(response, messageOf(response), REMEDIES[response.status]);
  const data = checkedBody(answer, response, { remedy: TAKEN, retry: false });
  return delivered(data, { reference: { id: data.refid } });
}

export default defineConnectorType({
  id: '.d3security',
  name: 'D3 Security',
  description: 'Send an event to D3 Security through a webhook key.',
  category: 'security-operations',
  features: ['alerting', 'siem'],
  minimumLicense: 'gold',
  docsUrl: 'https://docs.d3security.com/user-docs/16.8/webhook-configuration-guide',
  setup: [
    'In D3 SOAR, open Configuration and then Integration, and search for Kibana.',
    'Choose "Fetch Event" and tick "Enable Webhook".',
    'Choose "Set up Webhook Keys". Under "Event Ingestion", choose the plus sign, select the site, and choose "Generate".',
    'Copy the request URL into "URL" and the request header value into "Token".',
  ],

  config: z.strictObject({
    url: f.url('URL', 'The request URL that D3 Security shows with the webhook key.', {
      placeholder: 'https://example.com/VSOC/api/Data/Kibana/Security%20Operations/CreateEvents',
    }),
  }),
  secrets: z.strictObject({
    token: f.secret('Token', 'The request header value of the webhook key.'),
  }),
  check: { config: ({ url }, { egress }) => urlProblem(url, egress, { prefix: 'error validating url' }) },
  target: ({ config }) => normalisedUrl(config.url),
  auth: ({ secrets }) => header('d3key', secrets.token),
  destinationFields: ['url'],

  style: 'subAction',
  actions: (action) => ({
    run: action(params, send, { description: 'Send an event.' }),
    test: action(params, send, { description: 'Send an event to try the connector; the same as "run".' }),
  }),
  templates: { 'subActionParams.body': 'json' },

  sample: {
    config: { url: 'https://d3.example.com/VSOC/api/Data/Kibana/Security%20Operations/CreateEvents' },
    secrets: { token: 'a long token' },
    params: {
      subAction: 'run',
      subActionParams: { body: '{"host":"host-1","disk":93}', severity: 'high', eventType: 'Disk' },
    },
    expect: {
      method: 'POST',
      url: '/VSOC/api/Data/Kibana/Security%20Operations/CreateEvents',
      headers: { 'content-type': 'application/json', d3key: 'a long token' },
      body: {
        hits: {
          hits: {
            _source: {
              rawData: { host: 'host-1', disk: 93 },
              'event.type': 'Disk',
              'kibana.alert.severity': 'high',
            },
          },
        },
      },
    },
  },
});
