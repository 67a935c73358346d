import net from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startTestApp, type TestApp } from '../support/app.ts';
import { dumpDatabase } from './database-dump.ts';
import { basic, create, expectError, webhook } from './support.ts';

let app: TestApp;
let existing: string;
let before: string;
beforeAll(async () => {
  // What the fuzzer makes up must not be called.
  app = await startTestApp({ 'xpack.actions.allowedHosts': ['localhost'] });
  existing = await create(app);
  before = await connectors();
});
afterAll(() => app.stop());

const ONE = '/api/actions/connector';
/** What is stored; bad input must leave no trace in it. */
const connectors = async () =>
  (await dumpDatabase(app.database.db.kysely))
    .split('\n')
    .filter((row) => row.includes('.webhook'))
    .join('\n');

/** Every call with a body, on a connector that exists and one that does not. */
const WRITES = (): [string, string][] => [
  ['POST', ONE],
  ['POST', `${ONE}/new-one`],
  ['PUT', `${ONE}/${existing}`],
  ['PATCH', `${ONE}/${existing}`],
  ['POST', `${ONE}/${existing}/_execute`],
  ['POST', `${ONE}/nope/_execute`],
  ['POST', `${ONE}/${existing}/_enqueue`],
  ['POST', '/api/actions/_bulk_enqueue'],
  ['POST', '/api/actions/executions/_retry'],
  ['POST', '/api/actions/executions/_cancel'],
  ['POST', '/api/actions/_test'],
  ['POST', '/api/actions/_preview'],
];

async function refusedEverywhere(body: unknown, status: number, message?: string | RegExp, headers = {}) {
  for (const [method, path] of WRITES()) expectError(await app.call(method, path, body, headers), status, message);
  expect(await connectors()).toBe(before);
}

describe('a body', () => {
  test.each(['{', '{"name":}', 'nonsense', '"', '{"a":1}{', '\u0000', '[1,]', "{'a':1}", 'NaN'])(
    'of malformed JSON: %j',
    (body) => refusedEverywhere(body, 400, 'Invalid request payload JSON format'),
  );

  test.each([
    ['null', 'null'],
    ['[]', 'Array'],
    ['[[]]', 'Array'],
    ['5', 'number'],
    ['"text"', 'string'],
    ['true', 'boolean'],
  ])('that is no object: %s', (body, kind) =>
    refusedEverywhere(body, 400, `[request body]: expected a plain object value, but found [${kind}] instead.`),
  );

  test('that is empty', () =>
    refusedEverywhere('', 400, '[request body]: expected a plain object value, but found [null] instead.'));

  test('that is larger than the limit', async () => {
    const large = JSON.stringify(webhook({ name: 'n'.repeat(1024 * 1024) }));
    await refusedEverywhere(large, 413, /^Payload content length greater than maximum allowed: 1048576 bytes/);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'x',
  ])('of the type %s', (type) => refusedEverywhere('{}', 415, /application\/json/, { 'content-type': type }));

  test('as JSON with a character set is taken', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const { status } = await app.call('POST', '/api/actions/_test', webhookTest, headers);
    expect(status).toBe(200);
  });

  test.each([
    ['{"__proto__":{"x":1}}', '__proto__'],
    ['{"config":{"__proto__":null}}', 'config.__proto__'],
    ['{"params":{"a":[{"\\u005f_proto__":{}}]}}', 'params.a.0.__proto__'],
  ])('with a key that would change a prototype: %s', async (body, path) => {
    const message = `[request body.${path}]: Additional properties are not allowed ('__proto__' was unexpected)`;
    await refusedEverywhere(body, 400, message);
    expect(({} as { x?: unknown }).x).toBe(undefined);
  });

  test('with the key constructor is like any other', async () => {
    const params = '{"params":{"message":"x","constructor":{"prototype":{"x":1}}}}';
    const id = await create(app, { name: 'Log', connector_type_id: '.server-log' });
    const { body } = await app.call('POST', `${ONE}/${id}/_execute`, params);
    expect(body.message).toBe("error validating action params: Unrecognized key(s) in object: 'constructor'");
    expect(({} as { x?: unknown }).x).toBe(undefined);
  });

  test('with a byte order mark is read without it', async () => {
    const { status } = await app.call('POST', '/api/actions/_test', `\uFEFF${JSON.stringify(webhookTest)}`);
    expect(status).toBe(200);
  });

  test('nested very deeply', async () => {
    for (const levels of [250, 100_000]) {
      const deep = '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
      await refusedEverywhere(deep, 400, /nested more than 200 levels deep/);
    }
    await refusedEverywhere('['.repeat(400_000), 400, 'Invalid request payload JSON format');
  });

  test('that never comes to its end holds nothing up and writes nothing', async () => {
    const { hostname, port } = new URL(app.url);
    const socket = net.connect(Number(port), hostname);
    const head = [
      `POST ${ONE} HTTP/1.1`,
      'host: x',
      'kbn-xsrf: x',
      'content-type: application/json',
      'content-length: 1000',
      `authorization: ${basic(app.admin.username, app.admin.password)}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n{"name":"half a body of .webhook`);
    expect((await app.call('GET', `${ONE}/${existing}`)).status).toBe(200);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.destroy();
    await closed;
    expect((await app.call('GET', `${ONE}/${existing}`)).status).toBe(200);
    expect(await connectors()).toBe(before);
  });
});

