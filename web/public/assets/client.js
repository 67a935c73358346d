// @ts-check

/**
 * Where the console is served: the folder above `assets/`, e.g. `https://host/base/s/ops/`. It holds whatever a proxy
 * and the space put in front, so every other address is relative to it.
 */
export const root = new URL('../', import.meta.url);

/** The space of this page, as in `/s/{space}/`; `default` without one. */
export const space = /\/s\/([a-z0-9_-]+)\/$/.exec(root.pathname)?.[1] ?? 'default';

const TIMEOUT_MS = 30_000;

/** @typedef {Error & { status: number }} Problem  `status`: HTTP status, 0 when there was no answer. */

/**
 * Calls the server and decodes its JSON.
 *
 * @param {string} path relative to {@link root}
 * @param {{ method?: string, body?: unknown }} [options]
 * @returns {Promise<any>} undefined when the answer has no body
 * @throws {Problem} with a sentence for people
 */
export async function call(path, { method = 'GET', body } = {}) {
  let response;
  try {
    response = await fetch(new URL(path, root), {
      method,
      headers: {
        'kbn-xsrf': 'patchbay',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const answer = text === '' ? undefined : parse(text);
    if (response.ok) return answer;
    throw problem(response.status, answer?.message || `The server answered with status ${response.status}.`);
  } catch (error) {
    if (isProblem(error)) throw error;
    const wasSlow = error instanceof DOMException && error.name === 'TimeoutError';
    throw problem(
      response?.status ?? 0,
      wasSlow
        ? `The server did not answer within ${TIMEOUT_MS / 1000} seconds. It may be busy; try again.`
        : 'The server cannot be reached. Check that it runs and that you are online, then try again.',
    );
  }
}

/**
 * @param {unknown} error
 * @returns {error is Problem}
 */
export function isProblem(error) {
  return error instanceof Error && 'status' in error;
}

/**
 * @param {number} status
 * @param {string} message
 * @returns {Problem}
 */
function problem(status, message) {
  return Object.assign(new Error(message), { status });
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's own page, most likely: its status says more than its markup.
    return undefined;
  }
}

/** The sign-in page that leads back to where the reader is now. */
export function signInUrl() {
  const url = new URL('login', root);
  url.searchParams.set('next', location.pathname + location.search + location.hash);
  return url.href;
}

/**
 * Where to go after signing in.
 *
 * @param {string | null} next as in `?next=`; whoever made the link chose it
 * @returns {string} an absolute URL of this origin, the list of connectors when `next` is none
 */
export function pageAfterSignIn(next) {
  const list = new URL('connectors', root).href;
  if (!next?.startsWith('/')) return list;
  const url = URL.parse(next, location.origin);
  // Parsed, not matched: browsers also read `//host` and `/\host` as other hosts. And whole: a path such as
  // `/.//host` is of this origin as a URL, but not when its normalised path is resolved a second time.
  return url?.origin === location.origin ? url.href : list;
}
