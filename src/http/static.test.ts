import { readdirSync } from 'node:fs';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addStaticRoutes, PAGE_HEADERS, PAGES } from './static.ts';

let server: FastifyInstance;
let url: string;
/** Each route's `config.public`, by path: without it, the server asks for credentials. */
const publicByPath = new Map<string, unknown>();

beforeAll(async () => {
  server = fastify({ routerOptions: { ignoreTrailingSlash: true } });
  server.addHook('onRoute', ({ url: path, config }) => {
    publicByPath.set(path, (config as { public?: unknown } | undefined)?.public);
  });
  addStaticRoutes(server);
  url = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers, redirect: 'manual' });

const assets = readdirSync(new URL('../../web/assets/', import.meta.url)).map((name) => `/assets/${name}`);

describe('pages and assets', () => {
  test.each([...Object.keys(PAGES), ...assets])(
    '%s is served without credentials, with the security headers',
    async (path) => {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(Object.fromEntries(response.headers)).toMatchObject(PAGE_HEADERS);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
      expect(publicByPath.get(path)).toBe(true);
    },
  );

  test('each kind of file has its media type', async () => {
    const types = ['/login', '/assets/style.css', '/assets/login.js', '/assets/icon.svg'].map(async (path) => {
      return (await get(path)).headers.get('content-type');
    });
    expect(await Promise.all(types)).toEqual([
      'text/html; charset=utf-8',
      'text/css; charset=utf-8',
      'text/javascript; charset=utf-8',
      'image/svg+xml',
    ]);
  });

  test('pages hold no script or style of their own, which the policy would block', async () => {
    for (const path of Object.keys(PAGES)) {
      const html = await (await get(path)).text();
      expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:|https?:\/\//i);
    }
  });

  test('HEAD answers with the headers alone', async () => {
    const response = await fetch(`${url}/connectors`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toBe(PAGE_HEADERS['content-security-policy']);
    expect(await response.text()).toBe('');
  });
});

describe('caching', () => {
  test('a browser that has the file gets 304, also when a proxy made the tag weak or others stand beside it', async () => {
    const etag = (await get('/assets/style.css')).headers.get('etag')!;
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await get('/assets/style.css', { 'if-none-match': header });
      expect([header, response.status, await response.text()]).toEqual([header, 304, '']);
      expect(response.headers.get('etag')).toBe(etag);
    }
  });

  test('another tag gets the file', async () => {
    const response = await get('/assets/style.css', { 'if-none-match': '"of yesterday"' });
    expect(response.status).toBe(200);
  });
});

describe('the way to the pages', () => {
  test.each([
    ['/', '/connectors'],
    ['/s/ops', '/s/ops/connectors'],
    ['/login/?next=%2Fconnectors', '/login?next=%2Fconnectors'],
    ['/docs/api/', '/docs/api'],
  ])('%s leads to %s', async (from, to) => {
    const response = await get(from);
    expect(response.status).toBe(302);
    expect(new URL(response.headers.get('location')!, url + from).href).toBe(url + to);
  });

  test.each([
    '/s/Not A Space',
    '/assets/',
    '/assets/none.js',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/login.html',
    '/login.html',
    '/tsconfig.json',
  ])('%s is not found', async (path) => {
    // Sent as it is: fetch would resolve the dots before the server sees them.
    const response = await server.inject({ method: 'GET', url: path });
    expect(response.statusCode).toBe(404);
  });
});