const webhookTest = { connector_type_id: '.webhook', config: { url: 'http://localhost:1/' }, params: {} };

describe('a field of the wrong type', () => {
  const WRONG = [null, true, 5, 1.5, 'text', [], [1], {}, { a: 1 }];
  const FIELDS: [method: string, path: () => string, valid: Record<string, unknown>, field: string, right: string][] = [
    ['POST', () => ONE, webhook(), 'name', 'string'],
    ['POST', () => ONE, webhook(), 'connector_type_id', 'string'],
    ['POST', () => ONE, webhook(), 'config', 'object'],
    ['POST', () => ONE, webhook(), 'secrets', 'object'],
    ['POST', () => ONE, webhook(), 'tags', 'array'],
    ['PUT', () => `${ONE}/${existing}`, { name: 'x' }, 'name', 'string'],
    ['PUT', () => `${ONE}/${existing}`, { name: 'x' }, 'config', 'object'],
    ['PATCH', () => `${ONE}/${existing}`, {}, 'secrets', 'object'],
    ['PATCH', () => `${ONE}/${existing}`, {}, 'tags', 'array'],
    ['POST', () => `${ONE}/${existing}/_execute`, {}, 'params', 'object'],
    ['POST', () => `${ONE}/${existing}/_enqueue`, {}, 'params', 'object'],
    ['POST', () => '/api/actions/_test', webhookTest, 'config', 'object'],
    ['POST', () => '/api/actions/_test', webhookTest, 'params', 'object'],
    ['POST', () => '/api/actions/_preview', webhookTest, 'secrets', 'object'],
    ['POST', () => '/api/actions/_preview', { params: {} }, 'connector_id', 'string'],
  ];

  test.each(FIELDS)('%s %s %o: %s', async (method, path, valid, field, right) => {
    const isRight = (value: unknown) => {
      if (Array.isArray(value)) return right === 'array' && value.length === 0;
      return typeof value === right && value !== null;
    };
    for (const value of WRONG.filter((value) => !isRight(value))) {
      const answer = await app.call(method, path(), { ...valid, [field]: value });
      // Of a list, its first element may be what is wrong.
      expectError(answer, 400, new RegExp(`^\\[request body\\.${field}(\\.0)?\\]: expected value of type \\[`));
    }
    expect(await connectors()).toBe(before);
  });
});

