import zlib from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { httpServer, tcpServer } from '../../test/support/http-servers.ts';
import { createEgress, createRecorder, createRedactor, type EgressOptions } from './index.ts';
import type { Connection, EgressScope, HttpClient } from './types.ts';
import { EgressError } from './types.ts';

function client(connection: Connection, options: EgressOptions = {}, scope: Partial<EgressScope> = {}): HttpClient {
  const egress = createEgress(options);
  onTestFinished(() => egress.close());
  return egress.http({ connection, ...scope });
}

async function refusal(promise: Promise<unknown>): Promise<EgressError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EgressError)) throw new Error(`expected an EgressError, got ${String(error)}`);
  return error;
}

describe('a request', () => {
  test('goes out with the headers of the usual client and comes back whole', async () => {
    const server = await httpServer((_request, response) => {
      response.writeHead(201, 'Made', { 'X-Thing': ['a', 'b'], 'Content-Type': 'application/json' });
      response.end('{"id": 7}');
    });
    const answer = await client({ baseUrl: `${server.origin}/hook?a=1` }, { userAgent: 'Patchbay/1.2.3' }).post('', {
      body: 'x=1',
    });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({ method: 'POST', url: '/hook?a=1', body: 'x=1' });
    expect(server.seen[0]?.headers).toMatchObject({
      accept: 'application/json, text/plain, */*',
      'accept-encoding': 'gzip, deflate, br',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '3',
      'user-agent': 'Patchbay/1.2.3',
    });
    expect(answer).toMatchObject({
      status: 201,
      statusText: 'Made',
      text: '{"id": 7}',
      url: `${server.origin}/hook?a=1`,
    });
    expect(answer.headers['x-thing']).toBe('a, b');
    expect(answer.json()).toEqual({ id: 7 });
  });

  test('appends paths to the base URL and keeps its query out', async () => {
    const server = await httpServer();
    const http = client({ baseUrl: `${server.origin}/api/v1/?secret=1` });
    await http.get('/tickets/7');
    await http.get('tickets', { query: { q: 'ä b', page: 2, none: undefined } });
    await http.get('?x=%20y');
    expect(server.seen.map((one) => one.url)).toEqual([
      '/api/v1/tickets/7',
      '/api/v1/tickets?q=%C3%A4+b&page=2',
      '/api/v1/?x=%20y',
    ]);
  });

  test('is redirected by no path that a user may choose', async () => {
    const http = client({ baseUrl: 'http://127.0.0.1:1/api/' });
    for (const path of ['../admin', 'a/../../b', 'a/%2e%2E/b', '..\\b', './x', 'a/.\t./b']) {
      expect((await refusal(http.get(path))).message, path).toContain('"." or ".."');
    }
    // Two slashes are an empty segment, not another host.
    expect((await refusal(http.get('//evil.example/x'))).message).toBe('connect ECONNREFUSED 127.0.0.1:1');
  });

  test('sends json, forms and credentials in their order of strength', async () => {
    const server = await httpServer();
    const http = client({
      baseUrl: server.origin,
      defaultAuthHeaders: { Authorization: 'Basic weak', 'X-Weak': 'weak' },
      authHeaders: { 'x-strong': 'connector' },
    });
    await http.put('/a', { json: { a: 1 }, headers: { authorization: 'mine', 'X-Strong': 'handler' } });
    await http.patch('/b', { form: { a: '1 2', b: '&' } });
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: 'mine',
      'x-weak': 'weak',
      'x-strong': 'connector',
      'content-type': 'application/json',
    });
    expect(server.seen[1]).toMatchObject({ method: 'PATCH', body: 'a=1+2&b=%26' });
    expect(server.seen[1]?.headers.authorization).toBe('Basic weak');
  });

  test('takes credentials of the URL as Basic and shows them nowhere', async () => {
    const server = await httpServer();
    const recorder = createRecorder({ redact: createRedactor([]) });
    const http = client({ baseUrl: server.origin.replace('//', '//us%40er:pa%3Ass@') }, {}, { recorder });
    const answer = await http.get('');
    const basic = `Basic ${Buffer.from('us@er:pa:ss').toString('base64')}`;
    expect(server.seen[0]?.headers.authorization).toBe(basic);
    expect(answer.url).toBe(`${server.origin}/`);
    expect(JSON.stringify(recorder.records)).not.toMatch(/us%40er|pa%3Ass|pa:ss/);
    const refused = client({ baseUrl: 'http://user:pa@ss@127.0.0.1/x' }, { allowedHosts: [] });
    expect((await refusal(refused.get(''))).message).toBe(
      'target url "http://●●●@127.0.0.1/x" is not added to the Kibana config xpack.actions.allowedHosts',
    );
  });

  test("keeps the connector's credentials to the origin of its URL", async () => {
    const [home, other] = [await httpServer(), await httpServer()];
    const http = client({ baseUrl: home.origin, authHeaders: { Authorization: 'Bearer mine' } });
    await http.get(`${other.origin}/x`);
    await http.get(`${home.origin}/x`);
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
    expect(home.seen[0]?.headers.authorization).toBe('Bearer mine');
  });

  test('keeps them back where the handler says so, at their own origin and after a redirect', async () => {
    const home = await httpServer((request, response) => {
      const isFirst = request.url === '/first';
      response.writeHead(isFirst ? 307 : 200, isFirst ? { location: '/second' } : {}).end();
    });
    const http = client({
      baseUrl: home.origin,
      authHeaders: { 'X-Token': 'mine' },
      defaultAuthHeaders: { Authorization: 'Bearer mine' },
    });
    for (const path of ['/first', `${home.origin}/first`]) await http.post(path, { json: {}, anonymous: true });
    expect(home.seen).toHaveLength(4);
    expect(JSON.stringify(home.seen)).not.toContain('mine');
  });
});

