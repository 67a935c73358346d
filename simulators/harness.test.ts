import { afterEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from './harness.ts';
import { webhook } from './webhook.ts';

let simulator: Simulator | undefined;
afterEach(async () => {
  await simulator?.close();
  simulator = undefined;
});

async function start(): Promise<Simulator> {
  simulator = await startSimulator(webhook);
  return simulator;
}

const post = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body, headers, redirect: 'manual' });

describe('the log', () => {
  test('keeps what arrived, the last 200 requests', async () => {
    const { url, requests } = await start();
    await post(`${url}/a%20b?x=1`, 'hällo', { 'x-test': 'yes' });
    expect(requests).toEqual([
      expect.objectContaining({ method: 'POST', path: '/a b', text: 'hällo', status: 200, note: 'hällo' }),
    ]);
    expect(requests[0]?.headers['x-test']).toBe('yes');
    expect(requests[0]?.query.get('x')).toBe('1');
    for (let i = 0; i < 205; i += 1) await post(`${url}/${i}`, '');
    expect(requests).toHaveLength(200);
    expect(requests.at(-1)?.path).toBe('/204');
  });

  test('a body beyond the limit gets the vendor’s answer', async () => {
    const { url, requests } = await start();
    expect((await post(url, 'x'.repeat(1024 * 1024 + 1))).status).toBe(413);
    expect(requests[0]).toMatchObject({ status: 413, text: '' });
  });

  test('a path that is no UTF-8 does no harm', async () => {
    const { url, requests } = await start();
    expect((await fetch(`${url}/%ff`)).status).toBe(200);
    expect(requests[0]?.path).toBe('/%ff');
  });
});

describe('scripted misbehaviour', () => {
  test('status, headers and body, so many times, then the vendor again', async () => {
    const { url, failNext } = await start();
    failNext(2, { status: 429, headers: { 'retry-after': '7' }, body: 'slow down' });
    for (let i = 0; i < 2; i += 1) {
      const response = await post(url, '');
      expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
        429,
        '7',
        'slow down',
      ]);
    }
    expect((await post(url, '')).status).toBe(200);
  });

  test('redirect, wrong JSON, huge body, a pause before the real answer', async () => {
    const { url, failNext, requests } = await start();
    failNext(1, { redirect: 'http://elsewhere.example/' });
    failNext(1, { body: '{"', headers: { 'content-type': 'application/json' } });
    failNext(1, { hugeBytes: 3_000_001 });
    failNext(1, { delayMs: 1 });
    const redirect = await post(url, '');
    expect([redirect.status, redirect.headers.get('location')]).toEqual([302, 'http://elsewhere.example/']);
    await expect((await post(url, '')).json()).rejects.toThrow(SyntaxError);
    expect((await (await post(url, '')).arrayBuffer()).byteLength).toBe(3_000_001);
    expect(await (await post(url, '')).json()).toEqual({ received: true });
    expect(requests.map(({ note }) => note)).toEqual(['as scripted', 'as scripted', 'as scripted', '']);
  });

  test('broken connections and answers without an end', async () => {
    const { url, failNext } = await start();
    failNext(1, { reset: true });
    failNext(1, { truncate: true });
    failNext(1, { endless: true });
    await expect(post(url, '')).rejects.toThrow('fetch failed');
    await expect((await post(url, '')).text()).rejects.toThrow('terminated');
    const reader = (await post(url, '')).body!.getReader();
    for (let bytes = 0; bytes < 1_000_000; ) bytes += (await reader.read()).value!.length;
    await reader.cancel();
  });

  test('an answer that never comes ends with the simulator', async () => {
    const { url, failNext, close } = await start();
    failNext(1, { hang: true });
    const pending = expect(post(url, '')).rejects.toThrow('fetch failed');
    await expect.poll(() => simulator?.requests.length).toBe(1);
    await close();
    await pending;
  });

  test('can be ordered over HTTP, by JSON only', async () => {
    const { url } = await start();
    const control = `${url}/__simulator/next`;
    const json = { 'content-type': 'application/json' };
    expect((await post(control, '{"status":503,"times":1}')).status).toBe(405);
    expect((await post(control, '{"status":99}', json)).status).toBe(400);
    expect((await post(control, '{"statuz":503}', json)).status).toBe(400);
    expect((await post(control, '{', json)).status).toBe(400);
    expect((await post(control, '{"status":503}', json)).status).toBe(204);
    expect((await post(url, '')).status).toBe(503);
    expect((await post(url, '')).status).toBe(200);
  });
});

describe('webhook', () => {
  test('shows what it took', async () => {
    const { url } = await start();
    await post(`${url}/hook`, '{"a":1}', { 'content-type': 'application/json' });
    expect(await (await fetch(`${url}/messages`)).json()).toEqual([
      { at: expect.any(String), method: 'POST', path: '/hook', content_type: 'application/json', body: '{"a":1}' },
    ]);
  });

  test('wants the right user where it is protected', async () => {
    const { url } = await start();
    const as = (user: string) => ({ authorization: `Basic ${Buffer.from(user).toString('base64')}` });
    expect((await post(`${url}/protected`, '')).status).toBe(401);
    expect((await post(`${url}/protected`, '', as('patchbay:wrong'))).status).toBe(401);
    expect((await post(`${url}/protected`, '', as('patchbay:s3cret'))).status).toBe(200);
  });
});
