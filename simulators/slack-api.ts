import {
  contentType,
  isObject,
  parseJson,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorDefinition,
} from './harness.ts';
import { type Method, methodsOf } from './slack-methods.ts';
import { type Arguments, isRefusal, newChannels, type Refusal } from './slack-workspace.ts';

export const SLACK_TOKEN = 'xoxb-simulator-token';

const SCOPES = [
  'chat:write',
  'chat:write.public',
  'channels:read',
  'groups:read',
  'channels:history',
  'groups:history',
] as const;

/** What differs from an ordinary app of one workspace. */
export interface SlackApiOptions {
  /** Default: all that are asked for here. */
  readonly scopes?: readonly string[];
  /** The token is one for a whole organisation, with which channels are named by their ID only. */
  readonly orgWide?: boolean;
}

/** Arguments come with the query, a form, or, for methods that write, as JSON; the token only in its header. */
function argumentsOf(request: SimulatedRequest): Arguments | Refusal {
  const query = Object.fromEntries(request.query);
  if (request.method === 'GET') return query;
  switch (contentType(request)) {
    case 'application/x-www-form-urlencoded':
      return { ...query, ...Object.fromEntries(new URLSearchParams(request.text)) };
    case 'application/json': {
      const body = parseJson(request.text);
      if (body === undefined) return { error: 'invalid_json' };
      return isObject(body) ? body : { error: 'json_not_object' };
    }
    case '':
      return { error: 'missing_post_type' };
    default:
      return { error: 'invalid_post_type' };
  }
}

/**
 * Slack's Web API as far as messages to channels go. Errors are answered with status 200, as Slack does.
 * @see https://docs.slack.dev/apis/web-api
 */
export function slackApi({ scopes = SCOPES, orgWide = false }: SlackApiOptions = {}): SimulatorDefinition {
  const headers = { 'x-oauth-scopes': scopes.join(',') };
  const refuse = ({ error, details = [], ...more }: Refusal): SimulatedResponse => {
    const metadata = { messages: details.map((text) => `[ERROR] ${text}`) };
    const said = details.length === 0 ? {} : { errors: details, response_metadata: metadata };
    return { status: 200, headers, body: { ok: false, error, ...more, ...said }, note: `refused: ${error}` };
  };

  return {
    id: 'slack-api',
    title: 'Slack Web API',
    tooLarge: { status: 413, body: 'Payload Too Large', note: 'refused: body too large' },

    start() {
      const channels = newChannels();
      const methods: Readonly<Record<string, Method>> = methodsOf(channels, scopes, orgWide);
      return {
        inspect: ({ method, path }) =>
          method === 'GET' && path === '/messages'
            ? {
                status: 200,
                body: channels.flatMap(({ id, messages }) => messages.map((m) => ({ channel: id, ...m }))),
              }
            : undefined,
        handle(request) {
          const [, name = ''] = /^\/api\/([\w.]+)$/.exec(request.path) ?? [];
          const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
          if (method === undefined) return refuse({ error: 'unknown_method' });
          const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
          if (token === undefined) return refuse({ error: 'not_authed' });
          if (token !== SLACK_TOKEN) return refuse({ error: 'invalid_auth' });
          const given = argumentsOf(request);
          if (isRefusal(given)) return refuse(given as Refusal);
          const answer = method(given);
          if (isRefusal(answer)) return refuse(answer);
          const { note, ...body } = answer;
          return { status: 200, headers, body: { ok: true, ...body }, note };
        },
      };
    },

    examples: ({ http }) => [
      {
        name: 'Slack API simulator',
        connector_type_id: '.slack_api',
        config: {},
        secrets: { token: SLACK_TOKEN },
        params: {
          subAction: 'postMessage',
          subActionParams: { channelNames: ['#alerts'], text: 'Hello from Patchbay' },
        },
        settings: { 'patchbay.slackApiUrl': `${http}/api/` },
      },
    ],
  };
}
