import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { httpServer, type SeenRequest } from '../../../test/support/http-servers.ts';
import { signatureHeaders } from '../../egress/sign.ts';
import { answering, tryType } from '../shared/testing.ts';
import webhook from './index.ts';
import { secretsProblem, secrets as secretsSchema } from './schema.ts';

const secret = (bytes = 32) => `whsec_${randomBytes(bytes).toString('base64')}`;

/** What a receiver does, by the text of the specification: every signature of the list, in constant time. */
function isSigned({ headers, body }: Pick<SeenRequest, 'headers'> & { body: string | Buffer }, key: string): boolean {
  const id = String(headers['webhook-id']);
  const timestamp = String(headers['webhook-timestamp']);
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const expected = createHmac('sha256', Buffer.from(key.slice('whsec_'.length), 'base64'))
    .update(Buffer.concat([Buffer.from(`${id}.${timestamp}.`), Buffer.from(body)]))
    .digest();
  return String(headers['webhook-signature'])
    .split(' ')
    .map((entry) => entry.split(','))
    .some(([version, signature = '']) => {
      const given = Buffer.from(signature, 'base64');
      return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
    });
}

interface Given {
  attempt?: number;
  config?: Record<string, unknown>;
  secrets: Record<string, unknown>;
  body?: string;
}

/** The request that a target gets, with the body as the bytes that arrived: all of them are UTF-8. */
async function sent({ attempt, config, secrets, body }: Given) {
  const target = await httpServer();
  const { verdict } = await tryType(webhook, {
    config: { url: target.origin, ...config },
    secrets,
    params: { body },
    executionId: 'e-1',
    attempt,
  });
  expect(verdict).toMatchObject({ outcome: 'delivered' });
  const { headers, body: text } = target.seen[0]!;
  const bytes = Buffer.from(text);
  expect(bytes).toHaveLength(Number(headers['content-length'] ?? 0));
  return { headers, body: bytes };
}

describe('.webhook signatures', () => {
  test('the vector that the specification publishes', () => {
    const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    const body = '{"test": 2432232314}';
    expect(signatureHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', body, [key], 1_614_265_330_999)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('are off without a secret', async () => {
    const { headers } = await sent({ secrets: {}, body: '{}' });
    expect(Object.keys(headers).filter((name) => name.startsWith('webhook-'))).toEqual([]);
  });

  test.each([
    ['text', 'plain', {}],
    ['emoji and letters beyond ASCII', '{"text":"Grüße 📚 \u202eسلام"}', {}],
    ['half a surrogate pair, which is sent as U+FFFD', 'a\ud83d', {}],
    ['JSON, which is trimmed', '  {"a": 1}\n', { 'Content-Type': 'application/json' }],
    ['no JSON, which is quoted', 'a "b"', { 'Content-Type': 'application/json' }],
    ['100 kB', 'ä'.repeat(50_000), {}],
  ])('cover the bytes that are sent: %s', async (_name, body, headers) => {
    const signingSecret = secret();
    const request = await sent({ config: { headers }, secrets: { signingSecret }, body });
    expect(request.body.length).toBeGreaterThan(0);
    expect(isSigned(request, signingSecret)).toBe(true);
    expect(isSigned({ ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) }, signingSecret)).toBe(false);
    expect(isSigned(request, secret())).toBe(false);
  });

  test.each(['get', 'delete', 'post'])('cover an empty body of %s', async (method) => {
    const signingSecret = secret(24);
    const request = await sent({ config: { method }, secrets: { signingSecret } });
    expect(request.body).toHaveLength(0);
    expect(isSigned(request, signingSecret)).toBe(true);
  });

  test('have the same id at every attempt', async () => {
    const secrets = { signingSecret: secret(64) };
    for (const attempt of [1, 2]) {
      const { headers } = await sent({ attempt, secrets, body: 'x' });
      expect(headers['webhook-id']).toBe('e-1');
      expect(Number(headers['webhook-timestamp'])).toBeGreaterThan(Date.now() / 1000 - 60);
    }
  });

  test('are two while the secret is changed, the new one first', async () => {
    const [signingSecret, previousSigningSecret] = [secret(), secret()];
    const request = await sent({ secrets: { signingSecret, previousSigningSecret }, body: '{}' });
    expect(String(request.headers['webhook-signature'])).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/);
    expect([signingSecret, previousSigningSecret, secret()].map((key) => isSigned(request, key))).toEqual([
      true,
      true,
      false,
    ]);
    const [first] = String(request.headers['webhook-signature']).split(' ');
    const headers = { ...request.headers, 'webhook-signature': first };
    expect(isSigned({ ...request, headers }, previousSigningSecret)).toBe(false);
  });

  test('win over headers of the same names, and stand beside other credentials', async () => {
    const signingSecret = secret();
    const forged = { 'Webhook-Id': 'mine', 'webhook-timestamp': '1', 'WEBHOOK-SIGNATURE': 'v1,x' };
    const request = await sent({
      config: { headers: forged },
      secrets: { signingSecret, user: 'jim', password: 'horse', secretHeaders: forged },
      body: '{}',
    });
    expect(request.headers.authorization).toMatch(/^Basic /);
    expect(request.headers['webhook-id']).toBe('e-1');
    expect(isSigned(request, signingSecret)).toBe(true);
  });

  test('stay valid at a redirect within the host, and stay behind at one to another or to GET', async () => {
    const signingSecret = secret();
    const other = await httpServer();
    const target = await httpServer((request, response) => {
      const [, status, where] = /^\/(\d+)-(\w+)$/.exec(request.url ?? '') ?? [];
      if (status === undefined) return void response.end();
      response.writeHead(Number(status), { location: where === 'here' ? '/end' : `${other.origin}/end` }).end();
    });
    for (const path of ['/307-here', '/303-here', '/307-there']) {
      const config = { url: target.origin + path };
      await tryType(webhook, { config, secrets: { signingSecret }, params: { body: '{}' } });
    }
    const [kept, toGet] = target.seen.filter(({ url }) => url === '/end');
    expect(isSigned(kept!, signingSecret)).toBe(true);
    expect([toGet, other.seen[0]].map((request) => request?.headers)).toEqual([
      expect.not.objectContaining({ 'webhook-signature': expect.anything() }),
      expect.not.objectContaining({ 'webhook-signature': expect.anything() }),
    ]);
    expect([toGet?.method, other.seen[0]?.method]).toEqual(['GET', 'POST']);
  });

  test('are not made by the check of the connector', async () => {
    const target = await httpServer(answering(200));
    await tryType(webhook, { config: { url: target.origin }, secrets: { signingSecret: secret() } });
    expect(target.seen[0]?.headers).not.toHaveProperty('webhook-signature');
  });
});

