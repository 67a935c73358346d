import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type BuildManifest, preloadTags } from './preload.ts';

const DIST_FOLDER = fileURLToPath(new URL('../../web/dist/', import.meta.url));

/**
 * The addresses of the console by their first part, and the module of the page that opens there. All are one document;
 * what comes behind the first part is the program's affair.
 */
export const PAGES: Readonly<Record<string, string>> = {
  login: 'src/pages/login/LoginPage.tsx',
  connectors: 'src/pages/connectors/list/ListPage.tsx',
  executions: 'src/pages/executions/ExecutionsPage.tsx',
  health: 'src/pages/health/HealthPage.tsx',
  access: 'src/pages/access/AccessPage.tsx',
  // A panel over the page about access.
  profile: 'src/pages/access/AccessPage.tsx',
};

/** Where Kibana has its list of connectors: links in runbooks, and in the warnings of an import, lead there. */
const KIBANA_PAGE = '/app/management/insightsAndAlerting/triggersActionsConnectors';

/** The API reference, a page of its own. Its file names assets relative to this path, so neither may move alone. */
const REFERENCE = { path: '/docs/api', file: 'api-reference.html' } as const;

/** More parts than any address of the console has. */
const DEPTH_MAX = 8;

/**
 * What a page may load and who may frame it. No script that is inline or from elsewhere: one that came in through a
 * connector's name would not run even if a page showed it as markup. Styles may be inline, since sizes and positions
 * that follow the data are set that way.
 */
