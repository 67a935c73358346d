import { bearer } from '../../connectors/auth.ts';
import { urlProblem } from '../../connectors/checks.ts';
import { defineConnectorType, type TypeSettings } from '../../connectors/define.ts';
import { delivered, failed } from '../../connectors/verdict.ts';
import { ask, FAILED, toVerdict } from './call.ts';
import { explain } from './errors.ts';
import { postBlockKit, postMessage } from './post.ts';
import { blockKitParams, channelParams, config, messageParams, secrets } from './schema.ts';

const apiUrl = ({ slackApiUrl }: TypeSettings) => slackApiUrl ?? 'https://slack.com/api/';

/** Threads are not Kibana's, so there is no rule for them; a thread for each alert needs a key that names the alert. */
const THREAD_TEMPLATES = { 'subActionParams.thread_key': 'none', 'subActionParams.thread_ts': 'none' } as const;

const REPEATS =
  'Slack has no key against repetitions: where an answer is lost, the next attempt posts the message again, unless a thread key is given.';

export default defineConnectorType({
  id: '.slack_api',
  name: 'Slack API',
  description: 'Send messages to Slack channels as an app, by the Web API.',
  category: 'messaging',
  features: ['alerting', 'uptime', 'siem'],
  minimumLicense: 'gold',
  docsUrl: 'https://docs.slack.dev/reference/methods/chat.postMessage',
  setup: [
    'Open https://api.slack.com/apps and create an app for your workspace, or choose one.',
    'Under "OAuth & Permissions", add the bot token scopes chat:write, chat:write.public, channels:read and groups:read; for thread keys also channels:history and groups:history.',
    'Choose "Install to Workspace", and copy the bot user OAuth token (xoxb-…) into this connector.',
    'For private channels and for thread keys, type "/invite @" and the name of the app in the channel.',
    'The ID of a channel stands at the end of its details in Slack, and at the end of its link.',
  ],

  config,
  secrets,
  check: {
    secrets: (_secrets, { settings, egress }) =>
      urlProblem(apiUrl(settings), egress, { prefix: 'error configuring slack action' }),
  },
  target: ({ settings }) => apiUrl(settings),
  auth: ({ secrets }) => bearer(secrets.token),
  destinationFields: [],

  style: 'subAction',
  subActionsChecked: 'before',
  actions: (action) => ({
    validChannelId: action(
      channelParams,
      async ({ params: { channelId: channel = '' }, http }) =>
        channel.trim() === ''
          ? failed('params_invalid', FAILED, { serviceMessage: 'The channel id is empty' })
          : toVerdict(await ask(http, 'GET', 'conversations.info', { query: { channel } })),
      { description: 'Asks Slack for the details of a channel.', templates: {} },
    ),
    postMessage: action(messageParams, postMessage, {
      description: `Posts a text. ${REPEATS}`,
      templates: { 'subActionParams.text': 'slack', ...THREAD_TEMPLATES },
    }),
    postBlockkit: action(blockKitParams, postBlockKit, {
      description: `Posts blocks. ${REPEATS}`,
      templates: { 'subActionParams.text': 'json', ...THREAD_TEMPLATES },
    }),
  }),

  /** `auth.test` says whose token it is, and a header what it may do. */
  async test({ http }) {
    const reply = await ask(http, 'GET', 'auth.test');
    if (!reply.ok) return reply.verdict;
    const { team, user, url } = reply.answer;
    const scopes = reply.headers['x-oauth-scopes']?.split(',').map((scope) => scope.trim());
    if (scopes !== undefined && !scopes.includes('chat:write')) {
      const serviceMessage = explain({ error: 'missing_scope', needed: 'chat:write' });
      return failed('target_auth', FAILED, { serviceMessage, retry: false });
    }
    return delivered({ team, user, url });
  },

  sample: {
    config: { allowedChannels: [{ id: 'C0123ABCD', name: '#alerts' }] },
    secrets: { token: 'xoxb-a-long-token' },
    params: {
      subAction: 'postMessage',
      subActionParams: { channelIds: ['C0123ABCD'], text: 'Disk of host-1 is 93 % full' },
    },
    expect: {
      method: 'POST',
      url: '/api/chat.postMessage',
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        authorization: 'Bearer xoxb-a-long-token',
      },
      body: { channel: 'C0123ABCD', text: 'Disk of host-1 is 93 % full' },
    },
  },
});
