import { z } from 'zod';

/**
 * What Slack promises of its successful answers, for the members that are read or handed on here; written by hand after
 * the schemas of https://github.com/slackapi/slack-api-specs (web-api, MIT licence, September 2021).
 */

const ok = z.literal(true);
const ts = z.string().regex(/^\d{10}\.\d{6}$/);
const channelId = z.string().regex(/^[CGD][A-Z0-9]{8,}$/);
const teamId = z.string().regex(/^T[A-Z0-9]{2,}$/);
const userId = z.string().regex(/^[UW][A-Z0-9]{2,}$/);
const page = z.looseObject({ next_cursor: z.string() });
const message = z.looseObject({
  type: z.string(),
  text: z.string(),
  ts,
  thread_ts: ts.optional(),
  user: userId.optional(),
  team: teamId.optional(),
});
const conversation = z.looseObject({
  id: channelId,
  name: z.string(),
  name_normalized: z.string(),
  is_channel: z.boolean(),
  is_private: z.boolean(),
  is_archived: z.boolean(),
});
const messages = z.looseObject({ ok, messages: z.array(message).min(1), has_more: z.boolean() });

export const CONTRACT = {
  'auth.test': z.looseObject({
    ok,
    url: z.url(),
    team: z.string(),
    user: z.string(),
    team_id: teamId,
    user_id: userId,
  }),
  'chat.postMessage': z.looseObject({ ok, channel: channelId, ts, message }),
  'conversations.info': z.looseObject({ ok, channel: conversation }),
  'conversations.list': z.looseObject({ ok, channels: z.array(conversation).min(1), response_metadata: page }),
  'conversations.history': messages,
  'conversations.replies': messages,
} as const satisfies Record<string, z.ZodType>;
