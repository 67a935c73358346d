import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const WEB_FOLDER = new URL('../../web/', import.meta.url);

/** The console's pages, by path. Their files name assets relative to this path, so none may move without its file. */
export const PAGES = {
  '/login': 'login.html',
  '/connectors': 'connectors.html',
  '/docs/api': 'api-reference.html',
} as const;

/**
 * What a page may load and who may frame it. Nothing inline and nothing from elsewhere: a script that came in through
 * a connector's name would not run even if a page showed it as markup.
 */
export const PAGE_HEADERS = {
  'content-security-policy': [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  // Ask each time: file names carry no version, and an answer of 304 costs next to nothing.
  'cache-control': 'no-cache',
} as const;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface StaticFile {
  readonly body: Buffer;
  readonly mediaType: string;
  /** Quoted, as in the header. */
  readonly etag: string;
}

/**
 * Serves the console: its pages, its assets, and the way from `/` and `/s/{space}` to the list of connectors. All of it
 * without credentials, because it holds nothing but the program; the data comes from the API, which asks for them.
 *
 * The files of `web/` are read once, now, and only these can be answered: no request is ever turned into a file path.
 *
 * @throws {Error} when a file of `web/` is missing or of a kind that has no media type here
 */
export function addStaticRoutes(server: FastifyInstance): void {
  for (const [path, file] of Object.entries(PAGES)) {
    const page = readStaticFile(file);
    get(server, path, (request, reply) => {
      const [pathname, query] = splitUrl(request.url);
      // Relative asset names would miss their folder below `/login/`.
      if (pathname.endsWith('/')) return reply.redirect(`../${path.split('/').at(-1)}${query}`);
      return sendFile(page, request, reply);
    });
  }
  // An editor's or a system's dot files may lie there too.
  for (const name of readdirSync(new URL('assets/', WEB_FOLDER)).filter((file) => !file.startsWith('.'))) {
    const asset = readStaticFile(`assets/${name}`);
    get(server, `/assets/${name}`, (request, reply) => sendFile(asset, request, reply));
  }

  // Relative, so that the base path of a proxy and the space stay in front of it.
  get(server, '/', (_request, reply) => reply.redirect('connectors'));
  get(server, '/s/:space(^[a-z0-9_-]+$)', (request, reply) =>
    reply.redirect(`${(request.params as { space: string }).space}/connectors`),
  );
}

function get(
  server: FastifyInstance,
  url: string,
  handler: (request: FastifyRequest, reply: FastifyReply) => FastifyReply,
): void {
  server.get(url, { config: { public: true } }, handler);
}

function readStaticFile(name: string): StaticFile {
  const mediaType = MEDIA_TYPES[extname(name)];
  if (mediaType === undefined)
    throw new Error(`web/${name}: add a media type for this kind of file to src/http/static.ts`);
  const body = readFileSync(new URL(name, WEB_FOLDER));
  return { body, mediaType, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}

function sendFile(file: StaticFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers(PAGE_HEADERS).header('etag', file.etag);
  if (isCurrent(request.headers['if-none-match'], file.etag)) return reply.code(304).send();
  return reply.type(file.mediaType).send(file.body);
}

/** RFC 9110 section 13.1.2: a list of tags or `*`, compared weakly (a proxy that compresses makes a tag weak). */
function isCurrent(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

/** Path and query, the latter with its question mark or empty. */
function splitUrl(url: string): [string, string] {
  const at = url.indexOf('?');
  return at === -1 ? [url, ''] : [url.slice(0, at), url.slice(at)];
}
