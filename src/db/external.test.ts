import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUrl, execute, silentLog } from '../../test/support/database.ts';
import { freePort, startTcpServer, type TcpServer } from '../../test/support/tcp-server.ts';
import { until } from '../../test/support/wait.ts';
import { CONNECTORS_CHANNEL, connectorRows } from './connectors.ts';
import { parseDatabaseUrl, unsuitable } from './external.ts';
import { openDatabase } from './index.ts';
import type { ConnectionTarget } from './types.ts';

let folder: string;
let server: TcpServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-external-'));
  server = await startTcpServer(folder);
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const open = (changes: Partial<ConnectionTarget> = {}) =>
  openDatabase({ url: databaseUrl({ ...server.target, ...changes }), dataDir: '/nonexistent', log: silentLog });

describe('a database of the operator that cannot be used is named with the remedy', () => {
  test('nothing listens', async () => {
    const port = await freePort();
    await expect(open({ port })).rejects.toMatchObject({
      code: 'database_setup_failed',
      message: `Nothing listens at 127.0.0.1:${port}: start the database server, or mend host and port (setting patchbay.database.url)`,
    });
  });

  test('something else listens', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    await expect(open({ port: (other.address() as AddressInfo).port })).rejects.toMatchObject({
      code: 'database_setup_failed',
      message: expect.stringMatching(/^The database server at 127\.0\.0\.1:\d+ cannot be used: ./),
    });
    other.close();
  });

  test.each([
    ['a wrong password', { password: 'wr0ng-canary' }, /refuses the user "app": check user name and password/],
    ['an unknown user', { user: 'nobody' }, /refuses the user "nobody"/],
    ['a missing database', { database: 'missing' }, /^The database "missing" does not exist .*CREATE DATABASE/],
    ['an unknown host', { host: 'no-such-host.invalid' }, /^The database host "no-such-host.invalid" is not known/],
    ['no right to create a schema', { database: 'postgres' }, /Run: GRANT CREATE ON DATABASE "postgres" TO "app"\./],
  ])('%s', async (_what, changes, message) => {
    const error = await open(changes).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: 'database_setup_failed', message: expect.stringMatching(message) });
    for (const secret of ['canary', 'p@ss', 'p%40ss']) expect((error as Error).message).not.toContain(secret);
  });

  test.each(['mysql://a:b@c/d', 'not a url s3cret', 'postgresql://u:s3cret@h:port/x', ''])('the URL %j', (url) => {
    expect(() => parseDatabaseUrl(url)).toThrow(/^patchbay\.database\.url is not a PostgreSQL URL\. It looks like/);
  });

  test('an old version, a standby', () => {
    const fit = {
      major: 14,
      version: '14.1',
      standby: false,
      database: 'd',
      user: 'u',
      prepared: true,
      may_create: false,
    };
    expect(unsuitable(fit)).toBeUndefined();
    expect(unsuitable({ ...fit, prepared: false, may_create: true })).toBeUndefined();
    expect(unsuitable({ ...fit, major: 13, version: '13.9' })).toMatch(
      /^The database server is PostgreSQL 13.9; Patchbay needs 14/,
    );
    expect(unsuitable({ ...fit, standby: true })).toMatch(/read-only standby/);
  });
});

test('a URL may hold every character and parameter', () => {
  const config = parseDatabaseUrl(
    'postgresql://us%40er:p%3Aw%2F%25@db.example:6432/na%20me?application_name=x&options=-c%20work_mem%3D1MB',
  );
  expect(config).toMatchObject({
    host: 'db.example',
    port: 6432,
    user: 'us@er',
    password: 'p:w/%',
    database: 'na me',
    application_name: 'x',
    options: '-c work_mem=1MB',
  }); // prettier-ignore
});

test('sessions have limits, which the URL may change', async () => {
  const db = await openDatabase({
    url: `${databaseUrl(server.target)}?options=${encodeURIComponent('-c statement_timeout=1234')}`,
    dataDir: '/nonexistent',
    log: silentLog,
  });
  const setting = async (name: string) =>
    (await sql<{ value: string }>`select current_setting(${name}) as value`.execute(db.kysely)).rows[0]!.value;
  expect(await setting('statement_timeout')).toBe('1234ms');
  expect(await setting('lock_timeout')).toBe('10s');
  await db.stop();
});

test('connections that are cut are replaced, and missed notifications announced', async () => {
  const db = await open();
  try {
    const changed: string[] = [];
    let lost = 0;
    const end = await db.listen(
      CONNECTORS_CHANNEL,
      (id) => changed.push(id),
      () => (lost += 1),
    );
    const rows = connectorRows(db.kysely);
    const connector = {
      id: 'ünï "1"',
      spaceId: 's',
      typeId: '.t',
      name: 'n',
      config: {},
      secrets: null,
      secretNames: [],
      isMissingSecrets: false,
      tags: [],
    }; // prettier-ignore
    await rows.insert(connector);
    await until(() => changed.length === 1, 'the insert is announced');

    await execute(server.admin, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'");
    await until(() => lost === 1 && db.listening(), 'the listener is back');
    await until(
      () =>
        rows.find('s', connector.id).then(
          () => true,
          () => false,
        ),
      'queries work',
    );
    await rows.update('s', connector.id, 1, connector);
    await rows.remove('s', connector.id);
    await until(() => changed.length === 3, 'update and removal are announced');
    expect(new Set(changed)).toEqual(new Set([connector.id]));
    await until(() => db.available(), 'the database is available');

    await end();
    await rows.insert(connector);
    const other: string[] = [];
    await db.listen(
      'other',
      (payload) => other.push(payload),
      () => {},
    );
    await sql`select pg_notify('other', 'x')`.execute(db.kysely);
    await until(() => other.length === 1, 'the later notification is heard');
    const both: string[] = [];
    const note = (payload: string) => both.push(payload);
    await Promise.all(['x1', 'x2', 'x3'].map((channel) => db.listen(channel, note, () => {})));
    await sql`select pg_notify(c, c) from unnest(array['x1', 'x2', 'x3']) as c`.execute(db.kysely);
    await until(() => both.length === 3, 'all channels are heard');
    expect(changed).toHaveLength(3);
  } finally {
    await db.stop();
  }
});

test('a transaction that does not get its turn fails alone', async () => {
  const db = await open();
  await expect(
    db.kysely.transaction().execute(async (transaction) => {
      await sql`set local statement_timeout = 1`.execute(transaction);
      await sql`select pg_sleep(10)`.execute(transaction);
    }),
  ).rejects.toMatchObject({ code: 'database_unavailable', message: expect.stringMatching(/took too long/) });
  expect(db.available()).toBe(true);
  await db.stop();
});
