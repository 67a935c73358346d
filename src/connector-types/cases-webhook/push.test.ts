import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { httpServer } from '../../../test/support/http-servers.ts';
import type { ExecutionSource } from '../../connectors/define.ts';
import type { Failed } from '../../connectors/verdict.ts';
import { tryType } from '../shared/testing.ts';
import casesWebhook from './index.ts';

const PREFIX = '[Action][Webhook - Case Management]: ';
const ID = '{{{external.system.id}}}';
const CASE = {
  title: 'Disk "full" {{x}}',
  description: 'Line 1\nLine 2 </p>',
  id: 'case-1',
  severity: 'high',
  status: 'open',
  tags: ['a "b"', 'c'],
};
const ALL = `{"t":{{{case.title}}},"d":{{{case.description}}},"i":{{{case.id}}},"s":{{{case.severity}}},"st":{{{case.status}}},"g":{{{case.tags}}}}`;

/** By method and path (without query), or by method alone; a status, or a listener. */
type Answers = Readonly<Record<string, { status?: number; body?: unknown; type?: string | null } | RequestListener>>;

/** A ticket system that knows one ticket, unless told otherwise. */
const USUAL: Answers = {
  'POST /issues': { status: 201, body: { data: { id: 10001 } } },
  GET: { body: { key: 'DISK-1' } },
  PUT: { status: 204 },
  'POST /issues/10001/comments': { status: 201, body: { id: 'c' } },
};

function ticketSystem(answers: Answers): RequestListener {
  return (request, response) => {
    const { method = '', url = '' } = request;
    const answer = answers[`${method} ${url.split('?')[0]}`] ?? answers[method] ?? { status: 404, body: {} };
    if (typeof answer === 'function') return answer(request, response);
    const { status = 200, body, type = 'application/json; charset=utf-8' } = answer;
    response.writeHead(status, body === undefined || type === null ? {} : { 'content-type': type });
    response.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  };
}

interface Given {
  answers?: Answers;
  config?: Record<string, unknown> | ((origin: string) => Record<string, unknown>);
  secrets?: Record<string, unknown>;
  incident?: Record<string, unknown>;
  comments?: unknown;
  source?: ExecutionSource;
  attempt?: number;
  allowedHosts?: readonly string[];
}

async function push({ answers, config = {}, secrets, incident, comments, source, attempt, allowedHosts }: Given = {}) {
  const target = await httpServer(ticketSystem({ ...USUAL, ...answers }));
  const { origin } = target;
  const { verdict } = await tryType(casesWebhook, {
    config: {
      createIncidentUrl: `${origin}/issues/`,
      createIncidentJson: ALL,
      createIncidentResponseKey: 'data.id',
      getIncidentUrl: `${origin}/issues/${ID}`,
      getIncidentResponseExternalTitleKey: 'key',
      viewIncidentUrl: `${origin}/browse/{{{external.system.title}}}?id=${ID}`,
      updateIncidentUrl: `${origin}/issues/${ID}`,
      updateIncidentJson: `{"id":${ID},"case":${ALL}}`,
      createCommentUrl: `${origin}/issues/${ID}/comments`,
      createCommentJson: `{"id":${ID},"text":{{{case.comment}}}}`,
      createCommentMethod: 'post',
      ...(typeof config === 'function' ? config(origin) : config),
    },
    secrets: secrets ?? { user: 'u', password: 'p' },
    params: { subAction: 'pushToService', subActionParams: { incident: { ...CASE, ...incident }, comments } },
    source,
    attempt,
    allowedHosts,
    executionId: 'e-1',
  });
  const seen = target.seen.map(({ method, url, body }) => `${method} ${url}${body === '' ? '' : ` ${body}`}`);
  return { verdict, failure: verdict as Failed, requests: target.seen, seen, origin };
}

const textOf = async (given: Given) => (await push(given)).failure.serviceMessage;
const AS_JSON = JSON.stringify({
  t: CASE.title,
  d: CASE.description,
  i: 'case-1',
  s: 'high',
  st: 'open',
  g: CASE.tags,
});

