import { describe, expect, onTestFinished, test } from 'vitest';
import { cert, httpServer, httpsServer, type TestServer } from '../../test/support/http-servers.ts';
import { createEgress, type EgressOptions } from './index.ts';
import { type Connection, EgressError, type HttpClient } from './types.ts';

const ca = cert('ca.crt').toString();

function client(connection: Connection, options: EgressOptions = {}): HttpClient {
  const egress = createEgress(options);
  onTestFinished(() => egress.close());
  return egress.http({ connection });
}

async function refusal(promise: Promise<unknown>): Promise<EgressError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EgressError)) throw new Error(`expected an EgressError, got ${String(error)}`);
  return error;
}

/** Redirects `/` to `location` with `status`; everything else is answered with `ok`. */
function redirecting(status: number, location: string): Promise<TestServer> {
  return httpServer((request, response) => {
    if (request.url === '/') response.writeHead(status, { Location: location });
    response.end('ok');
  });
}

describe('methods and bodies', () => {
  test.each([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'data'],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [307, 'POST', 'POST', 'data'],
    [308, 'PATCH', 'PATCH', 'data'],
  ])('%i turns %s into %s', async (status, method, expected, body) => {
    const server = await redirecting(status, '/next');
    const sent = method === 'HEAD' ? {} : { body: 'data' };
    const answer = await client({ baseUrl: server.origin }).request(method, '', sent);
    expect(answer.url).toBe(`${server.origin}/next`);
    expect(server.seen[1]).toMatchObject({ method: expected, url: '/next', body });
    expect(server.seen[1]?.headers['content-type']).toBe(body === '' ? undefined : 'application/x-www-form-urlencoded');
  });

  test('manual gives the redirect itself, with its body', async () => {
    const server = await redirecting(302, '/next');
    const answer = await client({ baseUrl: server.origin }).get('', { redirect: 'manual' });
    expect(answer).toMatchObject({ status: 302, text: 'ok' });
    expect(answer.headers.location).toBe('/next');
  });

  test('a 3xx that is none to follow is an answer', async () => {
    const server = await redirecting(304, '/next');
    expect((await client({ baseUrl: server.origin }).get('')).status).toBe(304);
  });

  test('the body of a redirect does not count, however long', async () => {
    const server = await httpServer((request, response) => {
      if (request.url === '/next') return void response.end('ok');
      response.writeHead(302, { Location: '/next' });
      // The last one never ends.
      if (request.url === '/short') response.end('x'.repeat(2_000));
      else if (request.url === '/long') response.end('x'.repeat(500_000));
      else response.write('x');
    });
    const http = client({ baseUrl: server.origin }, { maxResponseContentLength: 1000 });
    for (const path of ['/short', '/long', '/endless']) expect((await http.get(path)).text, path).toBe('ok');
    expect((await http.request('HEAD', '/long')).status).toBe(200);
  });
});

describe('limits', () => {
  test('five hops are followed, six are not', async () => {
    const server = await httpServer((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left > 0) response.writeHead(302, { Location: `/${left - 1}` });
      response.end(`left ${left}`);
    });
    const http = client({ baseUrl: server.origin });
    expect((await http.get('/5')).text).toBe('left 0');
    const error = await refusal(http.get('/6'));
    expect(error.code).toBe('egress_too_many_redirects');
    expect(error.message).toContain('Maximum number of redirects exceeded (5)');
  });

  test.each(['ftp://example.com/', 'http://', 'javascript:alert(1)', 'http://[::1'])(
    'a redirect to %s is refused',
    async (location) => {
      const server = await redirecting(302, location);
      expect((await refusal(client({ baseUrl: server.origin }).get(''))).code).toBe('egress_url_invalid');
    },
  );

  test('each hop must be an allowed host', async () => {
    const server = await redirecting(302, 'http://localhost:1/x');
    const error = await refusal(client({ baseUrl: server.origin }, { allowedHosts: ['127.0.0.1'] }).get(''));
    expect(error.code).toBe('egress_host_not_allowed');
    expect(error.message).toBe(
      'target hostname "localhost" is not added to the Kibana config xpack.actions.allowedHosts',
    );
  });

  test('each hop must be an allowed address', async () => {
    const server = await redirecting(307, 'http://0xA9FEA9FE/latest/meta-data/');
    const error = await refusal(client({ baseUrl: server.origin }).post('', { body: 'x' }));
    expect(error.code).toBe('egress_address_refused');
    expect(error.message).toContain('169.254.169.254');
    expect(error.message).toContain('patchbay.egress.allowedAddresses');
  });
});

describe('credentials', () => {
  const secretive = {
    authHeaders: { 'X-Custom': 'connector secret', Authorization: 'Bearer connector' },
    defaultAuthHeaders: { 'X-Weak': 'also one' },
  };
  const mine = { Cookie: 'a=b', 'X-Api-Key': 'k', 'X-Harmless': 'stays', Host: 'virtual.example' };

  test('stay with the same origin', async () => {
    const server = await redirecting(307, '/next');
    await client({ baseUrl: server.origin, ...secretive }).get('', { headers: mine });
    expect(server.seen[1]?.headers).toMatchObject({
      authorization: 'Bearer connector',
      'x-custom': 'connector secret',
      'x-weak': 'also one',
      cookie: 'a=b',
      'x-api-key': 'k',
      host: 'virtual.example',
    });
  });

  test('stay behind when host or port change, and do not come back', async () => {
    const other: TestServer = await httpServer((_request, response) => {
      response.writeHead(307, { Location: `${home.origin}/back` }).end();
    });
    const home: TestServer = await redirecting(307, `${other.origin.replace('//', '//evil:evil@')}/`);
    await client({ baseUrl: home.origin, ...secretive }).get('', { headers: mine });
    for (const seen of [other.seen[0], home.seen[1]]) {
      expect(seen?.headers['x-harmless']).toBe('stays');
      expect(seen?.headers.host).not.toBe('virtual.example');
      for (const name of ['authorization', 'x-custom', 'x-weak', 'cookie', 'x-api-key']) {
        expect(seen?.headers[name], name).toBeUndefined();
      }
    }
  });

  test('do not leave https, nor does a body', async () => {
    const plain = await httpServer();
    const secure = await httpsServer((_request, response) => response.writeHead(307, { Location: plain.origin }).end());
    const base = { baseUrl: secure.origin, tls: { ca } };
    const withCredentials = await refusal(client({ ...base, authHeaders: { Authorization: 'x' } }).get(''));
    expect(withCredentials.message).toContain('leaves https with credentials');
    expect((await refusal(client(base).post('', { body: 'x' }))).message).toContain('leaves https with a body');
    expect(plain.seen).toHaveLength(0);
    expect((await client(base).get('')).text).toBe('ok');
  });

  test('the client certificate is shown to no other origin', async () => {
    const options = { ca, requestCert: true, rejectUnauthorized: false };
    const other = await httpsServer(undefined, options);
    const home = await httpsServer((request, response) => {
      if (request.url === '/') response.writeHead(302, { Location: `${other.origin}/` });
      else if (request.url === '/here') response.writeHead(302, { Location: '/there' });
      response.end();
    }, options);
    const http = client({ baseUrl: home.origin, tls: { ca, cert: cert('client.crt'), key: cert('client.key') } });
    await http.get('');
    await http.get('/here');
    await http.get(`${other.origin}/direct`);
    expect(home.seen.map((one) => one.clientName)).toEqual(['patchbay-client', 'patchbay-client', 'patchbay-client']);
    expect(other.seen.map((one) => one.clientName)).toEqual([undefined, undefined]);
  });
});
