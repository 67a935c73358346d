import { z } from 'zod';
import { urlProblem } from '../../connectors/checks.ts';
import { action, defineConnectorType } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { delivered, failed, type Verdict } from '../../connectors/verdict.ts';
import type { HttpClient, HttpResponse } from '../../egress/types.ts';
import { codeOfStatus, isSuccess, quote, statusLine, transportTrouble } from '../shared/http-error.ts';
import { retryAdvice } from '../shared/retry-after.ts';
import { explainWord } from './words.ts';

/**
 * What Slack says to a message without text, once it has accepted the webhook itself; an unknown or disabled webhook
 * gets 403 or 404 instead (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors).
 */
const ONLY_THE_TEXT_IS_MISSING = /^(no_text|invalid_payload|missing_text_or_fallback_or_attachments)/;

/** Slack never redirects a webhook, and its URL is a credential: it must not be shown to another host. */
function post(http: HttpClient, body: object): Promise<HttpResponse> {
  return http.post('', { json: body, redirect: 'manual' });
}

/** Slack answers in one plain word: `ok`, or what is wrong. */
function verdictOf(response: HttpResponse): Verdict {
  const { status, text } = response;
  const code = codeOfStatus(status);
  if (isSuccess(response)) {
    if (text === 'ok') return delivered({ text });
    if (text === '') return failed('target_response_invalid', 'unexpected null response from slack');
    return failed('target_rejected', 'error posting slack message', { serviceMessage: quote(text) });
  }
  if (status === 429 || status >= 500) {
    const advice = retryAdvice(response);
    return failed(code, `error posting a slack message, ${advice.text}`, {
      serviceMessage: `An HTTP protocol error occurred: statusCode = ${status}`,
      retry: advice.retry,
    });
  }
  return failed(code, `unexpected http response from slack: ${statusLine(response)}`, {
    // Kibana drops this word, which is the only one that says what to mend: `[404] no_service`
    serviceMessage: text === '' ? undefined : `[${status}] ${explainWord(text)}`,
  });
}

/** @throws what is no trouble of the network: a defect */
function verdictOfTrouble(error: unknown): Verdict {
  const trouble = transportTrouble(error);
  if (trouble === undefined) throw error;
  return failed(trouble.code, 'error posting slack message', {
    serviceMessage: `A request error occurred: ${trouble.text}`,
  });
}

export default defineConnectorType({
  id: '.slack',
  name: 'Slack',
  description: 'Send a message to one Slack channel through an incoming webhook.',
  category: 'messaging',
  features: ['alerting', 'uptime', 'siem'],
  minimumLicense: 'gold',
  docsUrl: 'https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks',
  setup: [
    'Open https://api.slack.com/apps and create an app for your workspace, or choose one.',
    'Under "Incoming Webhooks", switch the feature on and choose "Add New Webhook to Workspace".',
    'Pick the channel, allow the access, and copy the webhook URL into this connector.',
  ],

  config: z.strictObject({}),
  secrets: z.strictObject({
    webhookUrl: f.secret('Webhook URL', 'The URL itself allows posting; keep it like a password.', {
      placeholder: 'https://hooks.slack.com/services/…',
    }),
  }),
  check: {
    secrets: ({ webhookUrl }, { egress }) =>
      urlProblem(webhookUrl, egress, {
        prefix: 'error configuring slack action',
        unparsable: 'unable to parse host name from webhookUrl',
      }),
  },
  target: ({ secrets }) => secrets.webhookUrl,
  destinationFields: [],

  style: 'flat',
  actions: {
    run: action(
      z.strictObject({
        message: f.of(z.string().min(1), 'Message', "Slack's mrkdwn may be used: *bold*, _italic_, <https://…|link>.", {
          widget: 'textarea',
        }),
      }),
      ({ params: { message }, http }) => post(http, { text: message }).then(verdictOf, verdictOfTrouble),
    ),
  },

  templates: { message: 'slack' },

  /** An empty message: Slack looks at the webhook first and at the text afterwards, so nothing is posted. */
  async test({ http }) {
    const response = await post(http, {}).catch(verdictOfTrouble);
    if ('outcome' in response) return response;
    if (response.status === 400 && ONLY_THE_TEXT_IS_MISSING.test(response.text)) return delivered();
    return verdictOf(response);
  },

  sample: {
    config: {},
    secrets: { webhookUrl: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX' },
    params: { message: 'Disk of host-1 is 93 % full' },
    expect: {
      method: 'POST',
      url: '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
      headers: { 'content-type': 'application/json' },
      body: { text: 'Disk of host-1 is 93 % full' },
    },
  },
});