describe('.cases-webhook pushes', () => {
  test('a new case: created, then asked for', async () => {
    const before = Date.now();
    const { verdict, seen, origin } = await push();
    expect(seen).toEqual([`POST /issues ${AS_JSON}`, 'GET /issues/10001']);
    const url = `${origin}/browse/DISK-1?id=10001`;
    expect(verdict).toEqual({
      outcome: 'delivered',
      data: { id: '10001', title: 'DISK-1', url, pushedDate: expect.any(String) },
      reference: { id: '10001', url },
    });
    const { pushedDate } = (verdict as { data: { pushedDate: string } }).data;
    expect(new Date(pushedDate).toISOString()).toBe(pushedDate);
    expect(Date.parse(pushedDate)).toBeGreaterThanOrEqual(before);
  });

  test('a known case: updated, then asked for', async () => {
    const { verdict, seen } = await push({ incident: { externalId: '10001' } });
    expect(seen).toEqual([`PUT /issues/10001 {"id":"10001","case":${AS_JSON}}`, 'GET /issues/10001']);
    expect(verdict).toMatchObject({ outcome: 'delivered', data: { id: '10001', title: 'DISK-1' } });
  });

  test('an update may be answered with 204, or with JSON', async () => {
    for (const body of [{}, [], { any: 'thing' }]) {
      const { verdict } = await push({ incident: { externalId: '1' }, answers: { PUT: { body } } });
      expect(verdict.outcome).toBe('delivered');
    }
  });

  test('what is left out is empty', async () => {
    const nothing = { description: null, id: null, severity: null, status: null, tags: null };
    const { seen } = await push({ incident: nothing });
    expect(seen[0]).toBe(`POST /issues ${JSON.stringify({ t: CASE.title, d: '', i: '', s: '', st: '', g: [] })}`);
  });

  test('the methods of the config, and a body for POST', async () => {
    const methods = { createIncidentMethod: 'patch', updateIncidentMethod: 'post', getIncidentMethod: 'post' };
    const config = { ...methods, getIncidentJson: `{"id":${ID}}` };
    const answers = { PATCH: { body: { data: { id: 'a' } } }, POST: { body: { key: 'K' } } };
    const created = await push({ config, answers });
    expect(created.seen).toEqual([`PATCH /issues ${AS_JSON}`, 'POST /issues/a {"id":"a"}']);
    const updated = await push({ config, answers, incident: { externalId: 'b' } });
    expect(updated.seen.map((line) => line.split(' {')[0])).toEqual(['POST /issues/b', 'POST /issues/b']);
  });

  test('comments, one after the other; empty ones are left out', async () => {
    const comments = ['one "1"', '', 'two'].map((comment, n) => ({ comment, commentId: `c${n}` }));
    const { verdict, seen } = await push({ comments });
    expect(seen.slice(2)).toEqual([
      'POST /issues/10001/comments {"id":"10001","text":"one \\"1\\""}',
      'POST /issues/10001/comments {"id":"10001","text":"two"}',
    ]);
    const { data } = verdict as { data: { pushedDate: string; comments: unknown } };
    const { pushedDate } = data;
    expect(data.comments).toEqual([
      { commentId: 'c0', pushedDate },
      { commentId: 'c2', pushedDate },
    ]);
    for (const none of [[], null]) expect((await push({ comments: none })).verdict).not.toHaveProperty('data.comments');
  });

  test.each(['createCommentUrl', 'createCommentJson', 'createCommentMethod'])(
    'without %s no comment is sent, and counts as pushed',
    async (name) => {
      const { verdict, seen } = await push({ config: { [name]: null }, comments: [{ comment: 'x', commentId: 'c' }] });
      expect(seen).toHaveLength(2);
      expect(verdict).toMatchObject({ outcome: 'delivered', data: { comments: [{ commentId: 'c' }] } });
    },
  );

  test('headers: content type < basic < config < secret headers', async () => {
    const basic = `Basic ${Buffer.from('u:p').toString('base64')}`;
    for (const { headers } of (await push()).requests) {
      expect(headers).toMatchObject({ 'content-type': 'application/json', authorization: basic });
    }
    const own = { authorization: 'Mine', 'x-a': 'config', 'content-type': 'application/vnd.x+json' };
    expect((await push({ config: { headers: own } })).requests[0]!.headers).toMatchObject(own);
    const secrets = { user: 'u', password: 'p', secretHeaders: { Authorization: 'Secret', 'X-A': 's' } };
    expect((await push({ config: { headers: own }, secrets })).requests[1]!.headers).toMatchObject({
      authorization: 'Secret',
      'x-a': 's',
    });
    const without = await push({ config: { hasAuth: false }, secrets: {} });
    expect(without.requests[0]!.headers).not.toHaveProperty('authorization');
  });

  test('ids with brackets, and values that are no texts', async () => {
    const answers = {
      'POST /issues': { body: { items: [{ 'the.key': { id: 0 } }] } },
      GET: { body: { 'fields.summary': null } },
    };
    const config = {
      createIncidentResponseKey: 'items[0]["the.key"].id',
      getIncidentResponseExternalTitleKey: 'fields.summary',
    };
    const { verdict } = await push({ answers, config });
    expect(verdict).toMatchObject({ outcome: 'delivered', data: { id: '0', title: 'null' } });
  });

  test('no URL leads to a host that is not allowed', async () => {
    const other = await httpServer(ticketSystem(USUAL));
    const elsewhere = other.origin.replace('127.0.0.1', 'localhost');
    const config = { getIncidentUrl: `${elsewhere}/issues/${ID}` };
    const { failure } = await push({ config, allowedHosts: ['127.0.0.1'] });
    expect(failure.serviceMessage).toContain(
      `Error: Invalid Get case URL: Error: error configuring connector action: target url "${elsewhere}/issues/10001" is not added to the Kibana config xpack.actions.allowedHosts.  `,
    );
    expect(other.seen).toEqual([]);
  });

  test('all hosts of the config get the credentials, as each is the choice of who made it', async () => {
    const other = await httpServer(ticketSystem(USUAL));
    await push({ config: { getIncidentUrl: `${other.origin}/issues/${ID}` } });
    expect(other.seen[0]?.headers.authorization).toMatch(/^Basic /);
  });
});

