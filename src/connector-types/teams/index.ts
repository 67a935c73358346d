import { z } from 'zod';
import { urlProblem } from '../../connectors/checks.ts';
import { type ActionContext, defineConnectorType } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { delivered, type Verdict } from '../../connectors/verdict.ts';
import { isSuccess, statusLine } from '../shared/http-error.ts';
import { refusal, verdictOf, verdictOfTrouble } from './verdicts.ts';
import { bodyOf, type PayloadFormat, type WebhookKind, webhookKind } from './webhook.ts';

/** Empty in Kibana; the field is Patchbay's own and stays absent unless it is set. */
const config = z.strictObject({
  payloadFormat: f
    .select(
      ['auto', 'text', 'adaptiveCard', 'bareCard'],
      'Format',
      'Left out, the URL decides: flows of the Workflows app get a card, Office 365 connectors a text.',
      {
        options: {
          auto: 'By the URL',
          text: 'Text: {"text": …}',
          adaptiveCard: 'Adaptive Card, as the templates of the Workflows app expect it, with the text beside it',
          bareCard: 'Adaptive Card alone, for a flow that posts the whole body of the request',
        },
      },
    )
    .optional(),
});
const secrets = z.strictObject({
  webhookUrl: f.secret(
    'Webhook URL',
    'The URL itself allows posting; keep it like a password, and enter it whole, with all that follows the question mark.',
    { placeholder: 'https://….environment.api.powerplatform.com/powerautomate/automations/direct/workflows/…' },
  ),
});
const params = z.strictObject({
  message: f.of(
    z.string().min(1),
    'Message',
    'Markdown is rendered: **bold**, [a link](https://…). A flow answers before it runs: delivered means accepted by the flow, whose run history shows whether it was posted.',
    { widget: 'textarea' },
  ),
});

/** What {@link defineConnectorType} `traits` tells about the secret URL. */
function traitsOf({ traits = {} }: Pick<ActionContext<unknown, unknown>, 'traits'>) {
  return { kind: traits.kind as WebhookKind, format: traits.format as PayloadFormat };
}

/** Answers of a webhook that looks at a message without text: it exists, and would take a better one. */
const ONLY_THE_TEXT_IS_MISSING = /text is required|Bad payload received/i;
/** Flows answer POST only, and refuse anything else before they run; a wrong signature is found out first. */
const ONLY_THE_METHOD_IS_WRONG = /TriggerRequestMethodNotValid/;

async function check(context: Parameters<typeof traitsOf>[0] & Pick<ActionContext<unknown, unknown>, 'http'>) {
  const { http } = context;
  const { kind } = traitsOf(context);
  try {
    const response =
      kind === 'flow'
        ? await http.get('', { redirect: 'manual' })
        : await http.post('', { json: { text: '' }, redirect: 'manual' });
    const { text, status } = response;
    const expected = kind === 'flow' ? ONLY_THE_METHOD_IS_WRONG : ONLY_THE_TEXT_IS_MISSING;
    if ((status === 400 || status === 405) && expected.test(text)) return delivered();
    if (!isSuccess(response)) return refusal(response, kind);
    return delivered(undefined, {
      warning: `Something answered ${statusLine(response)}, though not as a webhook of Teams does; it may still take messages.`,
    });
  } catch (error) {
    return verdictOfTrouble(error);
  }
}

export default defineConnectorType({
  id: '.teams',
  name: 'Microsoft Teams',
  description: 'Send a message to a channel of Microsoft Teams through a webhook of the Workflows app.',
  category: 'messaging',
  features: ['alerting', 'uptime', 'siem'],
  minimumLicense: 'gold',
  docsUrl: 'https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook',
  setup: [
    'In Teams, choose "…" beside the channel, then "Workflows", and the template that posts to a channel when a webhook request is received.',
    'Sign in, pick team and channel, create the flow, and copy the URL that it shows into this connector.',
    'The trigger of the flow, "When a Teams webhook request is received", must have "Who can trigger the flow?" set to "Anyone". The URL changes with that setting.',
    "A flow of your own works as well: it finds the text at triggerBody()?['text'] and the card at triggerBody()?['attachments'].",
    'Webhooks of Office 365 connectors (outlook.office.com, webhook.office.com) get the same message as ever, but Microsoft is retiring them: replace them by a flow.',
  ],

  config,
  secrets,
  check: {
    secrets: ({ webhookUrl }, { egress }) =>
      urlProblem(webhookUrl, egress, {
        prefix: 'error configuring teams action',
        unparsable: 'unable to parse host name from webhookUrl',
      }),
  },
  target: ({ secrets }) => secrets.webhookUrl,
  traits({ config: { payloadFormat = 'auto' }, secrets: { webhookUrl } }) {
    const kind = webhookKind(webhookUrl);
    const byUrl = kind === 'flow' ? 'adaptiveCard' : 'text';
    return { kind, format: payloadFormat === 'auto' ? byUrl : payloadFormat };
  },

  style: 'flat',
  actions: (action) => ({
    run: action(params, async (context): Promise<Verdict> => {
      const { http } = context;
      const { message } = context.params;
      const { kind, format } = traitsOf(context);
      const body = bodyOf(format, message);
      return http
        .post('', { json: body })
        .then((response) => verdictOf(response, { kind, message, body }), verdictOfTrouble);
    }),
  }),

  test: check,

  sample: {
    config: {},
    secrets: {
      webhookUrl:
        'https://prod-00.westeurope.logic.azure.com:443/workflows/0123456789abcdef/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=XXXXXXXXXXXXXXXXXXXXXXXX',
    },
    params: { message: 'Disk of host-1 is 93 % full' },
    expect: {
      method: 'POST',
      url: '/workflows/0123456789abcdef/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=XXXXXXXXXXXXXXXXXXXXXXXX',
      headers: { 'content-type': 'application/json' },
      body: {
        type: 'message',
        text: 'Disk of host-1 is 93 % full',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            contentUrl: null,
            content: {
              type: 'AdaptiveCard',
              $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
              version: '1.4',
              body: [{ type: 'TextBlock', text: 'Disk of host-1 is 93 % full', wrap: true }],
              msteams: { width: 'Full' },
            },
          },
        ],
      },
    },
  },
});
