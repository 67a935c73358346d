import type { ErrorCode } from '../../errors.ts';
import { quote } from '../shared/http-error.ts';

/** An answer of Slack's Web API, success or not; `ok` says which. Everything else comes from outside. */
export type Answer = Readonly<Record<string, unknown>>;

const NEW_TOKEN =
  'Copy the bot user OAuth token (xoxb-…) of the app anew from its page "OAuth & Permissions" into the connector.';
const INVITE = 'type "/invite @" and the name of the app in the channel';

interface Meaning {
  /** What it means and what to do. */
  readonly remedy: string;
  readonly code?: ErrorCode;
}

const auth = (remedy: string): Meaning => ({ remedy, code: 'target_auth' });
const BROKEN: Meaning = { remedy: 'Slack has trouble of its own; try again later.', code: 'target_unavailable' };
const TOO_FAST: Meaning = {
  remedy: 'Slack takes about one message a second for a channel, short bursts aside. Try again later.',
  code: 'target_rate_limited',
};
const NOT_PERMITTED = auth('Whoever administers the workspace does not let this app post there; ask them.');

/**
 * Errors by the word that Slack has for them, from the pages of the methods that are called here
 * (https://docs.slack.dev/reference/methods/chat.postMessage and neighbours).
 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  invalid_auth: auth(
    `Slack does not accept the token, or not from the address of this server. ${NEW_TOKEN} Look also whether the app allows only certain IP addresses.`,
  ),
  not_authed: auth(`Slack saw no token. ${NEW_TOKEN}`),
  account_inactive: auth(
    `The app was removed from the workspace, or the workspace is gone. Install it again. ${NEW_TOKEN}`,
  ),
  token_revoked: auth(`The token was withdrawn. Install the app again. ${NEW_TOKEN}`),
  token_expired: auth(`The token has expired. Switch token rotation off for the app. ${NEW_TOKEN}`),
  not_allowed_token_type: auth(`This kind of token may not do that. ${NEW_TOKEN}`),
  no_permission: auth(`The token may not post there. Look at the scopes of the app, and ${INVITE}.`),
  org_login_required: auth('The workspace is being moved to an organisation; wait until that is done.'),
  team_access_not_granted: auth('The app is not installed in that workspace of the organisation; install it there.'),
  access_denied: NOT_PERMITTED,
  app_access_restricted: NOT_PERMITTED,
  ekm_access_denied: NOT_PERMITTED,
  restricted_action: NOT_PERMITTED,
  restricted_action_read_only_channel: NOT_PERMITTED,
  restricted_action_thread_only_channel: { remedy: 'In this channel only replies are allowed; name a thread.' },
  restricted_action_non_threadable_channel: { remedy: 'This channel takes no replies; name no thread.' },
  restricted_action_thread_locked: { remedy: 'The thread was locked by an administrator; name no thread, or another.' },
  channel_not_found: {
    remedy: `Slack knows no such channel in this workspace, or it is private and the app is not in it. Check the ID or name; if the channel is private, ${INVITE}.`,
  },
  not_in_channel: {
    remedy: `The app is not in the channel: ${INVITE}. For posting to public channels the scope chat:write.public does as well.`,
  },
  is_archived: { remedy: 'The channel is archived. Name another one, or take it out of the archive.' },
  team_not_found: { remedy: 'With a token for a whole organisation a channel has to be named by its ID.' },
  messages_tab_disabled: { remedy: 'Direct messages of the app are switched off on its page "App Home".' },
  thread_not_found: { remedy: 'There is no message with this "ts" in the channel.' },
  cannot_reply_to_message: { remedy: 'To this message nobody can reply; name another one.' },
  no_text: { remedy: 'The message is empty.' },
  msg_too_long: { remedy: 'The message is too long; shorten it.' },
  msg_blocks_too_long: { remedy: 'The blocks hold about 13,000 characters at most, all together; shorten them.' },
  invalid_blocks: { remedy: 'A block is not as Slack wants it; try it in https://app.slack.com/block-kit-builder.' },
  invalid_blocks_format: {
    remedy: '"blocks" must be a list of blocks; try it in https://app.slack.com/block-kit-builder.',
  },
  message_limit_exceeded: { remedy: 'The workspace has used up its messages; see the limits of its plan.' },
  ratelimited: TOO_FAST,
  rate_limited: TOO_FAST,
  internal_error: BROKEN,
  fatal_error: BROKEN,
  service_unavailable: BROKEN,
  request_timeout: BROKEN,
  team_added_to_org: BROKEN,
};

/** The code of an error that stands in a 200, by Slack's word for it. */
export function codeOfWord(word: unknown): ErrorCode {
  if (word === 'missing_scope') return 'target_auth';
  return (meaningOf(word)?.code ?? 'target_rejected') as ErrorCode;
}

function meaningOf(word: unknown): Meaning | undefined {
  return typeof word === 'string' && Object.hasOwn(MEANINGS, word) ? MEANINGS[word] : undefined;
}

/** `channel_not_found: <what to do>`, and Slack's details where it gives some; other things than words as JSON. */
export function explain(answer: Answer): string {
  const { error } = answer;
  const word = typeof error === 'string' && error !== '' ? error : (JSON.stringify(error) ?? 'no reason given');
  const remedy = error === 'missing_scope' ? missingScope(answer) : meaningOf(error)?.remedy;
  const details = detailsOf(answer);
  const parts = [remedy, details === '' ? undefined : `Slack says: ${quote(details, 1_000)}`];
  return quote([word, parts.filter((part) => part !== undefined).join(' ')].filter((part) => part !== '').join(': '));
}

function missingScope({ needed }: Answer): string {
  const scopes = typeof needed === 'string' && needed !== '' ? needed : 'chat:write';
  return `The token lacks the scope ${quote(scopes, 200)}. Add it on the page "OAuth & Permissions" of the app, and install the app again.`;
}

/** What exactly is wrong with blocks stands in `errors` and, in more words, in `response_metadata.messages`. */
function detailsOf({ errors, response_metadata: metadata }: Answer): string {
  const messages = typeof metadata === 'object' && metadata !== null && 'messages' in metadata ? metadata.messages : [];
  const texts = [messages, errors].map((list) =>
    Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : [],
  );
  return (texts.find((list) => list.length > 0) ?? []).join('; ');
}