describe('.cases-webhook idempotency key', () => {
  const keysOf = async (given: Given) =>
    (await push(given)).requests.map(({ headers }) => headers['idempotency-key'] ?? '-');
  const comments = ['a', '', 'b'].map((comment, n) => ({ comment, commentId: String(n) }));
  const on = { sendIdempotencyKey: true };

  test('none unless asked for', async () => {
    expect(await keysOf({ comments })).toEqual(['-', '-', '-', '-']);
  });

  test('of what changes something, the same at every attempt', async () => {
    for (const attempt of [1, 2]) {
      const keys = ['e-1', '-', 'e-1-comment-1', 'e-1-comment-3'];
      expect(await keysOf({ config: on, comments, attempt })).toEqual(keys);
    }
    expect(await keysOf({ config: on, incident: { externalId: '1' } })).toEqual(['e-1', '-']);
  });

  test('a header of the config wins', async () => {
    expect((await keysOf({ config: { ...on, headers: { 'idempotency-KEY': 'mine' } } }))[0]).toBe('mine');
  });
});

describe('.cases-webhook failures', () => {
  test('the whole verdict', async () => {
    expect(
      (await push({ answers: { 'POST /issues': { status: 400, body: { error: 'no "title"' } } } })).failure,
    ).toEqual({
      outcome: 'failed',
      code: 'target_rejected',
      message: 'an error occurred while running the action',
      serviceMessage: `${PREFIX}Unable to create case. Error: Request failed with status code 400. {"error":"no \\"title\\""} Reason: Bad Request`,
      retry: true,
      errorSource: 'framework',
    });
  });

  test('each step has its words', async () => {
    const at = (name: string) => ({ answers: { [name]: { status: 500, body: 'oops' } } });
    const tail = 'Error: Request failed with status code 500. "oops" Reason: Internal Server Error';
    const get = `${PREFIX}Unable to get case with id 10001. ${tail}`;
    expect(await textOf(at('POST /issues'))).toBe(`${PREFIX}Unable to create case. ${tail}`);
    expect(await textOf(at('GET'))).toBe(`${PREFIX}Unable to create case. Error: ${get}.  `);
    const incident = { externalId: '10001' };
    expect(await textOf({ ...at('PUT'), incident })).toBe(`${PREFIX}Unable to update case with id 10001. ${tail}`);
    expect(await textOf({ ...at('GET'), incident })).toBe(
      `${PREFIX}Unable to update case with id 10001. Error: ${get}.  `,
    );
    const comments = [{ comment: 'x', commentId: 'c' }];
    expect(await textOf({ ...at('POST /issues/10001/comments'), comments })).toBe(
      `${PREFIX}Unable to create comment at case with id 10001. ${tail}`,
    );
  });

  test('an answer without a body, and none at all', async () => {
    expect(await textOf({ answers: { 'POST /issues': { status: 401 } } })).toBe(
      `${PREFIX}Unable to create case. Error: Request failed with status code 401.  Reason: Unauthorized`,
    );
    const { failure } = await push({ config: { createIncidentUrl: 'http://127.0.0.1:1/x' } });
    expect(failure).toMatchObject({ code: 'egress_connection', retry: true });
    expect(failure.serviceMessage).toMatch(
      /^\[Action\]\[Webhook - Case Management\]: Unable to create case\. Error: .*ECONNREFUSED 127\.0\.0\.1:1\. {2}$/,
    );
  });

  test.each<[string, Answers['x'], string]>([
    [
      'no content type',
      { body: '{}', type: null },
      'Missing content type header in post <url>. Supported content types: application/json',
    ],
    ['204', { status: 204 }, 'Missing content type header in post <url>. Supported content types: application/json'],
    [
      'a page',
      { body: '<h1>', type: 'text/html' },
      'Unsupported content type: text/html in post <url>. Supported content types: application/json',
    ],
    ['broken JSON', { body: '{"data"' }, 'Response is not a valid JSON'],
    ['a text', { body: '"x"' }, 'Response is not a valid JSON'],
    ['nothing', { body: '' }, 'Response is missing the expected field: data.id'],
    ['another object', { body: { id: 1 } }, 'Response is missing the expected field: data.id'],
    ['a list', { body: [{ data: { id: 1 } }] }, 'Response is missing the expected field: data.id'],
    [
      'an inherited member',
      { body: '{"__proto__":{"data":{"id":1}}}' },
      'Response is missing the expected field: data.id',
    ],
    ['null as id', { body: { data: { id: null } } }, 'Response has neither text nor number in the field: data.id'],
  ])('created with %s', async (_name, answer, cause) => {
    const { failure, origin } = await push({ answers: { 'POST /issues': answer! } });
    const text = cause.replace('<url>', `${origin}/issues`);
    expect(failure).toMatchObject({
      code: 'target_response_invalid',
      serviceMessage: `${PREFIX}Unable to create case. Error: ${text}.  `,
    });
  });

  test('an update that is answered with a plain text fails, as in Kibana', async () => {
    const answers = { PUT: { body: 'ok', type: 'text/plain' } };
    const { failure, origin } = await push({ incident: { externalId: '1' }, answers });
    expect(failure.serviceMessage).toBe(
      `${PREFIX}Unable to update case with id 1. Error: Unsupported content type: text/plain in put ${origin}/issues/1. Supported content types: application/json.  `,
    );
  });

  test('429 names its time, 503 does not', async () => {
    const busy = (status: number, headers = {}): Answers => ({
      'POST /issues': (_request, response) => void response.writeHead(status, headers).end(),
    });
    const limited = (await push({ answers: busy(429, { 'retry-after': '600' }) })).failure;
    expect(limited).toMatchObject({ code: 'target_rate_limited', retry: expect.any(Date) });
    expect((await push({ answers: busy(503) })).failure).toMatchObject({ code: 'target_unavailable', retry: true });
  });

  test.each<[string, Given['config'], Given['secrets']]>([
    ['basic without a user', {}, { crt: 'c', key: 'k' }],
    ['a certificate that is not there', { authType: 'webhook-authentication-ssl' }, { user: 'u', password: 'p' }],
    ['no URL to view cases', { viewIncidentUrl: '' }, undefined],
    ['no URL to create cases', { createIncidentUrl: '' }, undefined],
  ])('cannot be used with %s', async (_name, config, secrets) => {
    const { failure, seen } = await push({ config, secrets });
    expect(failure.serviceMessage).toBe('[Action]Webhook - Case Management: Wrong configuration.');
    expect(seen).toEqual([]);
  });
});

