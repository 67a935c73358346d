import { quote } from '../shared/http-error.ts';

const NEW_WEBHOOK = 'Add a new webhook on the page "Incoming Webhooks" of the Slack app, and save its URL here.';
const NOT_PERMITTED = 'Whoever administers the workspace does not let this webhook post there; ask them.';

/**
 * What to do about the words with which Slack refuses a message
 * (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors).
 */
const REMEDIES: Readonly<Record<string, string>> = {
  invalid_token: `Slack does not know this webhook URL; perhaps it was not copied to its end. ${NEW_WEBHOOK}`,
  no_active_hooks: `The webhook is switched off. ${NEW_WEBHOOK}`,
  no_service: `The webhook was removed or switched off, or its URL is wrong. ${NEW_WEBHOOK}`,
  no_service_id: `The webhook URL is not complete. ${NEW_WEBHOOK}`,
  no_team: `The workspace of the webhook is gone, or its URL is wrong. ${NEW_WEBHOOK}`,
  team_disabled: 'The workspace is closed.',
  channel_not_found: `The channel of the webhook is gone. ${NEW_WEBHOOK}`,
  channel_is_archived: `The channel is archived. Take it out of the archive, or choose another one. ${NEW_WEBHOOK}`,
  user_not_found: `The user whom the webhook writes to is gone. ${NEW_WEBHOOK}`,
  action_prohibited: NOT_PERMITTED,
  posting_to_general_channel_denied: NOT_PERMITTED,
  no_text: 'The message is empty.',
  invalid_payload: 'Slack cannot read the message.',
};

/** `no_service: <what to do>`; words that are not known stand alone. */
export function explainWord(text: string): string {
  const word = text.trim();
  return Object.hasOwn(REMEDIES, word) ? `${word}: ${REMEDIES[word]}` : quote(text);
}