describe('header injection', () => {
  test.each([
    ['X-A', 'a\r\nX-Evil: 1'],
    ['X-A', 'a\nb'],
    ['X-A', 'a\0'],
    ['X-A', 'snowman ☃'],
    ['X-A: 1\r\nX-Evil', 'v'],
    ['', 'v'],
    ['Transfer-Encoding', 'chunked'],
  ])('refuses %j: %j and does not repeat the value', async (name, value) => {
    const server = await httpServer();
    const error = await refusal(client({ baseUrl: server.origin }).get('', { headers: { [name]: value } }));
    expect(error.code).toBe('egress_header_invalid');
    expect(error.message).not.toContain('snowman');
    expect(server.seen).toHaveLength(0);
  });

  test('refuses methods that are none', async () => {
    const http = client({ baseUrl: 'http://127.0.0.1:1' });
    for (const method of ['GET / HTTP/1.1\r\nX: ', '', 'CONNECT', 'trace', 'A'.repeat(40)]) {
      expect((await refusal(http.request(method, ''))).message).toContain('method');
    }
  });

  test('leaves the length and the connection to the client', async () => {
    const server = await httpServer();
    await client({ baseUrl: server.origin }).post('', {
      body: 'abc',
      headers: { 'Content-Length': '99', Connection: 'close' },
    });
    expect(server.seen[0]?.headers['content-length']).toBe('3');
  });
});

describe('the allow-list', () => {
  test('refuses with the URL as it was written', async () => {
    const http = client({ baseUrl: 'https://Evil.example' }, { allowedHosts: ['good.example'] });
    const error = await refusal(http.post('', { body: 'x' }));
    expect(error.code).toBe('egress_host_not_allowed');
    expect(error.message).toBe(
      'target url "https://Evil.example" is not added to the Kibana config xpack.actions.allowedHosts',
    );
  });

  test('lets an origin of the operator pass, only that origin, and only for types that work on it', async () => {
    const [named, other] = [await httpServer(), await httpServer()];
    const options = { allowedHosts: [], deniedAddresses: ['127.0.0.0/8'], operatorOrigins: [`${named.origin}/es`] };
    expect((await client({ baseUrl: named.origin, operator: true }, options).get('')).status).toBe(200);
    for (const connection of [{ baseUrl: other.origin, operator: true }, { baseUrl: named.origin }]) {
      expect((await refusal(client(connection, options).get(''))).code).toBe('egress_host_not_allowed');
    }
  });
});