describe('.cases-webhook partial success', () => {
  const comments = ['a', 'b', 'c'].map((comment) => ({ comment, commentId: comment }));
  const noTitle: Answers = { GET: { status: 503, body: {} } };
  const failsAt = (fails: number): Answers => {
    let count = 0;
    return {
      'POST /issues/10001/comments': (_request, response) => {
        count += 1;
        response.writeHead(count === fails ? 503 : 204).end();
      },
    };
  };

  test('over HTTP the answer is as ever', async () => {
    const { failure } = await push({ answers: noTitle, source: 'http_request' });
    expect(failure).toMatchObject({ code: 'partial_failure', retry: true });
    expect(failure.serviceMessage).toMatch(/\. {2}$/);
  });

  test('the queue does not create a second case', async () => {
    const { failure } = await push({ answers: noTitle, source: 'queue' });
    expect(failure).toMatchObject({ code: 'partial_failure', retry: false });
    expect(failure.serviceMessage).toMatch(
      / The case was created with the id "10001"\. Push again with that externalId\.$/,
    );
    const unknown = await push({ answers: { 'POST /issues': { body: {} } }, source: 'queue' });
    expect(unknown.failure).toMatchObject({ code: 'target_response_invalid', retry: false });
    expect(unknown.failure.serviceMessage).toContain('its id is unknown');
  });

  test('nor add a comment twice', async () => {
    const third = await push({ answers: failsAt(3), comments, source: 'queue' });
    expect(third.failure).toMatchObject({ code: 'partial_failure', retry: false });
    expect(third.failure.serviceMessage).toMatch(
      /id "10001"\. 2 of the comments were added\. Push again with that externalId and only the comments that are missing\.$/,
    );
    const incident = { externalId: '10001' };
    const second = await push({ answers: failsAt(2), comments, incident, source: 'queue' });
    expect(second.failure).toMatchObject({ code: 'partial_failure', retry: false });
    expect(second.failure.serviceMessage).toMatch(/The case was updated\. 1 of the comments were added\./);
  });

  test('but repeats what has had no effect, an update, and what the service recognises', async () => {
    const refused = { answers: { 'POST /issues': { status: 503 } }, source: 'queue' as const };
    expect((await push(refused)).failure.retry).toBe(true);
    const updated = { answers: failsAt(1), comments, incident: { externalId: '10001' }, source: 'queue' as const };
    expect((await push(updated)).failure.retry).toBe(true);
    const known = { answers: noTitle, config: { sendIdempotencyKey: true }, source: 'queue' as const };
    expect((await push(known)).failure).toMatchObject({ code: 'partial_failure', retry: true });
  });

  test('a template that gives no JSON never will', async () => {
    for (const [source, retry] of [
      ['queue', false],
      ['http_request', true],
    ] as const) {
      expect((await push({ config: { createIncidentJson: '{' }, source })).failure.retry).toBe(retry);
    }
  });
});
