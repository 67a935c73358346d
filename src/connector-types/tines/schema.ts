import { z } from 'zod';
import { f } from '../../connectors/fields.ts';

export const config = z.strictObject({
  url: f.url('Tines tenant URL', 'As the browser shows it: https://some-tenant-2345.tines.com', {
    placeholder: 'https://some-tenant-2345.tines.com',
  }),
});
export type Config = z.output<typeof config>;

export const secrets = z.strictObject({
  email: f.text('Email', 'Of the user to whom the API token belongs.', { secret: false }),
  token: f.secret('API token', 'In Tines: Settings, API keys.'),
});

/** Whatever is given counts as nothing, as in Kibana. */
export const storiesParams = z.object({});

export const webhooksParams = z.strictObject({
  storyId: f.of(z.coerce.number(), 'Tines Story', 'The id of the story, from "stories".', { widget: 'number' }),
});
export type WebhooksParams = z.output<typeof webhooksParams>;

/** Older clients also give path and secret of the webhook; they are dropped, and asked of Tines at each run. */
const webhook = z.object({
  id: f.of(z.coerce.number(), 'Webhook', 'The id of the action, from "webhooks".', { widget: 'number' }),
  name: f.text('Name'),
  storyId: f.of(z.coerce.number(), 'Story', 'The id of the story that it belongs to.', { widget: 'number' }),
});
export type Webhook = z.output<typeof webhook>;

export const runParams = z.strictObject({
  webhook: f.of(webhook, 'Tines Webhook action', 'The webhook to send to, by its id in Tines.').optional(),
  webhookUrl: f
    .url(
      'Webhook URL',
      'Instead of the action: its URL as Tines shows it. It wins, and spares the question to the API.',
      {
        placeholder: 'Paste the Webhook URL here',
      },
    )
    .optional(),
  body: f.json('Body', 'JSON; another text is sent as a JSON string. In a rule it is all that is known of the alert.'),
});
export type RunParams = z.output<typeof runParams>;

const meta = z.object({ pages: z.number() });

export const storiesAnswer = z.object({
  stories: z.array(z.object({ id: z.number(), name: z.string(), published: z.boolean() })),
  meta,
});

/** An action of a story. Path and secret make the URL of a webhook; other actions have options of other kinds. */
export const actionAnswer = z.object({
  id: z.number(),
  name: z.string(),
  type: z.string(),
  story_id: z.number(),
  options: z.object({ path: z.unknown().optional(), secret: z.unknown().optional() }),
});

export const actionsAnswer = z.object({ agents: z.array(actionAnswer), meta });

/** What a webhook answers is for its story to say, as long as it is a JSON object. */
export const webhookAnswer = z.looseObject({});