export const PAGE_HEADERS = {
  'content-security-policy': [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'self'",
    "form-action 'self'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
} as const;

/** Ask each time: these names carry no version, and an answer of 304 costs next to nothing. */
const ASK = 'no-cache';
/** The name holds a hash of the content. */
const KEEP = 'public, max-age=31536000, immutable';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Encodings that the build writes beside a file, in the order of preference. */
const ENCODINGS = [
  { name: 'br', extension: '.br' },
  { name: 'gzip', extension: '.gz' },
] as const;

interface StaticFile {
  readonly body: Buffer;
  readonly mediaType: string;
  readonly cacheControl: string;
  /** Without quotes. */
  readonly hash: string;
  /** By the name of the encoding; empty for what is not worth it. */
  readonly compressed: ReadonlyMap<string, Buffer>;
}

interface StaticOptions {
  /** Where the built console lies; `web/dist/` when left out. */
  readonly folder?: string;
}

/**
 * Serves the console: its pages, its assets, and the way from `/` and `/s/{space}` to the list of connectors. All of it
 * without credentials, because it holds nothing but the program; the data comes from the API, which asks for them.
 *
 * The files of `web/dist/` are read once, now, and only these can be answered: no request is ever turned into a file
 * path. Where the console is not built, its pages say so, and everything else works.
 *
 * @throws {Error} when a file of `web/dist/` is of a kind that has no media type here
 */
export function addStaticRoutes(server: FastifyInstance, { folder = DIST_FOLDER }: StaticOptions = {}): void {
  // Relative, so that the base path of a proxy and the space stay in front of it.
  get(server, '/', (_request, reply) => reply.redirect('connectors'));
  get(server, '/s/:space(^[a-z0-9_-]+$)', (request, reply) =>
    reply.redirect(`${(request.params as { space: string }).space}/connectors`),
  );
  addKibanaAddresses(server);

  if (!existsSync(join(folder, 'index.html'))) {
    server.log.warn('The console is not built, so its pages cannot be shown. Run: node scripts/setup.mjs');
    for (const path of [...pagePaths(), REFERENCE.path]) get(server, path, (_request, reply) => sendNotBuilt(reply));
    return;
  }
  addPages(server, folder);
  addReference(server, readStaticFile(folder, REFERENCE.file));
  for (const part of ['app', 'assets']) {
    for (const name of filesOf(join(folder, part))) {
      const file = readStaticFile(folder, `${part}/${name}`);
      get(server, `/${part}/${name}`, (request, reply) => sendFile(file, request, reply));
    }
  }
}

/** Its tabs are ours by other names, and a connector's id is the same. */
function addKibanaAddresses(server: FastifyInstance): void {
  const up = '../'.repeat(KIBANA_PAGE.split('/').length - 2);
  get(server, KIBANA_PAGE, (_request, reply) => reply.redirect(`${up}connectors`));
  get(server, `${KIBANA_PAGE}/connectors`, (_request, reply) => reply.redirect(`../${up}connectors`));
  get(server, `${KIBANA_PAGE}/logs`, (_request, reply) => reply.redirect(`../${up}executions`));
  get(server, `${KIBANA_PAGE}/connectors/:id`, (request, reply) => {
    const { id } = request.params as { id: string };
    return reply.redirect(`../../${up}connectors/${encodeURIComponent(id)}/config`);
  });
}

const pagePaths = (): string[] => Object.keys(PAGES).flatMap((first) => [`/${first}`, `/${first}/*`]);

/** Every address of the console is the same document, but for the way up to its root and what to load with it. */
function addPages(server: FastifyInstance, folder: string): void {
  const template = readFileSync(join(folder, 'index.html'), 'utf8');
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as BuildManifest;
  const documents = new Map<string, StaticFile>();
  for (const [first, module] of Object.entries(PAGES)) {
    const html = template.replace('</head>', `${preloadTags(manifest, module)}</head>`);
    const handler = (request: FastifyRequest, reply: FastifyReply) => {
      const depth = pathOf(request.url).split('/').length - 2;
      if (depth > DEPTH_MAX) return reply.callNotFound() as unknown as FastifyReply;
      const key = `${first} ${depth}`;
      let document = documents.get(key);
      if (document === undefined) {
        const base = depth === 0 ? './' : '../'.repeat(depth);
        const body = Buffer.from(html.replace('<base href="./"', `<base href="${base}"`));
        document = { ...staticFile(body, '.html'), compressed: new Map() };
        documents.set(key, document);
      }
      return sendFile(document, request, reply);
    };
    get(server, `/${first}`, handler);
    get(server, `/${first}/*`, handler);
  }
}

function addReference(server: FastifyInstance, page: StaticFile): void {
  get(server, REFERENCE.path, (request, reply) => {
    // Relative asset names would miss their folder below `/docs/api/`.
    if (pathOf(request.url).endsWith('/')) return reply.redirect(`../api${queryOf(request.url)}`);
    return sendFile(page, request, reply);
  });
}

function get(
  server: FastifyInstance,
  url: string,
  handler: (request: FastifyRequest, reply: FastifyReply) => FastifyReply,
): void {
  server.get(url, { config: { public: true } }, handler);
}

/** An editor's or a system's dot files may lie there too. */
function filesOf(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return names.filter((name) => !ENCODINGS.some(({ extension }) => name.endsWith(extension)));
}

function readStaticFile(folder: string, name: string): StaticFile {
  const compressed = ENCODINGS.filter(({ extension }) => existsSync(join(folder, name + extension)));
  return {
    ...staticFile(readFileSync(join(folder, name)), extname(name), name),
    cacheControl: name.startsWith('app/') ? KEEP : ASK,
    compressed: new Map(
      compressed.map(({ name: encoding, extension }) => [encoding, readFileSync(join(folder, name + extension))]),
    ),
  };
}

function staticFile(body: Buffer, extension: string, name = ''): Omit<StaticFile, 'compressed'> {
  const mediaType = MEDIA_TYPES[extension];
  if (mediaType === undefined)
    throw new Error(`web/dist/${name}: add a media type for this kind of file to src/http/static.ts`);
  return { body, mediaType, cacheControl: ASK, hash: createHash('sha256').update(body).digest('base64url') };
}

function sendFile(file: StaticFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const encoding = chooseEncoding(request.headers['accept-encoding'], file.compressed);
  // Each encoding is a representation of its own (RFC 9110 section 8.8.3.3).
  const etag = `"${file.hash}${encoding === undefined ? '' : `-${encoding}`}"`;
  reply.headers(PAGE_HEADERS).header('cache-control', file.cacheControl).header('etag', etag);
  if (file.compressed.size > 0) reply.header('vary', 'accept-encoding');
  if (isCurrent(request.headers['if-none-match'], etag)) return reply.code(304).send();
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  return reply.type(file.mediaType).send(encoding === undefined ? file.body : file.compressed.get(encoding));
}

/** RFC 9110 section 12.5.3, as far as browsers use it: names, and `q=0` for what is not wanted. */
function chooseEncoding(
  accepted: string | string[] | undefined,
  compressed: ReadonlyMap<string, Buffer>,
): string | undefined {
  if (accepted === undefined || compressed.size === 0) return undefined;
  const wanted = String(accepted)
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => !/;\s*q=0(\.0*)?$/.test(part))
    .map((part) => part.replace(/\s*;.*$/, ''));
  return ENCODINGS.find(({ name }) => wanted.includes(name) && compressed.has(name))?.name;
}

/** RFC 9110 section 13.1.2: a list of tags or `*`, compared weakly (a proxy that compresses makes a tag weak). */
function isCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

function sendNotBuilt(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .headers(PAGE_HEADERS)
    .type('text/plain; charset=utf-8')
    .send('The console is not built. On the machine of the server, run "node scripts/setup.mjs" and start it again.\n');
}

const pathOf = (url: string): string => url.split('?', 1)[0]!;

/** With its question mark, or empty. */
const queryOf = (url: string): string => url.slice(pathOf(url).length);
