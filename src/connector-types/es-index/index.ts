import { z } from 'zod';
import { type Auth, basic, header } from '../../connectors/auth.ts';
import { type ActionContext, action, defineConnectorType, type ElasticsearchServer } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { delivered, failed, type Verdict } from '../../connectors/verdict.ts';
import { EgressError, type HttpClient, type HttpResponse } from '../../egress/types.ts';
import { transportTrouble } from '../shared/http-error.ts';
import { bulkBody, type Document, FAILED, requestRefused, verdictOfBulk } from './bulk.ts';

/** Only such indices may be named by an action instead of the connector: the alert history's (Kibana's rule and text). */
const OVERRIDE_PREFIX = 'kibana-alert-history-';

const config = z.strictObject({
  index: f.text('Index', 'An index, an alias or a data stream.'),
  refresh: f.flag('Refresh index', 'Searches find the documents at once; costs the cluster more.').default(false),
  executionTimeField: f
    .text('Time field', 'Filled with the time of the run in every document. "a.b" is a field with a dot in its name.')
    .nullable()
    .default(null),
});

const params = z.strictObject({
  // no limit of their own: the request body of the action is limited before it gets here
  documents: f.of(z.array(z.looseObject({})), 'Documents', 'A list of JSON objects; each becomes one document.', {
    widget: 'json',
  }),
  indexOverride: f
    .of(
      z.string().refine((name) => name.startsWith(OVERRIDE_PREFIX), `index must start with "${OVERRIDE_PREFIX}"`),
      "Index instead of the connector's",
      `Must begin with ${OVERRIDE_PREFIX}.`,
    )
    .nullable()
    .default(null),
});

type Config = z.output<typeof config>;
type Context = ActionContext<Config, z.output<typeof params>>;

function credentials({ apiKey, username, password }: ElasticsearchServer): Auth | undefined {
  if (apiKey) return header('Authorization', `ApiKey ${apiKey}`);
  return username && password ? basic(username, password) : undefined;
}

/**
 * Asks the hosts of `elasticsearch.hosts` in turn until one can be reached. Only a connection that fails moves on: any
 * answer is the cluster's answer. A host may have broken off after it had the request, which the caller is told.
 *
 * @throws {EgressError} the trouble with the last host
 */
async function askCluster(
  hosts: readonly string[],
  ask: (baseUrl: string) => Promise<HttpResponse>,
): Promise<{ response: HttpResponse; brokeOff: boolean }> {
  let trouble: unknown;
  for (const host of hosts) {
    try {
      return { response: await ask(host.replace(/\/+$/, '')), brokeOff: trouble !== undefined };
    } catch (error) {
      if (!(error instanceof EgressError) || error.code !== 'egress_connection') throw error;
      trouble = error;
    }
  }
  throw trouble;
}

/** Runs `ask` if there is a cluster, and turns trouble on the way to it into Kibana's words. */
async function withCluster(
  { settings }: Pick<Context, 'settings'>,
  ask: (hosts: readonly string[]) => Promise<Verdict>,
): Promise<Verdict> {
  const hosts = settings.elasticsearch?.hosts ?? [];
  if (hosts.length === 0) {
    return failed('config_invalid', FAILED, {
      serviceMessage:
        'No cluster to write to: set elasticsearch.hosts (and elasticsearch.username and .password, or .apiKey) in the settings of the server.',
      retry: false,
    });
  }
  try {
    return await ask(hosts);
  } catch (error) {
    const trouble = transportTrouble(error);
    if (trouble === undefined) throw error;
    return failed(trouble.code, FAILED, { serviceMessage: trouble.text });
  }
}

/** As the value of `doc[field]` in JSON; a blank field name means none. Spread, so that `__proto__` is a mere name. */
function withTime(documents: readonly Document[], field: string | null): readonly Document[] {
  const name = field?.trim() ?? '';
  if (name === '') return documents;
  const now = new Date().toISOString();
  return documents.map((document) => ({ ...document, [name]: now }));
}

