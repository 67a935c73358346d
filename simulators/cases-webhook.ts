import { z } from 'zod';
import {
  basicCredentials,
  contentType,
  parseJson,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorDefinition,
} from './harness.ts';

export const TICKETS_USER = { user: 'patchbay', password: 'tickets-s3cret' } as const;

const LONGEST_SUMMARY = 255;

const ticketBody = z.strictObject({
  summary: z.string().min(1).max(LONGEST_SUMMARY),
  text: z.string().default(''),
  labels: z.array(z.string().regex(/^\S+$/, 'labels have no blanks')).default([]),
  severity: z.enum(['', 'low', 'medium', 'high', 'critical']).default(''),
});
const commentBody = z.strictObject({ text: z.string().min(1) });

interface Ticket extends z.output<typeof ticketBody> {
  readonly id: string;
  readonly key: string;
  readonly comments: { id: string; text: string }[];
}

function refuse(status: number, message: string): SimulatedResponse {
  return { status, body: { message }, note: `refused: ${message}` };
}

/** The body if it is JSON of the shape, or the refusal. */
function read<T>(request: SimulatedRequest, schema: z.ZodType<T>): { body: T } | { refusal: SimulatedResponse } {
  if (contentType(request) !== 'application/json') return { refusal: refuse(415, 'Send application/json.') };
  const json = parseJson(request.text);
  if (json === undefined) return { refusal: refuse(400, 'The body is not JSON.') };
  const parsed = schema.safeParse(json);
  if (parsed.success) return { body: parsed.data };
  return { refusal: refuse(422, z.prettifyError(parsed.error)) };
}

const BODY =
  '{"summary": {{{case.title}}}, "text": {{{case.description}}}, "labels": {{{case.tags}}}, "severity": {{{case.severity}}}}';

/**
 * A small ticket system with a JSON API: `POST /api/tickets`, `GET` and `PUT /api/tickets/{id}`, `POST
 * /api/tickets/{id}/comments`, all with HTTP Basic. It honours `Idempotency-Key`: what came with a key is done once, and its
 * answer is given again.
 */
export const casesWebhook: SimulatorDefinition = {
  id: 'cases-webhook',
  title: 'Ticket system with a JSON API',
  tooLarge: refuse(413, 'The body is larger than 1 MiB.'),

  start() {
    const tickets = new Map<string, Ticket>();
    const answered = new Map<string, SimulatedResponse>();

    function create(request: SimulatedRequest): SimulatedResponse {
      const given = read(request, ticketBody);
      if ('refusal' in given) return given.refusal;
      const id = String(10_001 + tickets.size);
      const ticket = { ...given.body, id, key: `DISK-${tickets.size + 1}`, comments: [] };
      tickets.set(id, ticket);
      return { status: 201, body: { id, key: ticket.key }, note: `ticket ${ticket.key}: ${ticket.summary}` };
    }

    function update(request: SimulatedRequest, ticket: Ticket): SimulatedResponse {
      const given = read(request, ticketBody);
      if ('refusal' in given) return given.refusal;
      tickets.set(ticket.id, { ...ticket, ...given.body });
      return { status: 204, note: `ticket ${ticket.key} changed: ${given.body.summary}` };
    }

    function comment(request: SimulatedRequest, ticket: Ticket): SimulatedResponse {
      const given = read(request, commentBody);
      if ('refusal' in given) return given.refusal;
      const added = { id: String(ticket.comments.length + 1), text: given.body.text };
      ticket.comments.push(added);
      return { status: 201, body: added, note: `comment on ${ticket.key}: ${added.text}` };
    }

    function answer(request: SimulatedRequest): SimulatedResponse {
      const { method, path } = request;
      const [, api, collection, id, below, ...rest] = path.split('/');
      if (api !== 'api' || collection !== 'tickets' || rest.length > 0) return refuse(404, 'No such resource.');
      if (id === undefined) return method === 'POST' ? create(request) : refuse(405, 'Only POST is known here.');
      const ticket = tickets.get(id);
      if (ticket === undefined) return refuse(404, `There is no ticket ${id}.`);
      if (below === 'comments' && method === 'POST') return comment(request, ticket);
      if (below !== undefined) return refuse(404, 'No such resource.');
      if (method === 'GET') return { status: 200, body: ticket, note: `asked for ${ticket.key}` };
      return method === 'PUT' ? update(request, ticket) : refuse(405, 'Only GET and PUT are known here.');
    }

    return {
      inspect: ({ method, path }) =>
        method === 'GET' && path === '/tickets' ? { status: 200, body: [...tickets.values()] } : undefined,
      handle(request) {
        const given = basicCredentials(request.headers.authorization);
        if (given?.user !== TICKETS_USER.user || given.password !== TICKETS_USER.password) {
          return refuse(401, 'User or password is wrong.');
        }
        if (request.method === 'OPTIONS') return { status: 204, headers: { allow: 'GET, POST, PUT' }, note: 'options' };
        const key = request.headers['idempotency-key'];
        if (typeof key !== 'string') return answer(request);
        const known = answered.get(key);
        if (known !== undefined) return { ...known, note: `answered again: ${key}` };
        const fresh = answer(request);
        if (fresh.status < 300) answered.set(key, fresh);
        return fresh;
      },
    };
  },

  examples: ({ http }) => [
    {
      name: 'Ticket system simulator',
      connector_type_id: '.cases-webhook',
      config: {
        createIncidentUrl: `${http}/api/tickets`,
        createIncidentJson: BODY,
        createIncidentResponseKey: 'id',
        getIncidentUrl: `${http}/api/tickets/{{{external.system.id}}}`,
        getIncidentResponseExternalTitleKey: 'key',
        viewIncidentUrl: `${http}/browse/{{{external.system.title}}}`,
        updateIncidentUrl: `${http}/api/tickets/{{{external.system.id}}}`,
        updateIncidentJson: BODY,
        createCommentMethod: 'post',
        createCommentUrl: `${http}/api/tickets/{{{external.system.id}}}/comments`,
        createCommentJson: '{"text": {{{case.comment}}}}',
      },
      secrets: { user: TICKETS_USER.user, password: TICKETS_USER.password },
      params: {
        subAction: 'pushToService',
        subActionParams: {
          incident: { title: 'Hello from Patchbay', description: 'Disk of host-1 is 93 % full', tags: ['disk'] },
          comments: [{ commentId: 'c-1', comment: 'No space is left in an hour.' }],
        },
      },
    },
  ],
};
