import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseUrl, silentLog, testDatabase } from '../../test/support/database.ts';
import { querySuite } from '../../test/support/query-suite.ts';
import { startTcpServer, type TcpServer } from '../../test/support/tcp-server.ts';
import { type Database, openDatabase } from './index.ts';

const shared = await testDatabase();

describe('on the server that the tests share', () => {
  querySuite(() => shared.db);
});

describe('on a server of the operator, over TCP with a password', () => {
  let folder: string;
  let server: TcpServer;
  let db: Database;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-tcp-'));
    server = await startTcpServer(folder);
    db = await openDatabase({ url: databaseUrl(server.target), dataDir: '/nonexistent', log: silentLog });
  });
  afterAll(async () => {
    await db?.stop();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('is not one of ours', () => {
    expect(db.embedded).toBe(false);
  });
  querySuite(() => db);
});
