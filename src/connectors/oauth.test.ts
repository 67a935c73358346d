import type { RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { httpServer, httpsServer } from '../../test/support/http-servers.ts';
import { createEgress } from '../egress/index.ts';
import type { RequestRecord } from '../egress/types.ts';
import { all, basic, bearer, header, headers, oauth2ClientCredentials, signature } from './auth.ts';
import { createTokenProvider, resolveAuth, type TokenRun } from './oauth.ts';
import { VerdictError } from './verdict.ts';

/** An issuer that numbers its tokens. */
function numbering(extra: Record<string, unknown> = { expires_in: 100 }): RequestListener {
  let issued = 0;
  return (_request, response) =>
    response.end(JSON.stringify({ token_type: 'Bearer', access_token: `t${++issued}`, ...extra }));
}

function setUp(clock = { now: 0 }, maxTokens?: number) {
  const provider = createTokenProvider(createEgress(), { now: () => clock.now, maxTokens });
  const run = (more: Partial<TokenRun> = {}) =>
    provider.forRun({ connectorId: 'c', version: 1, onSecret: () => {}, ...more });
  return { run, clock };
}

const credentials = (tokenUrl: string, more: object = {}) => ({
  tokenUrl,
  clientId: 'id',
  clientSecret: 's3cret',
  ...more,
});

describe('token request', () => {
  test('fields in the body, in order; nothing but the grant type wins over additional fields', async () => {
    const issuer = await httpServer(numbering());
    const additionalFields = { audience: 'a&b', grant_type: 'password' };
    const token = await setUp()
      .run()
      .token(credentials(`${issuer.origin}/t`, { scope: 'x y', additionalFields }));
    expect(token).toBe('Bearer t1');
    expect(issuer.seen[0]).toMatchObject({
      method: 'POST',
      url: '/t',
      body: 'scope=x+y&client_id=id&client_secret=s3cret&audience=a%26b&grant_type=client_credentials',
    });
    expect(issuer.seen[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });

  test('credentials in the header are form-encoded first (RFC 6749, 2.3.1)', async () => {
    const issuer = await httpServer(numbering());
    await setUp()
      .run()
      .token({ tokenUrl: issuer.origin, clientId: 'a:b', clientSecret: 'ü c', sendCredentialsIn: 'header' });
    expect(issuer.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('a%3Ab:%C3%BC+c').toString('base64')}`);
    expect(issuer.seen[0]?.body).toBe('grant_type=client_credentials');
  });

  test('a private CA is honoured', async () => {
    const issuer = await httpsServer(numbering());
    await expect(setUp().run().token(credentials(issuer.origin))).rejects.toThrow(/certificate/);
    expect(
      await setUp()
        .run()
        .token(credentials(issuer.origin, { verificationMode: 'none' })),
    ).toBe('Bearer t1');
  });

  test('the token is announced, and the record of the request holds neither token', async () => {
    const issuer = await httpServer(numbering({ refresh_token: 'r3fresh' }));
    const secrets: string[] = [];
    const records: RequestRecord[] = [];
    const recorder = { add: (record: RequestRecord) => void records.push(record) };
    await setUp()
      .run({ onSecret: (token) => secrets.push(token), recorder })
      .token(credentials(issuer.origin));
    expect(secrets).toEqual(['t1']);
    expect(records).toHaveLength(1);
    expect(records[0]?.response_body).not.toMatch(/t1|r3fresh/);
  });
});

describe('kept tokens', () => {
  test('until 9/10 of a short life, or a minute before the end of a long one', async () => {
    for (const [expires_in, lastMs] of [
      [100, 90_000],
      [3600, 3_540_000],
      ['100', 90_000],
      [undefined, 270_000],
    ] as const) {
      const issuer = await httpServer(numbering({ expires_in }));
      const { run, clock } = setUp();
      const get = () => run().token(credentials(issuer.origin));
      expect(await get()).toBe('Bearer t1');
      clock.now = lastMs - 1;
      expect(await get()).toBe('Bearer t1');
      clock.now = lastMs;
      expect(await get()).toBe('Bearer t2');
    }
  });

  test.each([0, -1, 'soon'])('not at all when expires_in is %j', async (expires_in) => {
    const issuer = await httpServer(numbering({ expires_in }));
    const { run } = setUp();
    expect([await run().token(credentials(issuer.origin)), await run().token(credentials(issuer.origin))]).toEqual([
      'Bearer t1',
      'Bearer t2',
    ]);
  });

  test('never shared between connectors, versions or credentials', async () => {
    const issuer = await httpServer(numbering());
    const { run } = setUp();
    await run().token(credentials(issuer.origin));
    await run({ connectorId: 'd' }).token(credentials(issuer.origin));
    await run({ version: 2 }).token(credentials(issuer.origin));
    await run().token(credentials(issuer.origin, { clientSecret: 'other' }));
    await run().token(credentials(issuer.origin, { scope: 'other' }));
    await run().token(credentials(issuer.origin));
    expect(issuer.seen).toHaveLength(5);
  });

  test('runs at the same time share one request', async () => {
    const issuer = await httpServer(numbering());
    const { run } = setUp();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => run().token(credentials(issuer.origin))));
    expect(new Set(tokens)).toEqual(new Set(['Bearer t1']));
    expect(issuer.seen).toHaveLength(1);
  });

  test('a refused token is renewed once, however many runs were refused', async () => {
    const issuer = await httpServer(numbering());
    const { run } = setUp();
    const runs = [run(), run(), run()];
    for (const one of runs) expect(await one.token(credentials(issuer.origin))).toBe('Bearer t1');
    for (const one of runs) expect(await one.token(credentials(issuer.origin), { fresh: true })).toBe('Bearer t2');
    expect(await run().token(credentials(issuer.origin))).toBe('Bearer t2');
    expect(issuer.seen).toHaveLength(2);
  });

  test('the oldest is forgotten first', async () => {
    const issuer = await httpServer(numbering());
    const { run } = setUp({ now: 0 }, 2);
    for (const version of [1, 2, 3, 2, 3, 1]) await run({ version }).token(credentials(issuer.origin));
    expect(issuer.seen).toHaveLength(4);
  });

  test('a cancelled run stops waiting; the others get their token', async () => {
    const waiting: (() => void)[] = [];
    const arrived = Promise.withResolvers<void>();
    const issuer = await httpServer((_request, response) => {
      waiting.push(() => response.end('{"access_token":"t"}'));
      arrived.resolve();
    });
    const { run } = setUp();
    const controller = new AbortController();
    const cancelled = run({ signal: controller.signal }).token(credentials(issuer.origin));
    const other = run().token(credentials(issuer.origin));
    await arrived.promise;
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    for (const answer of waiting) answer();
    expect(await other).toBe('Bearer t');
  });
});

describe('failures', () => {
  const UNABLE = 'Unable to retrieve/refresh the access token: ';
  const NONE = 'Unable to retrieve new access token: ';

  async function failureOf(status: number, body: string, more: Record<string, string> = {}) {
    const issuer = await httpServer((_request, response) => void response.writeHead(status, more).end(body));
    const { run } = setUp();
    const error: unknown = await run()
      .token(credentials(issuer.origin))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VerdictError);
    return (error as VerdictError).verdict;
  }

  test.each([
    [400, '{"error":"invalid_scope"}', `${UNABLE}{"error":"invalid_scope"}`, undefined],
    [401, 'no', `${UNABLE}"no"`, undefined],
    [201, '{"access_token":"t"}', `${UNABLE}{"access_token":"t"}`, undefined],
    [503, '', `${UNABLE}""`, true],
    [429, '', `${UNABLE}""`, true],
    [200, 'null', `${NONE}the answer is not a JSON object.`, undefined],
    [200, '<html>', `${NONE}the answer is not a JSON object.`, undefined],
    [200, '{"access_token":7}', `${NONE}the answer has no "access_token".`, undefined],
    [200, '{"access_token":""}', `${NONE}the answer has no "access_token".`, undefined],
    [
      200,
      '{"access_token":"a\\r\\nX: y"}',
      `${NONE}"access_token" must be printable ASCII of at most 16384 characters.`,
      undefined,
    ],
    [
      200,
      `{"access_token":"${'x'.repeat(16_385)}"}`,
      `${NONE}"access_token" must be printable ASCII of at most 16384 characters.`,
      undefined,
    ],
    [
      200,
      '{"access_token":"t","token_type":"a b"}',
      `${NONE}"token_type" is not the name of an authentication scheme.`,
      undefined,
    ],
  ])('%i %.30s', async (status, body, message, retry) => {
    const verdict = await failureOf(status, body);
    expect(verdict).toEqual({
      outcome: 'failed',
      code: 'token_failed',
      message,
      ...(retry === undefined ? {} : { retry }),
    });
  });

  test('a redirect is not followed: the body holds the credentials', async () => {
    const elsewhere = await httpServer(numbering());
    expect((await failureOf(307, '', { location: elsewhere.origin })).message).toBe(`${UNABLE}""`);
    expect(elsewhere.seen).toEqual([]);
  });

  test('a long answer is cut', async () => {
    expect((await failureOf(500, 'x'.repeat(50_000))).message.length).toBeLessThan(1_100);
  });

  test('no answer, and a host that is not allowed', async () => {
    await expect(setUp().run().token(credentials('http://127.0.0.1:1'))).rejects.toThrow(`${UNABLE}[ECONNREFUSED] `);
    const provider = createTokenProvider(createEgress({ allowedHosts: [] }));
    const source = provider.forRun({ connectorId: 'c', version: 1, onSecret: () => {} });
    await expect(source.token(credentials('http://127.0.0.1:1/t'))).rejects.toThrow(
      `${UNABLE}target url "http://127.0.0.1:1/t" is not added to the Kibana config xpack.actions.allowedHosts`,
    );
  });

  test('a failure is not kept', async () => {
    let status = 500;
    const issuer = await httpServer(
      (_request, response) => void response.writeHead(status).end('{"access_token":"t"}'),
    );
    const { run } = setUp();
    await expect(run().token(credentials(issuer.origin))).rejects.toThrow(UNABLE);
    status = 200;
    expect(await run().token(credentials(issuer.origin))).toBe('Bearer t');
  });
});

describe('resolveAuth', () => {
  const deps = { token: () => Promise.resolve('Bearer t') };

  test('nothing, headers, basic', async () => {
    expect(await resolveAuth(undefined, deps)).toEqual({ authHeaders: {}, defaultAuthHeaders: {} });
    const [key, older] = [Buffer.alloc(24, 1), Buffer.alloc(24, 2)];
    expect(await resolveAuth(all(signature(), signature(key, older)), deps)).toEqual({
      authHeaders: {},
      defaultAuthHeaders: {},
      signingKeys: [key, older],
    });
    expect(await resolveAuth(signature(), deps)).not.toHaveProperty('signingKeys');
    expect(await resolveAuth(bearer('x'), deps)).toEqual({
      authHeaders: { Authorization: 'Bearer x' },
      defaultAuthHeaders: {},
    });
    expect(await resolveAuth(basic('u', 'p'), deps)).toEqual({
      authHeaders: {},
      defaultAuthHeaders: { Authorization: 'Basic dTpw' },
    });
  });

  test('of several parts the last wins, whatever the case of the name', async () => {
    const auth = all(
      basic('u', 'p'),
      headers({ authorization: 'a', 'X-Key': '1' }),
      undefined,
      all(header('x-key', '2'), oauth2ClientCredentials(credentials('https://issuer.example'))),
    );
    expect(await resolveAuth(auth, deps)).toEqual({
      authHeaders: { Authorization: 'Bearer t', 'x-key': '2' },
      defaultAuthHeaders: { Authorization: 'Basic dTpw' },
    });
  });
});
