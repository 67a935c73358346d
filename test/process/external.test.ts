import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbedded } from '../../src/db/embedded.ts';
import { databaseUrl, silentLog } from '../support/database.ts';
import { startTcpServer, type TcpServer } from '../support/tcp-server.ts';
import { until } from '../support/wait.ts';
import { startServer, temporaryFolder } from './child.ts';
import { createWebhook, execute, sentBy, startTarget } from './target.ts';

let folder: string;
let external: TcpServer;
let restarted: EmbeddedServer | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pb-external-'));
  external = await startTcpServer(folder);
});
afterAll(async () => {
  await external.stop();
  await restarted?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('an external database: create, run, list, restart; it goes away and comes back', async () => {
  const target = await startTarget();
  const data = join(await temporaryFolder(), 'data');
  const url = databaseUrl(external.target);
  const env = { PATCHBAY_DATABASE_URL: url };
  const server = await startServer(data, { env });
  expect((await createWebhook(server, 'one', target.url)).status).toBe(200);
  expect((await execute(server, 'one')).body).toMatchObject({ status: 'ok' });
  expect((await server.call('GET', '/api/actions/executions')).body.total).toBe(1);
  expect((await server.stop()).code).toBe(0);
  // Nothing of the embedded one, though the key is there.
  expect(existsSync(join(data, 'database'))).toBe(false);

  const again = await startServer(data, { env });
  expect((await again.call('GET', '/api/actions/connectors')).body).toMatchObject([{ id: 'one' }]);
  expect((await execute(again, 'one')).body).toMatchObject({ status: 'ok' });
  expect(target.received).toEqual([sentBy('one'), sentBy('one')]);

  await external.stop();
  for (let n = 0; n < 3; n += 1) expect((await again.call('GET', '/api/actions/connectors')).status).toBe(503);
  expect((await again.call('GET', '/api/status')).status).toBe(503);
  restarted = await startEmbedded({
    dataDir: folder,
    log: silentLog,
    settings: { listen_addresses: '127.0.0.1', port: String(external.target.port), fsync: 'off' },
  });
  await until(async () => {
    const { status } = await createWebhook(again, 'two', target.url);
    expect([200, 503]).toContain(status);
    return status === 200;
  }, 'it works again');
  expect((await execute(again, 'two')).body).toMatchObject({ status: 'ok' });
  const said = server.stderr() + again.stderr() + server.stdout() + again.stdout();
  expect(said).not.toContain(external.target.password);
  expect(said).not.toContain(encodeURIComponent(external.target.password!));
  expect((await again.stop()).code).toBe(0);
});
