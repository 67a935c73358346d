/**
 * Where the console is served, e.g. `https://host/base/s/ops/`: it holds whatever a proxy and the space put in front, so
 * every other address is relative to it.
 */
export const root = new URL(document.baseURI);

const nameInPath = /\/s\/([a-z0-9_-]+)\/$/.exec(root.pathname)?.[1];
/** The space of this page, as in `/s/{space}/`; `default` without one. */
export const space = nameInPath ?? 'default';

/** The first part of an address of the console, e.g. `connectors`: panels have more parts than the page below them. */
export function pageOf(pathname: string): string {
  const path = pathname.startsWith(root.pathname) ? pathname.slice(root.pathname.length) : pathname.replace(/^\//, '');
  return path.split('/', 1)[0]!;
}

/** The list of connectors of another space. */
export function urlOfSpace(name: string): string {
  const above = nameInPath === undefined ? root : new URL('../../', root);
  return new URL(name === 'default' ? 'connectors' : `s/${name}/connectors`, above).href;
}

const TIMEOUT_MS = 30_000;

/** Why a call failed, in a sentence for people. */
export class Problem extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'Problem';
    this.status = status;
  }
}

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON; a form as it is. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** False for what takes as long as it takes; else it is given up after {@link TIMEOUT_MS}. */
  readonly isLimited?: boolean;
}

/**
 * Calls the server and decodes its JSON.
 *
 * @param path relative to {@link root}, with its query
 * @throws {Problem}
 */
export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const text = await callForText(path, options);
  return (text === '' ? undefined : parse(text)) as T;
}

/**
 * Calls the server for an answer that is not JSON.
 *
 * @param path relative to {@link root}, with its query
 * @throws {Problem}
 */
export async function callForText(path: string, options: CallOptions = {}): Promise<string> {
  const { response, text } = await send(path, options);
  if (response.ok) return text;
  const answer = text === '' ? undefined : parse(text);
  const message = (answer as { message?: unknown } | undefined)?.message;
  throw new Problem(
    response.status,
    typeof message === 'string' && message !== '' ? message : `The server answered with status ${response.status}.`,
  );
}

async function send(path: string, options: CallOptions): Promise<{ response: Response; text: string }> {
  const { method = 'GET', body, signal, isLimited = true } = options;
  const limit = isLimited ? AbortSignal.timeout(TIMEOUT_MS) : undefined;
  try {
    const response = await fetch(new URL(path, root), {
      method,
      headers: {
        'kbn-xsrf': 'patchbay',
        ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
      signal: AbortSignal.any([limit, signal].filter((each) => each !== undefined)),
    });
    // Here as well: the server may be lost in the middle of its answer.
    return { response, text: await response.text() };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(
      0,
      limit?.aborted
        ? `The server did not answer within ${TIMEOUT_MS / 1000} seconds. It may be busy; try again.`
        : 'The server cannot be reached. Check that it runs and that you are online, then try again.',
    );
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's own page, most likely: its status says more than its markup.
    return undefined;
  }
}

/** The sign-in page that leads back to where the reader is now. */
export function signInUrl(): string {
  const url = new URL('login', root);
  url.searchParams.set('next', location.pathname + location.search + location.hash);
  return url.href;
}

/**
 * Where to go after signing in.
 *
 * @param next as in `?next=`; whoever made the link chose it
 * @returns an absolute URL of this origin, the list of connectors when `next` is none
 */
export function pageAfterSignIn(next: string | null): string {
  const list = new URL('connectors', root).href;
  if (!next?.startsWith('/')) return list;
  const url = URL.parse(next, location.origin);
  // Parsed, not matched: browsers also read `//host` and `/\host` as other hosts. And whole: a path such as
  // `/.//host` is of this origin as a URL, but not when its normalised path is resolved a second time.
  return url?.origin === location.origin ? url.href : list;
}
