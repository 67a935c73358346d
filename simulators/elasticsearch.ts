import { apply, type Index, parseBulk } from './elasticsearch-bulk.ts';
import {
  basicCredentials,
  contentType,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorDefinition,
} from './harness.ts';

export const ELASTIC_USER = { user: 'elastic', password: 'changeme' } as const;
/** As it stands in the header: base64 of `id:key`. */
export const ELASTIC_API_KEY = Buffer.from('simulated-id:simulated-key').toString('base64');

const BULK_TYPES = [
  'application/json',
  'application/x-ndjson',
  'application/vnd.elasticsearch+json',
  'application/vnd.elasticsearch+x-ndjson',
];
const BULK_PARAMETERS = new Set([
  'refresh',
  'timeout',
  'routing',
  'pipeline',
  'wait_for_active_shards',
  'require_alias',
  'require_data_stream',
  '_source',
  'filter_path',
  'pretty',
  'error_trace',
  'human',
]);
const MAX_DOCUMENTS = 100_000;
// The official client refuses servers that do not say who they are.
const PRODUCT = { 'x-elastic-product': 'Elasticsearch' };

function refuse(status: number, type: string, reason: string, headers: Record<string, string> = {}): SimulatedResponse {
  const error = { type, reason };
  return {
    status,
    headers: { ...PRODUCT, ...headers },
    body: { error: { root_cause: [error], ...error }, status },
    note: `refused: ${type}`,
  };
}

/** @returns the refusal, or undefined for a known caller */
function authenticate({ headers, method, path }: SimulatedRequest): SimulatedResponse | undefined {
  const { authorization } = headers;
  const user = basicCredentials(authorization);
  if (user?.user === ELASTIC_USER.user && user.password === ELASTIC_USER.password) return undefined;
  if (authorization === `ApiKey ${ELASTIC_API_KEY}`) return undefined;
  const reason =
    authorization === undefined
      ? `missing authentication credentials for REST request [${path}]`
      : user === undefined
        ? `unable to authenticate with provided credentials and anonymous access is not allowed for this request [${method} ${path}]`
        : `unable to authenticate user [${user.user}] for REST request [${path}]`;
  return refuse(401, 'security_exception', reason, {
    'www-authenticate': 'Basic realm="security", charset="UTF-8", ApiKey',
  });
}

function bulk(
  request: SimulatedRequest,
  indices: Map<string, Index>,
  defaultIndex: string | undefined,
): SimulatedResponse {
  const parameter = [...request.query.keys()].find((name) => !BULK_PARAMETERS.has(name));
  if (parameter !== undefined)
    return refuse(
      400,
      'illegal_argument_exception',
      `request [${request.path}] contains unrecognized parameter: [${parameter}]`,
    );
  const refresh = request.query.get('refresh') ?? 'false';
  if (!['true', 'false', 'wait_for', ''].includes(refresh))
    return refuse(400, 'illegal_argument_exception', `Unknown value for refresh: [${refresh}].`);
  if (!BULK_TYPES.includes(contentType(request))) {
    return {
      status: 406,
      headers: PRODUCT,
      body: { error: `Content-Type header [${contentType(request)}] is not supported`, status: 406 },
      note: 'refused: content type',
    };
  }
  const operations = parseBulk(request.text, defaultIndex);
  if (typeof operations === 'string') {
    const type = operations.startsWith('Validation')
      ? 'action_request_validation_exception'
      : 'illegal_argument_exception';
    return refuse(400, type, operations);
  }
  const total = [...indices.values()].reduce((sum, index) => sum + index.documents.size, 0);
  if (total + operations.length > MAX_DOCUMENTS)
    return refuse(429, 'circuit_breaking_exception', `The simulator keeps at most ${MAX_DOCUMENTS} documents.`);
  const items = operations.map((operation) => apply(indices, operation));
  const errors = items.some((item) =>
    Object.values(item).some((result) => (result as { error?: unknown }).error !== undefined),
  );
  return {
    status: 200,
    headers: PRODUCT,
    body: { took: 1, errors, items },
    note: `${operations.length} operations: ${request.text}`,
  };
}

function search(name: string, index: Index | undefined, isCount: boolean): SimulatedResponse {
  if (index === undefined) return refuse(404, 'index_not_found_exception', `no such index [${name}]`);
  const count = index.documents.size;
  const shards = { total: 1, successful: 1, skipped: 0, failed: 0 };
  if (isCount) return { status: 200, headers: PRODUCT, body: { count, _shards: shards } };
  const hits = [...index.documents].map(([id, { source }]) => ({ _index: name, _id: id, _score: 1, _source: source }));
  return {
    status: 200,
    headers: PRODUCT,
    body: {
      took: 1,
      timed_out: false,
      _shards: shards,
      hits: { total: { value: count, relation: 'eq' }, max_score: 1, hits: hits.slice(0, 10_000) },
    },
  };
}

/**
 * The part of Elasticsearch that writes documents: `_bulk`, and `_search` and `_count` (of everything in one index, no
 * queries) to see what was written.
 */
export const elasticsearch: SimulatorDefinition = {
  id: 'elasticsearch',
  title: 'Elasticsearch bulk API',
  maxBodyBytes: 16 * 1024 * 1024,
  tooLarge: { status: 413, headers: PRODUCT, note: 'refused: larger than http.max_content_length' },

  start() {
    const indices = new Map<string, Index>();
    return {
      handle(request) {
        const refusal = authenticate(request);
        if (refusal !== undefined) return refusal;
        const { method, path } = request;
        if (path === '/' && (method === 'GET' || method === 'HEAD')) {
          const version = {
            number: '9.3.0',
            build_flavor: 'default',
            build_snapshot: false,
            minimum_wire_compatibility_version: '8.19.0',
          };
          return {
            status: 200,
            headers: PRODUCT,
            body: {
              name: 'simulator',
              cluster_name: 'simulator',
              cluster_uuid: 'simulator',
              version,
              tagline: 'You Know, for Search',
            },
          };
        }
        const [, name, call] = /^(?:\/([^/_][^/]*))?\/_(bulk|search|count)$/.exec(path) ?? [];
        if (call === undefined)
          return refuse(400, 'illegal_argument_exception', `no handler found for uri [${path}] and method [${method}]`);
        const isAllowed =
          call === 'bulk'
            ? method === 'POST' || method === 'PUT'
            : (method === 'GET' || method === 'POST') && name !== undefined;
        if (!isAllowed)
          return {
            status: 405,
            headers: PRODUCT,
            body: { error: `Incorrect HTTP method for uri [${path}] and method [${method}]`, status: 405 },
          };
        return call === 'bulk' ? bulk(request, indices, name) : search(name!, indices.get(name!), call === 'count');
      },
    };
  },

  examples: ({ http }) => [
    {
      name: 'Index simulator',
      connector_type_id: '.index',
      config: { index: 'alerts', refresh: true },
      secrets: {},
      params: { documents: [{ message: 'Hello from Patchbay' }] },
      settings: {
        'elasticsearch.hosts': [http],
        'elasticsearch.username': ELASTIC_USER.user,
        'elasticsearch.password': ELASTIC_USER.password,
      },
    },
  ],
};
