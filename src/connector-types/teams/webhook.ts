/** Whose webhook it is: an Office 365 connector's, or that of a flow of the Workflows app (Power Automate). */
export type WebhookKind = 'connector' | 'flow';

/** What a message is sent as; values of the config field `payloadFormat`, besides `auto`. */
export type PayloadFormat = 'text' | 'adaptiveCard' | 'bareCard';

/** Where Microsoft serves the triggers of flows: the older addresses, and those that replaced them in 2025. */
const FLOW_HOSTS = /\.(logic\.azure\.(com|us|cn)|powerplatform\.com|powerautomate\.com|flow\.microsoft\.com)$/;
/** The path of a flow's trigger, which stays when a proxy with a name of its own stands in front. */
const FLOW_PATH = /\/workflows\/[^/]+\/triggers\//;

/** Anything that is not known as a flow counts as an Office 365 connector, which takes what Kibana sends. */
export function webhookKind(webhookUrl: string): WebhookKind {
  const { hostname, pathname } = new URL(webhookUrl);
  return FLOW_HOSTS.test(hostname) || FLOW_PATH.test(pathname) ? 'flow' : 'connector';
}

/**
 * The body of a message.
 *
 * `adaptiveCard` is the envelope that the template "Post to a channel when a webhook request is received" looks for: without
 * `attachments` its run fails, although the request was answered with 202. `text` stands beside them for flows that were
 * made as Kibana's manual says, which read nothing else.
 */
export function bodyOf(format: PayloadFormat, message: string): object {
  if (format === 'text') return { text: message };
  if (format === 'bareCard') return card(message);
  return {
    type: 'message',
    text: message,
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card(message) }],
  };
}

/**
 * A card of one text, as wide as the channel; Markdown in it is rendered, as an Office 365 connector does.
 *
 * @see https://adaptivecards.io/explorer/ (1.4)
 * @see https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format
 */
function card(message: string): object {
  return {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.4',
    body: [{ type: 'TextBlock', text: message, wrap: true }],
    msteams: { width: 'Full' },
  };
}