/** Why the name cannot be part of a path. `.` and `..` would be resolved away and the request reach another resource. */
function nameProblem(index: string): string | undefined {
  if (index !== '' && index !== '.' && index !== '..') return undefined;
  return `"${index}" is not the name of an index; set the field "index" of the connector.`;
}

/** `application/x-ndjson`: the `compatible-with` type of newer Elasticsearch clients is refused by OpenSearch. */
function postBulk(http: HttpClient, url: string, refresh: boolean, body: string): Promise<HttpResponse> {
  return http.post(url, {
    query: { refresh },
    headers: { 'Content-Type': 'application/x-ndjson', Accept: 'application/json' },
    body,
  });
}

async function index(hosts: readonly string[], { config, params, execution, http, log }: Context): Promise<Verdict> {
  const { documents, indexOverride } = params;
  const name = indexOverride || config.index;
  const problem =
    documents.length === 0 ? 'The list "documents" is empty; give at least one document.' : nameProblem(name);
  if (problem !== undefined) return failed('params_invalid', FAILED, { serviceMessage: problem, retry: false });

  const body = bulkBody(withTime(documents, config.executionTimeField), execution.id);
  const path = `/${encodeURIComponent(name.toWellFormed())}/_bulk`;
  const { response, brokeOff } = await askCluster(hosts, (host) => postBulk(http, host + path, config.refresh, body));
  const verdict = verdictOfBulk(response, {
    executionId: execution.id,
    documentCount: documents.length,
    repeated: brokeOff || execution.attempt > 1,
  });
  if (verdict.outcome === 'failed') log.error(`${FAILED}: ${verdict.serviceMessage}`);
  return verdict;
}

export default defineConnectorType({
  id: '.index',
  name: 'Index',
  description: 'Write documents into the Elasticsearch or OpenSearch cluster of this server.',
  category: 'generic',
  features: ['alerting', 'uptime', 'siem'],
  minimumLicense: 'basic',
  docsUrl: 'https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk',
  setup: [
    'Set elasticsearch.hosts in the settings of the server, with elasticsearch.username and elasticsearch.password or elasticsearch.apiKey.',
    'These credentials need the privilege create_doc on the index, and auto_configure or create_index if it does not exist yet.',
    'Enter the name of the index, alias or data stream.',
  ],

  config,
  secrets: z.strictObject({}),
  target: ({ server }) => server?.elasticsearch?.hosts[0],
  reaches: 'elasticsearch',
  otherTargets: ({ server }) => server?.elasticsearch?.hosts.slice(1),
  auth: ({ server }) => (server?.elasticsearch ? credentials(server.elasticsearch) : undefined),
  tls: ({ server }) => server?.elasticsearch?.ssl,

  style: 'flat',
  actions: {
    run: action(params, (context: Context) => withCluster(context, (hosts) => index(hosts, context))),
  },

  /** Asks for the name of the cluster; credentials that may only write get 403 for that, but only when they are right. */
  test: ({ http, settings }) =>
    withCluster({ settings }, async (hosts) => {
      const { response } = await askCluster(hosts, (host) => http.get(`${host}/`));
      if (response.status === 403) {
        return delivered(undefined, { warning: 'The cluster takes the credentials but does not show them its name.' });
      }
      if (response.status !== 200) return requestRefused(response);
      const answer = response.json() as { cluster_name?: unknown; version?: { number?: unknown } } | null | undefined;
      return delivered({ cluster: answer?.cluster_name, version: answer?.version?.number });
    }),

  destinationFields: [],
  sample: {
    config: { index: 'disk-alerts', refresh: false, executionTimeField: null },
    secrets: {},
    params: { documents: [{ host: 'host-1', disk: 93 }] },
    expect: {
      method: 'POST',
      url: '/disk-alerts/_bulk?refresh=false',
      headers: { 'content-type': 'application/x-ndjson' },
    },
  },
});
