import { describe, expect, onTestFinished, test } from 'vitest';
import { cert, httpServer, httpsServer, proxyServer, tcpServer } from '../../test/support/http-servers.ts';
import { createEgress, type EgressOptions } from './index.ts';
import { EgressError, type TlsOptions } from './types.ts';

const ca = cert('ca.crt').toString();

function open(options: EgressOptions) {
  const warnings: string[] = [];
  const egress = createEgress({ log: { warn: (message) => warnings.push(message) }, ...options });
  onTestFinished(() => egress.close());
  const get = (baseUrl: string, tls?: TlsOptions) => egress.http({ connection: { baseUrl, tls } }).get('');
  return { egress, get, warnings };
}

async function refusal(promise: Promise<unknown>): Promise<EgressError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EgressError)) throw new Error(`expected an EgressError, got ${String(error)}`);
  return error;
}

const basic = `Basic ${Buffer.from('us er:pa:ss').toString('base64')}`;

describe('through a proxy', () => {
  test('http targets are asked in absolute form, with headers and credentials for the proxy', async () => {
    const server = await httpServer();
    const proxy = await proxyServer({ routes: { 'only-behind-the-proxy.example': server.port } });
    const { get } = open({
      proxyUrl: `http://us%20er:pa%3Ass@127.0.0.1:${proxy.port}`,
      proxyHeaders: { 'X-Proxy': 'yes' },
    });
    expect((await get('http://only-behind-the-proxy.example/a?b=c')).text).toBe('ok');
    expect(proxy.forwarded).toHaveLength(1);
    expect(proxy.forwarded[0]).toMatchObject({
      url: 'http://only-behind-the-proxy.example/a?b=c',
      headers: { host: 'only-behind-the-proxy.example', 'x-proxy': 'yes', 'proxy-authorization': basic },
    });
    expect(server.seen[0]?.url).toBe('/a?b=c');
  });

  test('https targets get a tunnel; the proxy sees no request, the target no proxy header', async () => {
    const server = await httpsServer();
    const proxy = await proxyServer();
    const { get } = open({
      proxyUrl: `http://us%20er:pa%3Ass@127.0.0.1:${proxy.port}`,
      proxyHeaders: { 'X-Proxy': 'yes', 'proxy-AUTHORIZATION': 'Basic written' },
    });
    expect((await get(`${server.origin}/x`, { ca })).status).toBe(200);
    expect(proxy.connects).toHaveLength(1);
    expect(proxy.connects[0]).toMatchObject({
      authority: `localhost:${server.port}`,
      headers: { 'x-proxy': 'yes', 'proxy-authorization': 'Basic written' },
    });
    expect(server.seen[0]?.headers).not.toHaveProperty('x-proxy');
    expect(server.seen[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  test("the rules for the target's certificate hold inside the tunnel", async () => {
    const server = await httpsServer();
    const proxy = await proxyServer();
    const proxyUrl = `http://127.0.0.1:${proxy.port}`;
    const error = await refusal(open({ proxyUrl }).get(server.origin));
    expect(error).toMatchObject({ code: 'egress_tls', systemCode: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    const entry = { url: server.origin, ssl: { certificateAuthoritiesData: ca } };
    expect((await open({ proxyUrl, customHostSettings: [entry] }).get(server.origin)).status).toBe(200);
    expect((await open({ proxyUrl, ssl: { verificationMode: 'none' } }).get(server.origin)).status).toBe(200);
  });

  test('a proxy that speaks https has a verification mode of its own', async () => {
    const [plain, secure] = [await httpServer(), await httpsServer()];
    const proxy = await proxyServer({ tls: true });
    const proxyUrl = `https://127.0.0.1:${proxy.port}`;
    const lax = open({ proxyUrl, ssl: { proxyVerificationMode: 'none' } });
    expect((await lax.get(plain.origin)).status).toBe(200);
    expect((await lax.get(secure.origin, { ca })).status).toBe(200);
    const strict = open({ proxyUrl, ssl: { verificationMode: 'none' } });
    for (const origin of [plain.origin, secure.origin]) {
      const error = await refusal(strict.get(origin));
      expect(error.code).toBe('egress_proxy');
      expect(error.message).toContain(`(127.0.0.1:${proxy.port}) cannot be used: TLS to`);
    }
    expect(proxy.connects).toHaveLength(1);
  });

  test('the checks that need no name resolution still hold', async () => {
    const proxy = await proxyServer();
    const { get, egress } = open({
      proxyUrl: `http://127.0.0.1:${proxy.port}`,
      allowedHosts: ['169.254.169.254', 'metadata.google.internal'],
    });
    for (const host of ['169.254.169.254', 'metadata.google.internal']) {
      expect((await refusal(get(`http://${host}/`))).code).toBe('egress_address_refused');
      expect((await refusal(get(`https://${host}/`))).code).toBe('egress_address_refused');
    }
    expect((await refusal(get('http://other.example/'))).code).toBe('egress_host_not_allowed');
    expect((await refusal(egress.internals.openSocket('metadata.google.internal', 25))).code).toBe(
      'egress_address_refused',
    );
    expect([...proxy.connects, ...proxy.forwarded]).toEqual([]);
  });

  test('what is not http gets a tunnel as well', async () => {
    const server = await tcpServer((socket) => socket.end('220 hello'));
    const proxy = await proxyServer({ routes: { 'mail.example:25': server.port } });
    const { egress } = open({ proxyUrl: `http://127.0.0.1:${proxy.port}` });
    const socket = await egress.internals.openSocket('mail.example', 25);
    expect(Buffer.concat(await socket.toArray()).toString()).toBe('220 hello');
  });
});

describe('a proxy that does not help', () => {
  test.each([407, 502, 503])('answers %i to CONNECT', async (status) => {
    const proxy = await proxyServer({ refuse: status });
    const error = await refusal(
      open({ proxyUrl: `http://u:secret@127.0.0.1:${proxy.port}` }).get('https://target.example/'),
    );
    expect(error.code).toBe('egress_proxy');
    expect(error.message).toContain(`answered ${status} to CONNECT target.example:443`);
    expect(error.message).toContain(status === 407 ? 'xpack.actions.proxyHeaders' : 'xpack.actions.proxyBypassHosts');
    expect(error.message).not.toContain('secret');
  });

  test("a 407 for an http target is the proxy's, a 503 is an answer", async () => {
    const [rejecting, failing] = [await proxyServer({ refuse: 407 }), await proxyServer({ refuse: 503 })];
    const error = await refusal(open({ proxyUrl: `http://127.0.0.1:${rejecting.port}` }).get('http://target.example/'));
    expect(error.code).toBe('egress_proxy');
    expect((await open({ proxyUrl: `http://127.0.0.1:${failing.port}` }).get('http://target.example/')).status).toBe(
      503,
    );
  });

  test('is not there', async () => {
    const { get } = open({ proxyUrl: 'http://127.0.0.1:1' });
    for (const url of ['http://target.example/', 'https://target.example/']) {
      expect(await refusal(get(url))).toMatchObject({ code: 'egress_proxy', systemCode: 'ECONNREFUSED' });
    }
  });

  test('says nothing, or nonsense', async () => {
    const silent = await tcpServer(() => undefined);
    const nonsense = await tcpServer((socket) => socket.end('what?\r\n\r\n'));
    const early = await tcpServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'));
    expect(
      (await refusal(open({ proxyUrl: silent.origin, responseTimeout: 80 }).get('https://target.example/'))).code,
    ).toBe('egress_timeout');
    expect((await refusal(open({ proxyUrl: nonsense.origin }).get('https://target.example/'))).code).toBe(
      'egress_proxy',
    );
    expect((await refusal(open({ proxyUrl: early.origin }).get('https://target.example/'))).code).toMatch(
      /egress_(tls|proxy|connection)/,
    );
  });
});

describe('who goes through it', () => {
  const dead = 'http://127.0.0.1:1';

  test('proxyBypassHosts go directly', async () => {
    const server = await httpServer();
    expect((await open({ proxyUrl: dead, proxyBypassHosts: ['127.0.0.1'] }).get(server.origin)).status).toBe(200);
    expect((await refusal(open({ proxyUrl: dead, proxyBypassHosts: ['27.0.0.1'] }).get(server.origin))).code).toBe(
      'egress_proxy',
    );
  });

  test('with proxyOnlyHosts, only they use it', async () => {
    const server = await httpServer();
    expect((await open({ proxyUrl: dead, proxyOnlyHosts: ['x.example'] }).get(server.origin)).status).toBe(200);
    expect((await refusal(open({ proxyUrl: dead, proxyOnlyHosts: ['127.0.0.1'] }).get(server.origin))).code).toBe(
      'egress_proxy',
    );
  });

  test('both lists: warned, the second is ignored', async () => {
    const { get, warnings } = open({ proxyUrl: dead, proxyBypassHosts: ['x.example'], proxyOnlyHosts: ['x.example'] });
    expect((await refusal(get('http://127.0.0.1:2'))).code).toBe('egress_proxy');
    expect(warnings).toEqual([
      'The configurations xpack.actions.proxyBypassHosts and xpack.actions.proxyOnlyHosts can not be used at the same time. The configuration xpack.actions.proxyOnlyHosts will be ignored.',
    ]);
  });

  test('an origin of the operator does not', async () => {
    const server = await httpServer();
    const { egress } = open({ proxyUrl: dead, operatorOrigins: [server.origin] });
    const connection = { baseUrl: server.origin, operator: true };
    expect((await egress.http({ connection }).get('')).status).toBe(200);
  });

  test.each(['not a url', 'socks5://127.0.0.1:1', 'http://user:secret@:1'])(
    '%j is warned about and not used',
    async (proxyUrl) => {
      const server = await httpServer();
      const { get, warnings } = open({ proxyUrl });
      expect((await get(server.origin)).status).toBe(200);
      const shown = proxyUrl.replace('user:secret', '●●●');
      expect(warnings).toEqual([
        `The configuration xpack.actions.proxyUrl: ${shown} is invalid.`,
        `invalid proxy URL "${shown}" ignored`,
      ]);
    },
  );
});