describe('.webhook signing secrets', () => {
  const problem = (given: object) => secretsProblem(secretsSchema.parse(given));
  const wrong = (name: string) => `${name} must be whsec_ followed by the base64 of 24 to 64 bytes`;

  test.each([secret(24), secret(64), secret().slice('whsec_'.length), secret(32).replace(/=+$/, '')])(
    'takes %s',
    (signingSecret) => {
      expect(problem({ signingSecret })).toBeUndefined();
      expect(problem({ signingSecret, previousSigningSecret: secret(), user: 'jim', password: 'x' })).toBeUndefined();
    },
  );

  test.each([secret(23), secret(65), 'whsec_', `whsec_${'ä'.repeat(40)}`, `${secret()} `, `v1,${secret()}`, 'x'])(
    'refuses %j',
    (text) => {
      expect(problem({ signingSecret: text })).toBe(wrong('signingSecret'));
      expect(problem({ signingSecret: secret(), previousSigningSecret: text })).toBe(wrong('previousSigningSecret'));
    },
  );

  test('refuses a previous one alone, and keeps the texts of Kibana for the others', () => {
    expect(problem({ previousSigningSecret: secret() })).toBe(
      'previousSigningSecret must have signingSecret beside it',
    );
    expect(problem({ signingSecret: secret(), user: 'jim' })).toMatch(/^must specify one of the following schemas: /);
    expect(problem({ signingSecret: null, previousSigningSecret: '' })).toBeUndefined();
  });
});

test('the code that the documentation gives to targets', async () => {
  const page = await readFile(new URL('../../../docs/webhook-signatures.md', import.meta.url), 'utf8');
  const file = join(temporaryFolder(), 'check.mjs');
  writeFileSync(file, /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? '');
  const check: { isSigned: (headers: object, body: Buffer, secrets: string[]) => boolean } = await import(
    pathToFileURL(file).href
  );
  const [signingSecret, previousSigningSecret] = [secret(), secret()];
  const { headers, body } = await sent({ secrets: { signingSecret, previousSigningSecret }, body: '{"a":1}' });
  for (const known of [[signingSecret], [previousSigningSecret], [secret(), signingSecret]]) {
    expect(check.isSigned(headers, body, known)).toBe(true);
  }
  const old = { ...headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 600) };
  const none = { ...headers, 'webhook-timestamp': undefined };
  for (const [given, content, known] of [
    [headers, body, [secret()]],
    [headers, Buffer.from('{"a":2}'), [signingSecret]],
    [old, body, [signingSecret]],
    [none, body, [signingSecret]],
    [{}, body, [signingSecret]],
  ] as const) {
    expect(check.isSigned(given, content, [...known])).toBe(false);
  }
});
