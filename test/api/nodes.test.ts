import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startEmbedded } from '../../src/db/embedded.ts';
import { openDatabase } from '../../src/db/index.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { databaseUrl, silentLog } from '../support/database.ts';
import { startTcpServer } from '../support/tcp-server.ts';
import { until } from '../support/wait.ts';
import { create, expectError, startTarget, type Target, webhook } from './support.ts';

let one: TestApp;
let two: TestApp;
let target: Target;
beforeAll(async () => {
  [one, target] = await Promise.all([startTestApp(), startTarget()]);
  two = await startTestApp({}, one.database);
});
afterAll(async () => {
  await two.stop();
  await one.stop();
});

const path = (id: string) => `/api/actions/connector/${id}`;
const toTarget = (where: string) => ({ name: 'Hook', config: { url: target.url + where, hasAuth: false } });
const run = (app: TestApp, id: string) => app.call('POST', `${path(id)}/_execute`, { params: { body: '{}' } });

describe('two servers on one database', () => {
  test('what one changes, the other runs', async () => {
    const id = await create(one, webhook(toTarget('/first')));
    for (const server of [one, two]) expect((await run(server, id)).body.status).toBe('ok');
    expect(target.received.at(-1)?.url).toBe('/first');
    expect((await one.call('PUT', path(id), toTarget('/second'))).status).toBe(200);
    await until(async () => {
      await run(two, id);
      return target.received.at(-1)?.url === '/second';
    }, 'the other server runs the changed connector');
    expect((await two.call('PATCH', path(id), toTarget('/third'))).status).toBe(200);
    await until(async () => {
      await run(one, id);
      return target.received.at(-1)?.url === '/third';
    }, 'and the other way round');
    expect((await two.call('DELETE', path(id))).status).toBe(204);
    await until(async () => (await run(one, id)).status === 404, 'a deleted connector does not run');
  });

  test('the server that made a change runs it at once', async () => {
    const id = await create(one, webhook(toTarget('/a')));
    for (const where of ['/b', '/c', '/d']) {
      await run(one, id);
      await one.call('PUT', path(id), toTarget(where));
      await run(one, id);
      expect(target.received.at(-1)?.url).toBe(where);
    }
    await one.call('DELETE', path(id));
    expectError(await run(one, id), 404);
  });

  test('an id is taken on both', async () => {
    const answers = await Promise.all(
      [one, two, one, two, one, two].map((server) => server.call('POST', path('shared-id'), webhook())),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
  });
});

describe('the database', () => {
  const BREAK = sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;

  test('breaks every connection: requests fail with 503 at worst, then succeed again', async () => {
    const id = await create(one, webhook(toTarget('/before')));
    await run(one, id);
    // Its own connection breaks the others, and may be broken by nobody.
    await BREAK.execute(one.database.db.kysely);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => one.call('GET', n % 2 === 0 ? path(id) : '/api/actions/connectors')),
    );
    for (const answer of answers) if (answer.status !== 200) expectError(answer, 503);
    await until(async () => (await one.call('GET', path(id))).status === 200, 'the connector can be read again');
    await until(async () => (await one.call('GET', '/api/status')).status === 200, 'the status is good again');
    // Whatever was missed meanwhile: a change by the other server is seen.
    await until(async () => (await two.call('PUT', path(id), toTarget('/after'))).status === 200, 'a change');
    await until(async () => {
      await run(one, id);
      return target.received.at(-1)?.url === '/after';
    }, 'the change is seen although connections broke');
  });

  test('stops and starts again: 503 and a status that says so meanwhile, no restart needed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-outage-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const server = await startTcpServer(folder);
    const url = databaseUrl(server.target);
    const db = await openDatabase({ url, dataDir: folder, log: silentLog });
    onTestFinished(() => db.stop());
    const app = await startTestApp({}, { db, url, target: server.target });
    onTestFinished(() => app.stop());
    const id = await create(app, { name: 'Log', connector_type_id: '.server-log' });
    await server.stop();

    const params = { params: { message: 'x' } };
    const calls: [string, string, unknown?][] = [
      ['GET', path(id)],
      ['GET', '/api/actions/connectors'],
      ['GET', '/api/actions/executions'],
      ['POST', '/api/actions/connector', webhook()],
      ['PUT', path(id), { name: 'x' }],
      ['PATCH', path(id), { name: 'x' }],
      ['DELETE', path(id)],
    ];
    for (const [method, where, body] of calls) {
      const answer = await app.call(method, where, body);
      expectError(answer, 503, /^The database|^The connection to the database/);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    const status = await app.call('GET', '/api/status');
    expect(status.status).toBe(503);
    expect(status.body).toMatchObject({
      version: { number: '9.3.0' },
      status: { overall: { level: 'unavailable', summary: 'The database does not answer' } },
    });
    const redacted = await app.call('GET', '/api/status', undefined, { authorization: undefined });
    expect([redacted.status, redacted.body]).toEqual([503, { status: { overall: { level: 'unavailable' } } }]);
    // A call that needs no database goes on.
    expect((await app.call('GET', '/api/actions/connector_types')).status).toBe(200);
    const unsaved = await app.call('POST', '/api/actions/_test', { connector_type_id: '.server-log', ...params });
    expect(unsaved.body.status).toBe('ok');

    const settings = { listen_addresses: '127.0.0.1', port: String(server.target.port), fsync: 'off' };
    const again = await startEmbedded({ dataDir: folder, log: silentLog, settings });
    onTestFinished(() => again.stop());
    await until(async () => (await app.call('GET', path(id))).status === 200, 'the connector is there again');
    await until(async () => (await app.call('GET', '/api/status')).status === 200, 'the status is good again');
    expect((await app.call('POST', `${path(id)}/_execute`, params)).body.status).toBe('ok');
    expect((await app.call('PUT', path(id), { name: 'after' })).body.name).toBe('after');
    expect((await app.call('GET', '/api/actions/executions')).body.total).toBe(1);
  });
});
