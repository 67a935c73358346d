import { rm } from 'node:fs/promises';
import { type App, startApp } from '../../src/app.ts';
import { settingsFrom } from '../../src/config/load.ts';
import { createLog } from '../../src/log.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { temporaryFolder } from './folder.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** A whole server on a database of its own, and a client that is signed in as its administrator. */
export interface TestApp {
  readonly url: string;
  readonly admin: { readonly username: string; readonly password: string };
  readonly database: TestDatabase;
  /** Everything the server logged, one JSON object a line. */
  readonly log: () => string;
  /** A call with the administrator's credentials, `kbn-xsrf` and, with a body, JSON; `headers` replace and, with undefined, remove. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string | undefined>): Promise<Answer>;
  stop(): Promise<void>;
}

const admin = { username: 'admin', password: 'test-admin-password' };

/**
 * Starts the server as `npm start` does, in this process, on a free port. Call it in `beforeAll`, and `stop` in `afterAll`.
 *
 * @param settings by dotted or nested names, on top of those that a test needs
 * @param database from an earlier app, to start a second one on the same data
 */
export async function startTestApp(settings: Record<string, unknown> = {}, database?: TestDatabase): Promise<TestApp> {
  const data = temporaryFolder();
  const db = database ?? (await testDatabase());
  const lines: string[] = [];
  const log = createLog('trace', { write: (line: string) => void lines.push(line) });
  const app: App = await startApp(
    settingsFrom(
      {
        'server.port': 0,
        'path.data': data,
        'patchbay.database.url': db.url,
        'patchbay.admin.password': admin.password,
        'xpack.encryptedSavedObjects.encryptionKey': 'a test key that is at least 32 characters long',
        ...settings,
      },
      data,
    ),
    log,
  );
  return {
    url: app.url,
    admin,
    database: db,
    log: () => lines.join(''),
    call: (method, path, body, headers) => call(app.url, method, path, body, headers),
    async stop() {
      await app.stop(5_000);
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function call(
  base: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string | undefined> = {},
): Promise<Answer> {
  const all: Record<string, string | undefined> = {
    authorization: `Basic ${Buffer.from(`${admin.username}:${admin.password}`).toString('base64')}`,
    ...(method === 'GET' ? {} : { 'kbn-xsrf': 'test' }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
  const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const response = await fetch(base + path, {
    method,
    headers: sent,
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    redirect: 'manual',
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') && text !== '';
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}
