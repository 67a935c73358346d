import {
  type Arguments,
  addMessage,
  history,
  isRefusal,
  isTrue,
  type Refusal,
  replies,
  SLACK_TEAM,
  type SlackChannel,
  type SlackMessage,
} from './slack-workspace.ts';

/** The members of a success beside `ok`; `note` is for the log. */
type Answer = Readonly<Record<string, unknown>> & { readonly note?: string };
/** One method of the API, once the token was checked. */
export type Method = (given: Arguments) => Answer | Refusal;

/** Slack's cursors are opaque; this one is the position. */
function pageOf<T>(list: readonly T[], given: Arguments): { page: readonly T[]; next: string } | Refusal {
  const limit = given.limit === undefined ? 100 : Number(given.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 999) return { error: 'invalid_limit' };
  const cursor = given.cursor ?? '';
  const start = cursor === '' ? 0 : Number(Buffer.from(String(cursor), 'base64').toString());
  if (!Number.isInteger(start) || start < 0 || start > list.length) return { error: 'invalid_cursor' };
  const end = start + limit;
  return {
    page: list.slice(start, end),
    next: end < list.length ? Buffer.from(String(end)).toString('base64') : '',
  };
}

function describe({ id, name, isPrivate, isArchived, isMember }: SlackChannel): Answer {
  const flags = { is_channel: !isPrivate, is_private: isPrivate, is_archived: isArchived, is_member: isMember };
  return { id, name, name_normalized: name, ...flags, context_team_id: SLACK_TEAM };
}

/** Without being asked for it, Slack tells only that there is metadata. */
function shown(message: SlackMessage, given: Arguments): object {
  const { metadata, ...rest } = message;
  if (metadata === undefined) return rest;
  return { ...rest, metadata: isTrue(given.include_all_metadata) ? metadata : { event_type: metadata.event_type } };
}

/**
 * What the methods do that `.slack_api` calls, with the channels of one workspace.
 *
 * @param orgWide the token is one for a whole organisation
 * @see https://docs.slack.dev/reference/methods
 */
export function methodsOf(channels: readonly SlackChannel[], scopes: readonly string[], orgWide: boolean) {
  let count = 0;
  /** Sends after each other have time stamps after each other, whatever the clock does. */
  const nextTs = () => {
    count += 1;
    return `${Math.floor(Date.now() / 1_000)}.${String(count).padStart(6, '0')}`;
  };
  const missing = (needed: string) => ({ error: 'missing_scope', needed, provided: scopes.join(',') });
  const has = (scope: string) => scopes.includes(scope);
  const visible = (wanted: unknown) =>
    channels.find(({ id, isPrivate, isMember }) => id === wanted && (!isPrivate || isMember));
  const readable = (given: Arguments): SlackChannel | Refusal => {
    const found = visible(given.channel);
    if (found === undefined) return { error: 'channel_not_found' };
    const scope = found.isPrivate ? 'groups:history' : 'channels:history';
    if (!has(scope)) return missing(scope);
    return found.isMember ? found : { error: 'not_in_channel' };
  };
  const list = (given: Arguments, messages: (channel: SlackChannel) => SlackMessage[]): Answer | Refusal => {
    const found = readable(given);
    if (isRefusal(found)) return found;
    const paged = pageOf(messages(found), given);
    if (isRefusal(paged)) return paged;
    const { page, next } = paged;
    return {
      messages: page.map((message) => shown(message, given)),
      has_more: next !== '',
      response_metadata: { next_cursor: next },
    };
  };

  return {
    'auth.test': () => ({
      url: 'https://simulator.slack.com/',
      team: 'Simulator',
      user: 'patchbay',
      team_id: SLACK_TEAM,
      user_id: 'U0SIMULATE',
      bot_id: 'B0SIMULATE',
    }),

    'chat.postMessage': (given) => {
      if (!has('chat:write')) return missing('chat:write');
      const wanted = String(given.channel ?? '');
      const byName = channels.find(({ name, isPrivate }) => name === wanted.replace(/^#/, '') && !isPrivate);
      if (orgWide && visible(wanted) === undefined) return { error: 'team_not_found' };
      const target = visible(wanted) ?? byName;
      if (target === undefined) return { error: 'channel_not_found' };
      if (target.isArchived) return { error: 'is_archived' };
      if (!target.isMember && !has('chat:write.public')) return { error: 'not_in_channel' };
      const message = addMessage(target, given, nextTs());
      if (isRefusal(message)) return message;
      const note = `#${target.name}: ${message.text || JSON.stringify(message.blocks)}`;
      return { channel: target.id, ts: message.ts, message, note };
    },

    'conversations.info': ({ channel }) => {
      if (!has('channels:read')) return missing('channels:read');
      const found = visible(channel);
      return found === undefined ? { error: 'channel_not_found' } : { channel: describe(found) };
    },

    'conversations.list': (given) => {
      const types = String(given.types ?? 'public_channel').split(',');
      if (types.some((type) => !/^(public_channel|private_channel|mpim|im)$/.test(type)))
        return { error: 'invalid_types' };
      if (types.includes('public_channel') && !has('channels:read')) return missing('channels:read');
      if (types.includes('private_channel') && !has('groups:read')) return missing('groups:read');
      const listed = channels.filter(
        ({ isPrivate, isMember, isArchived }) =>
          (isPrivate ? types.includes('private_channel') && isMember : types.includes('public_channel')) &&
          !(isArchived && isTrue(given.exclude_archived)),
      );
      const paged = pageOf(listed, given);
      if (isRefusal(paged)) return paged;
      return { channels: paged.page.map(describe), response_metadata: { next_cursor: paged.next } };
    },

    'conversations.history': (given) => list(given, history),
    'conversations.replies': (given) => list(given, (channel) => replies(channel, given.ts)),
  } satisfies Record<string, Method>;
}