describe('a text', () => {
  test('of one megabyte is stored as a name when the limit allows it, and found again', async () => {
    const large = await startTestApp({ 'server.maxPayload': '4mb' }, app.database);
    try {
      const name = 'ü'.repeat(500_000);
      const id = await create(large, { name, connector_type_id: '.server-log' });
      expect((await large.call('GET', `${ONE}/${id}`)).body.name).toBe(name);
      const ran = await large.call('POST', `${ONE}/${id}/_execute`, { params: { message: 'x' } });
      expect(ran.body.status).toBe('ok');
      const { body: found } = await large.call('GET', `/api/actions/executions?connector_id=${id}`);
      expect(found.data[0].connector_name.length).toBeLessThanOrEqual(1_000);
      expect((await large.call('GET', '/api/actions/connectors')).status).toBe(200);
      await large.call('DELETE', `${ONE}/${id}`);
    } finally {
      await large.stop();
    }
  });

  test.each<[string, Record<string, unknown>]>([
    ['NUL in a name', webhook({ name: 'a\0b' })],
    ['NUL in a type', webhook({ connector_type_id: '.web\0hook' })],
    ['NUL in config', webhook({ config: { url: 'http://localhost:1/', headers: { 'a\0': 'b' } } })],
    ['NUL in secrets', webhook({ secrets: { user: 'u', password: 'p\0' } })],
    ['NUL in a tag', webhook({ tags: ['a\0b'] })],
    ['half a surrogate pair in a name', webhook({ name: 'a\ud800b' })],
    ['half a surrogate pair in a tag', webhook({ tags: ['\udfff'] })],
    ['an unknown key with NUL', webhook({ 'a\0': 1 })],
  ])('with %s is refused', async (_what, body) => {
    expectError(await app.call('POST', `${ONE}/never`, body), 400);
    expectError(await app.call('GET', `${ONE}/never`), 404);
  });

  test('with half a surrogate pair in config or secrets is kept as it is', async () => {
    const config = { url: 'http://localhost:1/', hasAuth: false, headers: { 'x-a': 'a\ud800b' } };
    const id = await create(app, webhook({ config, secrets: { user: 'u', password: 'p\udfff-long' } }));
    expect((await app.call('GET', `${ONE}/${id}`)).body.config).toMatchObject(config);
    await app.call('DELETE', `${ONE}/${id}`);
  });

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('%s is no connector type', async (type) => {
    const message = `Action type "${type}" is not registered.`;
    expectError(await app.call('POST', ONE, webhook({ connector_type_id: type })), 400, message);
    expectError(await app.call('GET', `/api/actions/connector_type/${type}`), 404, message);
  });
});

describe('a path', () => {
  test.each(['%', '%zz', '%c3%28', '%ff', 'a%2'])('with the bad encoding %s', async (id) => {
    for (const [method, path] of [
      ['GET', `${ONE}/${id}`],
      ['DELETE', `${ONE}/${id}`],
      ['GET', `/s/${id}/api/actions/connectors`],
    ] as const) {
      const answer = await app.call(method, path);
      expect([400, 404]).toContain(answer.status);
      expectError(answer, answer.status);
    }
  });

  test('with NUL is 400', async () => {
    expectError(await app.call('GET', `${ONE}/a%00b`), 400, /^\[request params\.id\]: /);
  });

  test('with an id that is too long is 4xx', async () => {
    for (const length of [1_001, 5_000, 12_000]) {
      const answer = await app.call('POST', `${ONE}/${'a'.repeat(length)}`, webhook());
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expectError(answer, answer.status);
      expect(answer.text.length).toBeLessThan(500);
    }
    expect(await connectors()).toBe(before);
  });

  test.each([
    '/api/actions/connector',
    '/api',
    '/nope',
    '/api/actions/connector/a/b',
    '/s/x',
    '//api/status',
    '/../etc/passwd',
  ])('that nobody serves: DELETE %s', async (path) => {
    const answer = await app.call('DELETE', path);
    expectError(answer, 404, 'Not Found');
  });
});

