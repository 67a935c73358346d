import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { type EmbeddedServer, startEmbedded } from '../../src/db/embedded.ts';
import { parseDatabaseUrl } from '../../src/db/external.ts';
import { migrate } from '../../src/db/migrate.ts';
import type { ConnectionTarget } from '../../src/db/types.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with a {@link TestServer} as JSON. */
    testDatabaseControl: string;
  }
}

/** The server that all test files share, and a migrated database in it to copy. */
export interface TestServer {
  admin: ConnectionTarget;
  template: string;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * One PostgreSQL for all test files: embedded, or the one that PATCHBAY_TEST_DATABASE_URL names (its user must be
 * allowed to create databases). It is started when the first file asks for it, since most need none; files run in
 * processes of their own, so they ask over HTTP on the loopback interface.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let embedded: EmbeddedServer | undefined;
  let folder: string | undefined;
  let ready: Promise<TestServer> | undefined;

  async function start(): Promise<TestServer> {
    const url = process.env.PATCHBAY_TEST_DATABASE_URL;
    if (url === undefined) {
      folder = await mkdtemp(join(tmpdir(), 'patchbay-test-'));
      // Nothing here outlives the run, so nothing needs to survive a power cut. Several servers at once may be under test.
      embedded = await startEmbedded({
        dataDir: folder,
        log: silent,
        settings: { fsync: 'off', full_page_writes: 'off', max_connections: '200' },
      });
    }
    const admin = embedded?.connection ?? (parseDatabaseUrl(url!) as ConnectionTarget);
    const template = `patchbay_template_${process.pid}`;
    await run(admin, `create database ${template}`);
    await migrate({ ...admin, database: template }, silent);
    return { admin, template };
  }

  const control = createServer((_request, response) => {
    ready ??= start();
    ready.then(
      (server) => response.end(JSON.stringify(server)),
      (error) => {
        response.statusCode = 500;
        response.end(String(error));
      },
    );
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));
  project.provide('testDatabaseControl', `http://127.0.0.1:${(control.address() as AddressInfo).port}/`);

  return async () => {
    control.close();
    const server = await ready?.catch(() => undefined);
    if (server !== undefined && embedded === undefined) await run(server.admin, `drop database ${server.template}`);
    await embedded?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
}

async function run(target: ConnectionTarget, statement: string): Promise<void> {
  const client = new pg.Client(target);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
