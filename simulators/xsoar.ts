import { z } from 'zod';
import {
  contentType,
  isObject,
  parseJson,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorDefinition,
} from './harness.ts';

/** A key of XSOAR 6, which stands alone, and one of XSOAR 8, which has an id. */
export const XSOAR_6_KEY = '0123456789ABCDEF0123456789ABCDEF';
export const XSOAR_8_KEY = { id: '17', key: 'xsoar-8-standard-s3cret' } as const;
/** A key that may see playbooks, and create nothing. */
export const XSOAR_READ_ONLY_KEY = 'FEDCBA9876543210FEDCBA9876543210';

export const XSOAR_PLAYBOOKS = [
  { id: '8db0105c-f674-4d83-8095-f95a9f61e77a', name: 'Disk full', version: 4, deprecated: false },
  { id: '1c2d3e4f-0000-4000-8000-000000000001', name: 'Phishing', version: 1, deprecated: false },
] as const;

const CLOUD_PATH = '/xsoar/public/v1';
const SEVERITIES = [0, 0.5, 1, 2, 3, 4];

/** XSOAR's error body. */
function refuse(status: number, id: string, title: string, detail: string): SimulatedResponse {
  const body = { id, status, title, detail, error: '', encrypted: false, multires: null };
  return { status, body, note: `refused: ${detail}` };
}

/** That of the gateway in front of XSOAR 8. */
function unauthorized(): SimulatedResponse {
  const text = 'Public API request unauthorized';
  return { status: 401, body: { reply: { err_code: 401, err_msg: text, err_extra: null } }, note: `refused: ${text}` };
}

/** The members of `CreateIncidentRequest` that have a simple type; others are custom and must be objects. */
const incidentRequest = z
  .object({
    name: z.string().min(1, 'an incident needs a name'),
    playbookId: z.string().nullish(),
    createInvestigation: z.boolean().optional(),
    severity: z.literal(SEVERITIES).optional(),
    type: z.string().optional(),
    details: z.string().optional(),
    owner: z.string().optional(),
    occurred: z.iso.datetime({ offset: true }).optional(),
    labels: z.array(z.strictObject({ type: z.string(), value: z.string() })).optional(),
    CustomFields: z.record(z.string(), z.unknown()).optional(),
    rawJSON: z.string().optional(),
  })
  .catchall(z.record(z.string(), z.unknown()));

const playbookFilter = z.strictObject({
  query: z.string().optional(),
  page: z.int().min(0).default(0),
  size: z.int().min(1).default(1000),
});

function refusedBody(error: z.ZodError): SimulatedResponse {
  const [issue] = error.issues;
  const detail = `${issue?.path.join('.') || 'body'}: ${issue?.message}`;
  return refuse(400, 'bad_request', 'Bad request', detail);
}

/** What is left of the path for a caller with the right key, or the refusal. */
function admit({ path, headers }: SimulatedRequest): { path: string } | { refusal: SimulatedResponse } {
  const { authorization: key, 'x-xdr-auth-id': id } = headers;
  if (path.startsWith(`${CLOUD_PATH}/`)) {
    if (id !== XSOAR_8_KEY.id || key !== XSOAR_8_KEY.key) return { refusal: unauthorized() };
    return { path: path.slice(CLOUD_PATH.length) };
  }
  if (key !== XSOAR_6_KEY && key !== XSOAR_READ_ONLY_KEY) {
    return { refusal: refuse(401, 'unauthorized', 'Unauthorized', 'API key is not valid') };
  }
  return { path };
}

/**
 * Cortex XSOAR: incidents and playbooks, below the root as in XSOAR 6 and below `/xsoar/public/v1` as in XSOAR 8.
 * @see https://github.com/demisto/demisto-py (`server_api_swagger.json`)
 */
export const xsoar: SimulatorDefinition = {
  id: 'xsoar',
  title: 'Cortex XSOAR',
  tooLarge: refuse(413, 'too_large', 'Request too large', 'The request is larger than 1 MiB'),

  start() {
    const incidents: Record<string, unknown>[] = [];

    function create(body: unknown, key: string | undefined): SimulatedResponse {
      if (key === XSOAR_READ_ONLY_KEY) {
        return refuse(403, 'forbidden', 'Forbidden', 'The role of the API key may not create incidents');
      }
      const parsed = incidentRequest.safeParse(body);
      if (!parsed.success) return refusedBody(parsed.error);
      const { playbookId, createInvestigation, ...incident } = parsed.data;
      if (playbookId && !XSOAR_PLAYBOOKS.some(({ id }) => id === playbookId)) {
        return refuse(400, 'incCreateErr', 'Failed creating incident', `playbook ${playbookId} was not found`);
      }
      const id = String(178_791 + incidents.length);
      const investigationId = createInvestigation ? id : '';
      const created = {
        type: 'Unclassified',
        ...incident,
        id,
        version: 0,
        playbookId: playbookId ?? '',
        investigationId,
      };
      incidents.push(created);
      return { status: 201, body: created, note: `incident ${id}: ${parsed.data.name}` };
    }

    function search(body: unknown): SimulatedResponse {
      const parsed = playbookFilter.safeParse(body);
      if (!parsed.success) return refusedBody(parsed.error);
      const { query = '', page, size } = parsed.data;
      const found = XSOAR_PLAYBOOKS.filter(({ name }) => name.toLowerCase().includes(query.toLowerCase()));
      const playbooks = found.slice(page * size, (page + 1) * size);
      return { status: 200, body: { playbooks, tags: [], total: found.length }, note: `${playbooks.length} playbooks` };
    }

    return {
      inspect: ({ method, path }) =>
        method === 'GET' && path === '/incidents' ? { status: 200, body: incidents } : undefined,
      handle(request) {
        const admitted = admit(request);
        if ('refusal' in admitted) return admitted.refusal;
        const { path } = admitted;
        if (request.method !== 'POST' || (path !== '/incident' && path !== '/playbook/search')) {
          return refuse(404, 'not_found', 'Not found', `${request.method} ${path} is unknown`);
        }
        const body = parseJson(request.text);
        if (contentType(request) !== 'application/json' || !isObject(body)) {
          return refuse(400, 'bad_request', 'Bad request', 'The body is not a JSON object');
        }
        return path === '/incident' ? create(body, request.headers.authorization) : search(body);
      },
    };
  },

  examples: ({ http }) => {
    const params = {
      subAction: 'run',
      subActionParams: {
        name: 'Hello from Patchbay',
        playbookId: XSOAR_PLAYBOOKS[0].id,
        createInvestigation: true,
        severity: 2,
        body: '{"details":"Disk of host-1 is 93 % full","type":"Unclassified"}',
      },
    };
    return [
      {
        name: 'XSOAR 8 simulator',
        connector_type_id: '.xsoar',
        config: { url: http },
        secrets: { apiKey: XSOAR_8_KEY.key, apiKeyID: XSOAR_8_KEY.id },
        params,
      },
      {
        name: 'XSOAR 6 simulator',
        connector_type_id: '.xsoar',
        config: { url: http },
        secrets: { apiKey: XSOAR_6_KEY },
        params,
      },
    ];
  },
};