describe('a request below HTTP', () => {
  /** Sends bytes as they are and answers what came back until the connection closed. */
  async function raw(text: string): Promise<string> {
    const { hostname, port } = new URL(app.url);
    const socket = net.connect(Number(port), hostname);
    socket.write(text);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    return answer;
  }

  test.each([
    ['nonsense', 'hello\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
    ['length and chunks', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n', 400],
    ['a header of 17 KB', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(17_000)}\r\n\r\n`, 431],
  ])('%s is answered and closed', async (_what, text, status) => {
    const [head, body] = (await raw(text)).split('\r\n\r\n') as [string, string];
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(body)).toEqual({ statusCode: status, error: expect.any(String), message: expect.any(String) });
  });
});

describe('whatever is sent', () => {
  const json = fc.jsonValue({ maxDepth: 4 });
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', ' ', '__proto__', 'constructor', '\0', '%'),
  );
  const map = fc.dictionary(text, json, { maxKeys: 4 });
  const typeId = fc.constantFrom('.webhook', '.email', '.slack', '.index', '.server-log', '.nope', '');
  const config = fc.oneof(
    map,
    fc.record(
      {
        url: fc.oneof(text, fc.webUrl(), fc.constant('http://localhost:1/'), json),
        method: fc.oneof(fc.constantFrom('post', 'get', 'POST'), json),
        headers: fc.oneof(map, json),
        hasAuth: fc.oneof(fc.boolean(), json),
        service: fc.oneof(text, fc.constantFrom('other', 'gmail', 'exchange_server')),
        host: text,
        port: fc.oneof(fc.integer(), text),
        from: text,
        index: text,
      },
      { requiredKeys: [] },
    ),
  );
  const secrets = fc.oneof(
    map,
    fc.record(
      { user: text, password: text, webhookUrl: fc.oneof(text, fc.webUrl()), secretHeaders: map },
      { requiredKeys: [] },
    ),
  );
  const params = fc.oneof(
    map,
    fc.record({ message: text, level: text, body: text, to: fc.array(text), documents: fc.array(json) }),
  );
  const body = fc.oneof(
    json,
    fc.record(
      { name: text, connector_type_id: typeId, config, secrets, tags: fc.oneof(fc.array(text), json) },
      { requiredKeys: [] },
    ),
    fc.record({ connector_type_id: typeId, connector_id: text, config, secrets, params }, { requiredKeys: [] }),
    fc.record({ params }),
  );
  const id = fc.oneof(text, fc.constantFrom('fuzz', 'fuzz2')).map(encodeURIComponentSafely);
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'),
    path: fc.oneof(
      id.map((one) => `${ONE}/${one}`),
      fc.constantFrom(ONE, `${ONE}/fuzz/_execute`, '/api/actions/_preview', '/api/actions/connectors'),
      fc.tuple(id, id).map(([space, one]) => `/s/${space}${ONE}/${one}`),
      id.map((one) => `/api/actions/execution/${one}`),
      fc
        .tuple(fc.constantFrom('text', 'connector_id', 'from', 'page', 'status', 'x'), id)
        .map(([name, value]) => `/api/actions/executions?${name}=${value}`),
    ),
    body,
  });

  test('no request ends with 500 or without one of our bodies', async () => {
    const property = fc.asyncProperty(request, async ({ method, path, body }) => {
      const answer: Answer = await app.call(method, path, method === 'GET' ? undefined : body);
      if (answer.status === 204) return expect(answer.text).toBe('');
      expect(answer.status, `${method} ${path} ${answer.text}`).toBeLessThan(500);
      if (answer.status >= 400) expectError(answer, answer.status);
    });
    await fc.assert(property, { numRuns: 300 });
    expect(app.log()).not.toContain('unexpected error');
  }, 30_000);
});

function encodeURIComponentSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
