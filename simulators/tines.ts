import {
  contentType,
  isObject,
  parseJson,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorDefinition,
} from './harness.ts';

export const TINES_USER = { email: 'alerts@example.com', token: 'tines-s3cret' } as const;
const WEBHOOK = 'Agents::WebhookAgent';
export const TINES_WEBHOOK = {
  id: 81,
  storyId: 7,
  path: 'alerts',
  secret: 'b5f1c0de00000000b5f1c0de00000000',
} as const;
/** Takes GET alone. */
export const TINES_READ_ONLY_WEBHOOK = { id: 82, storyId: 7, path: 'status', secret: '0ddba11000000000' } as const;
const DEFAULT_PER_PAGE = 20;
const MAX_PER_PAGE = 500;

const STORIES = [
  { id: 7, name: 'Alerts from Elastic', published: true, team_id: 1, disabled: false },
  { id: 8, name: 'Draft', published: false, team_id: 1, disabled: false },
];

const ACTIONS = [
  {
    id: TINES_WEBHOOK.id,
    name: 'Receive alerts',
    type: WEBHOOK,
    story_id: TINES_WEBHOOK.storyId,
    options: { path: TINES_WEBHOOK.path, secret: TINES_WEBHOOK.secret, verbs: 'get,post' },
  },
  {
    id: TINES_READ_ONLY_WEBHOOK.id,
    name: 'Ask for the status',
    type: WEBHOOK,
    story_id: TINES_READ_ONLY_WEBHOOK.storyId,
    options: { path: TINES_READ_ONLY_WEBHOOK.path, secret: TINES_READ_ONLY_WEBHOOK.secret, verbs: 'get' },
  },
  { id: 83, name: 'Open a ticket', type: 'Agents::HTTPRequestAgent', story_id: 7, options: { method: 'post' } },
];

function refuse(status: number, error: string): SimulatedResponse {
  return { status, body: { error }, note: `refused: ${error}` };
}

/** One page, and `meta` as the API describes it. */
function page(name: string, all: readonly unknown[], query: URLSearchParams): SimulatedResponse {
  const perPage = Number(query.get('per_page') ?? DEFAULT_PER_PAGE);
  const number = Number(query.get('page') ?? 1);
  if (!Number.isInteger(perPage) || perPage < 1 || perPage > MAX_PER_PAGE || !Number.isInteger(number) || number < 1) {
    return refuse(400, 'per_page must be between 1 and 500');
  }
  const pages = Math.max(1, Math.ceil(all.length / perPage));
  const meta = { per_page: perPage, pages, count: all.length, next_page_number: number < pages ? number + 1 : null };
  return { status: 200, body: { [name]: all.slice((number - 1) * perPage, number * perPage), meta } };
}

function api({ method, path, query, headers }: SimulatedRequest): SimulatedResponse {
  if (headers['x-user-token'] !== TINES_USER.token || headers['x-user-email'] !== TINES_USER.email) {
    return refuse(401, 'Invalid Email or password.');
  }
  if (method !== 'GET') return refuse(404, 'Not Found');
  if (path === '/api/v1/stories') return page('stories', STORIES, query);
  if (path === '/api/v1/agents' || path === '/api/v1/actions') {
    const [story, type] = [query.get('story_id'), query.get('action_type')];
    const found = ACTIONS.filter((action) => story === null || String(action.story_id) === story);
    return page(
      'agents',
      found.filter((action) => type === null || action.type === type),
      query,
    );
  }
  const action = ACTIONS.find(({ id }) => path === `/api/v1/actions/${id}`);
  return action === undefined ? refuse(404, 'Record Not Found') : { status: 200, body: action };
}

function webhook(request: SimulatedRequest): SimulatedResponse {
  const { method, path, headers, text } = request;
  const found = ACTIONS.find(
    ({ options }) => 'secret' in options && path === `/webhook/${options.path}/${options.secret}`,
  );
  if (found === undefined) return refuse(404, 'Not Found');
  if (!String(found.options.verbs).split(',').includes(method.toLowerCase())) return refuse(405, 'Method not allowed');
  // Stories see the headers of what they are sent; the key of the API must not be among them.
  if (headers['x-user-token'] !== undefined) return refuse(400, 'API credentials were sent to a webhook');
  const event = contentType(request) === 'application/json' ? parseJson(text) : undefined;
  if (event === undefined) return refuse(400, 'Invalid JSON');
  return { status: 201, body: { status: 'ok' }, note: isObject(event) ? Object.keys(event).join(', ') : text };
}

/**
 * A Tines tenant: the part of its API that lists stories and actions, and the webhooks of a story.
 * @see https://www.tines.com/docs/api/welcome/
 * @see https://www.tines.com/docs/actions/types/webhook/
 */
export const tines: SimulatorDefinition = {
  id: 'tines',
  title: 'Tines tenant',
  tooLarge: refuse(413, 'Payload too large'),

  start: () => ({
    handle(request) {
      if (request.path.startsWith('/api/v1/')) return api(request);
      return request.path.startsWith('/webhook/') ? webhook(request) : refuse(404, 'Not Found');
    },
  }),

  examples({ http }) {
    const connector = { connector_type_id: '.tines', config: { url: http }, secrets: TINES_USER };
    const { id, storyId, path, secret } = TINES_WEBHOOK;
    const body = '{"host":"host-1","disk":93}';
    return [
      {
        name: 'Tines simulator',
        ...connector,
        params: { subAction: 'test', subActionParams: { webhook: { id, name: 'Receive alerts', storyId }, body } },
      },
      {
        name: 'Tines simulator by URL',
        ...connector,
        params: { subAction: 'test', subActionParams: { webhookUrl: `${http}/webhook/${path}/${secret}`, body } },
      },
    ];
  },
};
