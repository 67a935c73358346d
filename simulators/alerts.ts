import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  contentType,
  isObject,
  parseJson,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorInstance,
} from './harness.ts';

/**
 * The alert API that Opsgenie and Jira Service Management have in common. Requests are taken first and processed later,
 * so a success never says whether an alert came of it.
 * @see https://docs.opsgenie.com/docs/alert-api
 * @see https://docs.opsgenie.com/docs/response
 */
export interface AlertApi {
  /** Path of the alerts. */
  readonly path: string;
  /** The key that may create and close alerts. */
  readonly key: string;
  /** A key that exists and may not. */
  readonly otherKey: string;
  /** Whether responders may be named instead of given by their id. */
  readonly takesNames: boolean;
  /** Whether the same key may ask what became of a request. */
  readonly tellsStatus: boolean;
}

interface Alert {
  readonly id: string;
  readonly alias: string;
  readonly message: string;
  readonly tags: readonly string[];
  readonly priority: string;
  status: 'open' | 'closed';
  /** How often it was created while it was open. */
  count: number;
}

interface Processed {
  readonly action: 'Create' | 'Close';
  readonly isSuccess: boolean;
  readonly status: string;
  readonly alertId: string;
  readonly alias: string;
}

const KEY_FORMAT = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAX_KEPT = 1_000;

const text = (longest: number) => z.string().max(longest);
const kinds = z.enum(['team', 'user', 'escalation', 'schedule']);
const byId = z.strictObject({ type: kinds, id: z.string().min(1) });
const byName = z.union([
  byId,
  z.strictObject({ type: z.enum(['team', 'escalation', 'schedule']), name: z.string().min(1) }),
  z.strictObject({ type: z.literal('user'), username: z.string().min(1) }),
]);

const action = { user: text(100).optional(), source: text(100).optional(), note: text(25_000).optional() };
const close = z.strictObject(action);

function createSchema(person: z.ZodType) {
  return z.strictObject({
    ...action,
    message: z.string({ error: 'Message can not be empty.' }).min(1, 'Message can not be empty.').max(130),
    alias: text(512).optional(),
    description: text(15_000).optional(),
    responders: z.array(person).max(50).optional(),
    visibleTo: z
      .array(person)
      .max(50)
      .refine((list) => list.every((one) => isObject(one) && (one.type === 'team' || one.type === 'user')))
      .optional(),
    actions: z.array(text(50)).max(10).optional(),
    tags: z.array(text(50)).max(20).optional(),
    details: z
      .record(z.string(), z.string())
      .refine((details) => Object.entries(details).flat().join('').length <= 8_000, 'at most 8000 characters')
      .optional(),
    entity: text(512).optional(),
    priority: z.enum(['P1', 'P2', 'P3', 'P4', 'P5']).optional(),
  });
}

function answer(status: number, body: object, note?: string): SimulatedResponse {
  const requestId = randomUUID();
  return {
    status,
    headers: { 'x-request-id': requestId },
    body: { ...body, took: 0.001, requestId },
    ...(note === undefined ? {} : { note }),
  };
}

function refuse(status: number, message: string, more: object = {}): SimulatedResponse {
  return answer(status, { message, ...more }, `refused: ${message}`);
}

function unprocessable(error: z.ZodError): SimulatedResponse {
  const errors = Object.fromEntries(error.issues.map(({ path, message }) => [path.join('.') || 'body', message]));
  return refuse(422, 'Request body is not processable. Please check the errors.', { errors });
}

export function alertApi(api: AlertApi): SimulatorInstance {
  const create = createSchema(api.takesNames ? byName : byId);
  const alerts: Alert[] = [];
  const requests = new Map<string, Processed>();

  const find = (value: string, by: string) =>
    alerts.find((alert) => (by === 'alias' ? alert.alias === value && alert.status === 'open' : alert.id === value));

  function accept(processed: Processed): SimulatedResponse {
    const { action: verb, status, alias } = processed;
    const accepted = answer(202, { result: 'Request will be processed' }, `${verb} ${alias}: ${status}`);
    requests.set(String(accepted.headers?.['x-request-id']), processed);
    if (requests.size > MAX_KEPT) requests.delete(requests.keys().next().value!);
    return accepted;
  }

  function open({ text }: SimulatedRequest): SimulatedResponse {
    const body = parseJson(text);
    if (!isObject(body)) return refuse(400, 'Could not parse JSON body.');
    const parsed = create.safeParse(body);
    if (!parsed.success) return unprocessable(parsed.error);
    const { message, alias, tags = [], priority = 'P3' } = parsed.data;
    const known = alias ? find(alias, 'alias') : undefined;
    if (known !== undefined) known.count += 1;
    const id = known?.id ?? randomUUID();
    if (known === undefined) {
      alerts.unshift({ id, alias: alias || id, message, tags, priority, status: 'open', count: 1 });
      alerts.splice(MAX_KEPT);
    }
    const status = known === undefined ? 'Created alert' : 'Alert already exists, its count was increased';
    return accept({ action: 'Create', isSuccess: true, status, alertId: id, alias: alias || id });
  }

  function shut(identifier: string, { query, text }: SimulatedRequest): SimulatedResponse {
    const by = query.get('identifierType') ?? 'id';
    if (!['id', 'alias'].includes(by)) return refuse(422, `Invalid identifierType [${by}].`);
    const body = text === '' ? {} : parseJson(text);
    if (!isObject(body)) return refuse(400, 'Could not parse JSON body.');
    const parsed = close.safeParse(body);
    if (!parsed.success) return unprocessable(parsed.error);
    const alert = find(identifier, by);
    if (alert !== undefined) alert.status = 'closed';
    const status = alert === undefined ? 'Alert does not exist' : 'Closed alert';
    return accept({
      action: 'Close',
      isSuccess: alert !== undefined,
      status,
      alertId: alert?.id ?? '',
      alias: alert?.alias ?? identifier,
    });
  }

  function keyProblem({ headers }: SimulatedRequest): SimulatedResponse | undefined {
    const key = /^GenieKey (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (key === undefined) return refuse(401, 'Could not authenticate');
    if (!KEY_FORMAT.test(key)) return refuse(422, 'Key format is not valid!');
    if (key === api.otherKey) {
      return refuse(403, 'To perform this action, use an API key from an API integration.', { code: 40301 });
    }
    return key === api.key ? undefined : refuse(401, 'Could not authenticate');
  }

  return {
    inspect: ({ method, path }) => (method === 'GET' && path === '/alerts' ? { status: 200, body: alerts } : undefined),

    handle(request) {
      const { method, path } = request;
      if (path !== api.path && !path.startsWith(`${api.path}/`)) return refuse(404, 'No such resource.');
      const problem = keyProblem(request);
      if (problem !== undefined) return problem;
      const rest = path.slice(api.path.length);

      const asked = /^\/requests\/([^/]+)$/.exec(rest)?.[1];
      if (asked !== undefined && method === 'GET' && api.tellsStatus) {
        const data = requests.get(asked);
        return data === undefined
          ? refuse(404, 'Request not found. It might not be processed, yet.')
          : answer(200, { data });
      }
      const isClose = /^\/.+\/close$/s.test(rest);
      if (rest !== '' && !isClose) return refuse(404, 'No such resource.');
      if (method !== 'POST') return refuse(405, `Method ${method} is not allowed.`);
      if (contentType(request) !== 'application/json') return refuse(415, 'Content-Type must be application/json.');
      return isClose ? shut(rest.slice(1, -'/close'.length), request) : open(request);
    },
  };
}
