import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addStaticRoutes, PAGE_HEADERS } from './static.ts';

let server: FastifyInstance;
let url: string;
/** Each route's `config.public`, by path: without it, the server asks for credentials. */
const publicByPath = new Map<string, unknown>();

async function start(folder?: string): Promise<FastifyInstance> {
  const started = fastify({ routerOptions: { ignoreTrailingSlash: true } });
  started.addHook('onRoute', ({ url: path, config }) => {
    publicByPath.set(path, (config as { public?: unknown } | undefined)?.public);
  });
  addStaticRoutes(started, { folder });
  await started.listen({ host: '127.0.0.1', port: 0 });
  return started;
}

const origin = (of: FastifyInstance) => of.listeningOrigin;

beforeAll(async () => {
  server = await start();
  url = origin(server);
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(url + path, { headers: { 'accept-encoding': 'identity', ...headers }, redirect: 'manual' });

const assets = () => [...publicByPath.keys()].filter((path) => /^\/(app|assets)\/[^/]+$/.test(path));
const script = () => assets().find((path) => /^\/app\/index-.*\.js$/.test(path))!;
const PAGES = ['/login', '/connectors', '/executions', '/health', '/access', '/profile', '/docs/api'];

describe('pages and assets', () => {
  test('each is served without credentials, with the security headers', async () => {
    expect(assets()).toEqual(expect.arrayContaining([script(), '/assets/theme.js', '/assets/api-reference.js']));
    for (const path of [...PAGES, ...assets()]) {
      const response = await get(path);
      expect([path, response.status]).toEqual([path, 200]);
      expect(Object.fromEntries(response.headers)).toMatchObject(PAGE_HEADERS);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
      expect([path, publicByPath.get(path)]).toEqual([path, true]);
    }
  });

  test('each kind of file has its media type', async () => {
    const paths = ['/login', '/assets/style.css', script(), '/assets/icon.svg'];
    const types = paths.map(async (path) => (await get(path)).headers.get('content-type'));
    expect(await Promise.all(types)).toEqual([
      'text/html; charset=utf-8',
      'text/css; charset=utf-8',
      'text/javascript; charset=utf-8',
      'image/svg+xml',
    ]);
  });

  test('pages hold no script of their own, which the policy would block, and nothing from elsewhere', async () => {
    for (const path of PAGES) {
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

  test('a page names the code that it needs beyond the program', async () => {
    const html = await (await get('/health')).text();
    const [name] = /app\/HealthPage-[^"]+\.js/.exec(html) ?? [];
    expect(assets()).toContain(`/${name}`);
    expect(await (await get('/connectors')).text()).not.toContain('HealthPage');
  });
});

describe('the way up', () => {
  test.each([
    ['/connectors', './'],
    ['/connectors?q=a/b/c', './'],
    ['/connectors/', '../'],
    ['/connectors/new', '../'],
    ['/connectors/my%2Fid/config', '../../'],
    ['/connectors//config', '../../'],
    ['/executions/123', '../'],
  ])('%s begins at %s', async (path, base) => {
    const response = await server.inject({ method: 'GET', url: path });
    expect(response.statusCode).toBe(200);
    expect(/<base href="([^"]*)"/.exec(response.body)?.[1]).toBe(base);
  });

  test('endless paths are not kept', async () => {
    expect((await server.inject({ method: 'GET', url: `/connectors${'/x'.repeat(50)}` })).statusCode).toBe(404);
  });
});

describe('addresses of Kibana', () => {
  const KIBANA = '/app/management/insightsAndAlerting/triggersActionsConnectors';
  test.each([
    ['', '/connectors'],
    ['/connectors', '/connectors'],
    ['/connectors/my-pager', '/connectors/my-pager/config'],
    ['/connectors/a%2F%2Fhost%3F', '/connectors/a%2F%2Fhost%3F/config'],
    ['/logs', '/executions'],
  ])('“%s” leads to %s, behind whatever stands in front', async (path, expected) => {
    const response = await get(KIBANA + path);
    expect(response.status).toBe(302);
    for (const front of ['', '/proxy/s/ops']) {
      const address = `https://example.com${front}${KIBANA}${path}`;
      expect(new URL(response.headers.get('location')!, address).href).toBe(`https://example.com${front}${expected}`);
    }
  });
});

describe('caching', () => {
  test('what has a hash in its name is kept for a year, the rest is asked for each time', async () => {
    expect((await get(script())).headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    for (const path of ['/connectors', '/docs/api', '/assets/theme.js'])
      expect((await get(path)).headers.get('cache-control')).toBe('no-cache');
  });

  test('a browser that has the file gets 304, also when a proxy made the tag weak or others stand beside it', async () => {
    for (const path of ['/assets/style.css', '/connectors/new']) {
      const etag = (await get(path)).headers.get('etag')!;
      for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const response = await get(path, { 'if-none-match': header });
        expect([header, response.status, await response.text()]).toEqual([header, 304, '']);
        expect(response.headers.get('etag')).toBe(etag);
      }
    }
  });

  test('another tag gets the file', async () => {
    const response = await get('/assets/style.css', { 'if-none-match': '"of yesterday"' });
    expect(response.status).toBe(200);
  });

  test('the same page at another depth has another tag', async () => {
    const tags = ['/connectors', '/connectors/new'].map(async (path) => (await get(path)).headers.get('etag'));
    expect(new Set(await Promise.all(tags)).size).toBe(2);
  });
});

describe('compression', () => {
  const raw = async (path: string, accepted?: string) =>
    server.inject({
      method: 'GET',
      url: path,
      headers: accepted === undefined ? {} : { 'accept-encoding': accepted },
    });

  test.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', undefined],
    ['zebra', undefined],
    [undefined, undefined],
  ])('accepting %s gets %s', async (accepted, encoding) => {
    const response = await raw(script(), accepted);
    expect(response.headers['content-encoding']).toBe(encoding);
    expect(response.headers.vary).toBe('accept-encoding');
  });

  test('all encodings hold the same, and each has a tag of its own', async () => {
    const [plain, brotli, gzip] = [await raw(script()), await raw(script(), 'br'), await raw(script(), 'gzip')];
    expect(brotliDecompressSync(brotli.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect(gunzipSync(gzip.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect(brotli.rawPayload.length).toBeLessThan(plain.rawPayload.length / 3);
    expect(new Set([plain, brotli, gzip].map(({ headers }) => headers.etag)).size).toBe(3);
  });
});

describe('the way to the pages', () => {
  test.each([
    ['/', '/connectors'],
    ['/s/ops', '/s/ops/connectors'],
    ['/docs/api/?x=1', '/docs/api?x=1'],
  ])('%s leads to %s', async (from, to) => {
    const response = await get(from);
    expect(response.status).toBe(302);
    expect(new URL(response.headers.get('location')!, url + from).href).toBe(url + to);
  });

  test.each([
    '/s/Not A Space',
    '/app/',
    '/assets/',
    '/assets/none.js',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/index.html',
    '/index.html',
    '/manifest.json',
    '/.stamp',
    '/app/index.js.br',
    '/src/main.tsx',
    '/login.html',
    '/tsconfig.json',
  ])('%s is not found', async (path) => {
    // Sent as it is: fetch would resolve the dots before the server sees them.
    const response = await server.inject({ method: 'GET', url: path });
    expect(response.statusCode).toBe(404);
  });
});

describe('a folder that is not as it should be', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-dist-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('without a build, the pages say what to do', async () => {
    const unbuilt = await start(join(folder, 'missing'));
    for (const path of [...PAGES, '/connectors/new']) {
      const response = await fetch(origin(unbuilt) + path);
      expect([path, response.status]).toEqual([path, 503]);
      expect(await response.text()).toContain('node scripts/setup.mjs');
    }
    await unbuilt.close();
  });

  test('a kind of file without a media type is named', async () => {
    for (const part of ['app', 'assets']) await mkdir(join(folder, part));
    for (const page of ['index.html', 'api-reference.html']) await writeFile(join(folder, page), '<html></html>');
    await writeFile(join(folder, 'manifest.json'), '{}');
    await writeFile(join(folder, 'assets/picture.tiff'), '');
    expect(() => addStaticRoutes(fastify(), { folder })).toThrow('web/dist/assets/picture.tiff: add a media type');
  });
});
