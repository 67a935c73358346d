import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { hashPassword } from '../../src/access/passwords.ts';
import { userRows } from '../../src/db/users.ts';
import type { Answer, TestApp } from '../support/app.ts';
import { temporaryFolder } from '../support/folder.ts';

/** Version 4, as the server makes them. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Traces of our insides: a stack, a source file, a path of this machine. */
const INSIDES = /\n\s+at |node_modules|\.ts\b|file:\/\/|\/(?:home|root|tmp|usr|work|src)\//;

/**
 * Asserts that an answer is an error as every client may rely on it: the status, JSON, exactly the three members, and
 * none of our insides. Without a message any text will do.
 */
export function expectError(answer: Answer, status: number, message?: string | RegExp): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.body).toEqual({ statusCode: status, error: STATUS_CODES[status], message: expect.any(String) });
  expect(answer.text).not.toMatch(INSIDES);
  if (typeof message === 'string') expect(answer.body.message).toBe(message);
  else if (message !== undefined) expect(answer.body.message).toMatch(message);
}

/** The body of a new `.webhook` without credentials; nothing listens at its URL. */
export function webhook(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'My webhook',
    connector_type_id: '.webhook',
    config: { url: 'http://localhost:1/x', hasAuth: false },
    ...changes,
  };
}

/** Creates a connector and answers its id. */
export async function create(app: TestApp, body: Record<string, unknown> = webhook(), space = ''): Promise<string> {
  const {
    status,
    text,
    body: created,
  } = await app.call('POST', `${space}/api/actions/connector/${randomUUID()}`, body);
  expect(status, text).toBe(200);
  return created.id;
}

/** Adds a user with roles and answers the header that signs in as them. */
export async function addUser(
  app: TestApp,
  username: string,
  roles: readonly string[],
): Promise<{ authorization: string }> {
  const password = `password of ${username}`;
  await userRows(app.database.db.kysely).insert({ username, passwordHash: await hashPassword(password), roles });
  return { authorization: basic(username, password) };
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** One request as {@link startTarget} got it. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a connector talks to: `/status/<n>` answers with that status, everything echoes the request as JSON. */
export interface Target {
  readonly url: string;
  readonly received: Received[];
  /** Until {@link release}, requests to `/hold` get no answer. */
  release(): void;
}

/** Serves on a free loopback port until the test file is done. */
export async function startTarget(): Promise<Target> {
  const received: Received[] = [];
  const held = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const seen = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    received.push(seen);
    if (seen.url === '/hold') await held.promise;
    const status = Number(/^\/status\/(\d{3})/.exec(seen.url)?.[1] ?? 200);
    // The headers come back as headers too: targets in the wild repeat what they refuse.
    const repeated = { 'x-echo': String(request.headers.authorization ?? ''), 'content-type': 'application/json' };
    response.writeHead(status, repeated).end(JSON.stringify(seen));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    held.resolve();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, release: held.resolve };
}

/** Writes files into a new folder that goes away with the test file; answers the folder. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}