describe('limits', () => {
  test('counts the body, announced or not', async () => {
    const server = await httpServer((request, response) => {
      if (request.url === '/announced') return void response.end('x'.repeat(1001));
      if (request.url === '/fits') return void response.end('x'.repeat(1000));
      const push = () => {
        while (!response.destroyed && response.write('x'.repeat(300)));
      };
      response.on('drain', push);
      push();
    });
    const http = client({ baseUrl: server.origin }, { maxResponseContentLength: 1000 });
    for (const path of ['/announced', '/endless']) {
      const error = await refusal(http.get(path));
      expect(error.code).toBe('egress_response_too_large');
      expect(error.message).toBe('maxContentLength size of 1000 exceeded (xpack.actions.maxResponseContentLength)');
    }
    expect((await http.get('/fits')).text).toHaveLength(1000);
  });

  test.each([
    ['gzip', zlib.gzipSync],
    ['deflate', zlib.deflateSync],
    ['deflate', zlib.deflateRawSync],
    ['br', zlib.brotliCompressSync],
    ['zstd', zlib.zstdCompressSync],
  ] as const)('decodes %s and stops its bombs', async (encoding, compress) => {
    const server = await httpServer((request, response) => {
      response.setHeader('Content-Encoding', encoding);
      response.end(compress(Buffer.from(request.url === '/bomb' ? ' '.repeat(50_000_000) : 'grüße')));
    });
    const http = client({ baseUrl: server.origin });
    expect((await http.get('/text')).text).toBe('grüße');
    expect((await refusal(http.get('/bomb'))).code).toBe('egress_response_too_large');
  });

  test('says what is wrong with data that only claims to be compressed', async () => {
    const server = await httpServer((request, response) => {
      response.setHeader('Content-Encoding', request.url === '/many' ? 'gzip, gzip, gzip, gzip' : 'gzip');
      response.end('plain');
    });
    const http = client({ baseUrl: server.origin });
    expect((await refusal(http.get('/one'))).message).toContain('cannot be decompressed');
    expect((await refusal(http.get('/many'))).message).toContain('compressed 4 times');
  });

  test('ends silent, dripping and half-finished answers at the time limit', async () => {
    const silent = await tcpServer(() => undefined);
    const headless = await tcpServer((socket) => socket.write('HTTP/1.1 200 OK\r\nX-'));
    const bodiless = await tcpServer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
    for (const { origin } of [silent, headless, bodiless]) {
      const error = await refusal(client({ baseUrl: origin }, { responseTimeout: 80 }).get(''));
      expect(error.code).toBe('egress_timeout');
      expect(error.message).toBe('timeout of 80ms exceeded (xpack.actions.responseTimeout)');
    }
  });

  test('takes the longer of the two time limits', async () => {
    const server = await httpServer((_request, response) => void setTimeout(() => response.end('late'), 150));
    const http = client({ baseUrl: server.origin }, { responseTimeout: 20 });
    expect((await http.get('', { timeoutMs: 10_000 })).text).toBe('late');
    expect((await refusal(http.get('', { timeoutMs: 1 }))).message).toContain('timeout of 20ms exceeded');
  });

  test('counts all hops of a redirect against one time limit', async () => {
    const server = await httpServer((_request, response) => {
      setTimeout(() => response.writeHead(302, { Location: '/again' }).end(), 60);
    });
    const http = client({ baseUrl: server.origin }, { responseTimeout: 100, maxRedirects: 1000 });
    expect((await refusal(http.get(''))).code).toBe('egress_timeout');
  });

  test('cancels before, and during', async () => {
    const silent = await tcpServer(() => undefined);
    expect((await refusal(client({ baseUrl: silent.origin }, {}, { signal: AbortSignal.abort() }).get(''))).code).toBe(
      'cancelled',
    );
    const controller = new AbortController();
    const answer = refusal(client({ baseUrl: silent.origin }, {}, { signal: controller.signal }).get(''));
    controller.abort();
    expect((await answer).code).toBe('cancelled');
  });
});

describe('network errors', () => {
  test('read as Node writes them', async () => {
    const refused = await refusal(client({ baseUrl: 'http://127.0.0.1:1' }).get(''));
    expect(refused).toMatchObject({
      code: 'egress_connection',
      systemCode: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED 127.0.0.1:1',
    });
    const unknown = await refusal(client({ baseUrl: 'http://does-not-exist.invalid' }).get(''));
    expect(unknown.code).toBe('egress_connection');
    expect(unknown.message).toMatch(/^getaddrinfo E(NOTFOUND|AI_AGAIN) does-not-exist\.invalid$/);
  });

  test.each([
    ['closes at once', '', 'ECONNRESET', 'socket hang up'],
    ['talks nonsense', 'hello\r\n\r\n', 'HPE_', 'the answer is not valid HTTP'],
    ['sends a broken length', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', 'HPE_', 'the answer is not valid HTTP'],
    ['breaks off', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', 'ECONNRESET', 'socket hang up'],
    ['sends endless headers', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 'OVERFLOW', 'headers are larger'],
  ])('a server that %s', async (_what, bytes, systemCode, text) => {
    const server = await tcpServer((socket) => socket.once('data', () => socket.end(bytes)));
    const error = await refusal(client({ baseUrl: server.origin }).get(''));
    expect(error.systemCode).toContain(systemCode);
    expect(error.message).toContain(text);
  });
});

describe('the record', () => {
  test('holds every hop, redacted, and failures too', async () => {
    const server = await httpServer((request, response) => {
      if (request.url === '/') return void response.writeHead(302, { Location: '/next?t=hunter22' }).end();
      response.setHeader('Set-Cookie', 'a=b');
      response.end('you said hunter22');
    });
    const recorder = createRecorder({ redact: createRedactor(['hunter22']) });
    const scope = { recorder };
    await client({ baseUrl: server.origin, authHeaders: { Authorization: 'Bearer hunter22' } }, {}, scope).post('', {
      json: { p: 'hunter22' },
    });
    await refusal(client({ baseUrl: 'http://127.0.0.1:1' }, {}, scope).get(''));
    expect(JSON.stringify(recorder.records)).not.toContain('hunter22');
    expect(recorder.records).toMatchObject([
      { method: 'POST', status: 302, headers: { Authorization: 'Bearer ●●●' }, body: '{"p":"●●●"}' },
      { method: 'GET', url: `${server.origin}/next?t=●●●`, status: 200, response_body: 'you said ●●●' },
      { method: 'GET', error: 'connect ECONNREFUSED 127.0.0.1:1' },
    ]);
    expect(recorder.records[1]?.response_headers?.['set-cookie']).toBe('●●●');
  });
});

test('concurrent requests share connections and do not mix answers', async () => {
  const server = await httpServer((request, response) => void response.end(request.url));
  const http = client({ baseUrl: server.origin });
  const paths = Array.from({ length: 300 }, (_, index) => `/${index}`);
  const answers = await Promise.all(paths.map((path) => http.get(path)));
  expect(answers.map((answer) => answer.text)).toEqual(paths);
});
