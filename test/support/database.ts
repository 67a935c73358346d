import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import { type Database, openDatabase } from '../../src/db/index.ts';
import type { ConnectionTarget } from '../../src/db/types.ts';
import type { TestServer } from './global-setup.ts';

/** A database of one test file. */
export interface TestDatabase {
  readonly db: Database;
  /** For `patchbay.database.url` of a whole server under test. */
  readonly url: string;
  readonly target: ConnectionTarget;
}

export const silentLog = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * A new, migrated, empty database for the test file that calls it, dropped when the file is done. Call it once, at the
 * top level of the file or of a `describe` (`await` works at the top level).
 */
export async function testDatabase(): Promise<TestDatabase> {
  const { admin, template } = await testServer();
  const name = `patchbay_${randomBytes(6).toString('hex')}`;
  await execute(admin, `create database ${name} template ${template}`);
  const target = { ...admin, database: name };
  const url = databaseUrl(target);
  const db = await openDatabase({ url, dataDir: '/nonexistent', log: silentLog });
  afterAll(async () => {
    await db.stop();
    await execute(admin, `drop database if exists ${name} with (force)`);
  });
  return { db, url, target };
}

/** The server that all test files share; started at the first call in any of them. */
export async function testServer(): Promise<TestServer> {
  const response = await fetch(inject('testDatabaseControl'));
  if (!response.ok) throw new Error(`the test database could not be started: ${await response.text()}`);
  return (await response.json()) as TestServer;
}

/** One statement on a connection of its own. */
export async function execute(target: ConnectionTarget, statement: string): Promise<void> {
  const client = new pg.Client(target);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export function databaseUrl({ host, port, user, password, database }: ConnectionTarget): string {
  const who = password === undefined ? user : `${user}:${encodeURIComponent(password)}`;
  const isSocket = host.startsWith('/');
  const place = isSocket ? `localhost:${port}` : `${host}:${port}`;
  return `postgresql://${who}@${place}/${database}${isSocket ? `?host=${encodeURIComponent(host)}` : ''}`;
}
