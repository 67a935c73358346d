import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../support/wait.ts';
import { databaseProcesses, type Server, startServer, temporaryFolder, tryKill } from './child.ts';
import { createWebhook, execute, sentBy, startTarget, type Target } from './target.ts';

/** The webhook is there, its secrets open, and the target gets them. */
async function expectToRun(server: Server, id: string, target: Target): Promise<void> {
  expect(await execute(server, id), id).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(target.received.at(-1)).toBe(sentBy(id));
}

/** Creates a connector again and again until the database takes it; answers the statuses on the way. */
async function createUntilTaken(server: Server, prefix: string, url: string): Promise<Set<number>> {
  const statuses = new Set<number>();
  let tries = 0;
  await until(async () => {
    tries += 1;
    const { status } = await createWebhook(server, `${prefix}-${tries}`, url);
    statuses.add(status);
    return status === 200;
  }, 'the database takes connectors again');
  return statuses;
}

test.each([
  ['the server', (server: Server) => [server.pid]],
  ['the server and its database', (server: Server) => [server.pid, server.postgres()!]],
])('kill -9 of %s: the next start has everything', async (_name, victims) => {
  const data = join(await temporaryFolder(), 'data');
  const target = await startTarget();
  const server = await startServer(data);
  expect((await createWebhook(server, 'kept', target.url)).status).toBe(200);
  await expectToRun(server, 'kept', target);
  // Reading stores what waits, so this run is on disk.
  expect((await server.call('GET', '/api/actions/executions')).body.total).toBe(1);
  for (const pid of victims(server)) process.kill(pid, 'SIGKILL');
  expect((await server.ended).signal).toBe('SIGKILL');

  const again = await startServer(data);
  await expectToRun(again, 'kept', target);
  expect((await again.call('GET', '/api/actions/executions')).body.total).toBe(2);
  expect((await again.call('GET', '/api/actions/connectors')).body).toMatchObject([{ id: 'kept' }]);
});

test('kill -9 of the database while serving: 503, then all goes on without a restart', async () => {
  const data = join(await temporaryFolder(), 'data');
  const target = await startTarget();
  const server = await startServer(data);
  await createWebhook(server, 'before', target.url);
  process.kill(server.postgres()!, 'SIGKILL');
  const during = await createUntilTaken(server, 'during', target.url);
  // 409: stored, but the answer of the database was lost with its connection; the client may not take that for 200.
  expect([...during].filter((status) => ![200, 503, 409].includes(status))).toEqual([]);
  expect([...during]).toContain(503);
  await expectToRun(server, 'before', target);
  await until(async () => (await server.call('GET', '/api/status')).status === 200, 'the status is good again');
  expect((await server.stop()).code).toBe(0);
});

test('a database that hangs: requests fail with 503 in bounded time, and work when it goes on', async () => {
  const data = join(await temporaryFolder(), 'data');
  const target = await startTarget();
  const server = await startServer(data);
  await createWebhook(server, 'before', target.url);
  const stopped = databaseProcesses(data);
  for (const pid of stopped) process.kill(pid, 'SIGSTOP');
  // More than there are connections at rest, so that some need new ones, which fail first.
  const asked = Array.from({ length: 8 }, () => server.call('GET', '/api/actions/connectors'));
  expect((await Promise.race(asked)).status).toBe(503);
  for (const pid of stopped) process.kill(pid, 'SIGCONT');
  // Those on a connection that hung are answered now, or fail like the others.
  for (const { status } of await Promise.all(asked)) expect([200, 503]).toContain(status);
  expect([...(await createUntilTaken(server, 'after', target.url))].filter((s) => s !== 200 && s !== 503)).toEqual([]);
  await expectToRun(server, 'before', target);
}, 40_000);

test('a database that hangs does not keep the server from stopping', async () => {
  const data = join(await temporaryFolder(), 'data');
  const server = await startServer(data);
  expect((await server.call('GET', '/api/actions/connectors')).status).toBe(200);
  for (const pid of databaseProcesses(data)) process.kill(pid, 'SIGSTOP');
  server.send('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
}, 40_000);

test('whatever is killed while connectors are written: each that was answered with 200 is there and runs', async () => {
  const data = join(await temporaryFolder(), 'data');
  const target = await startTarget();
  const created: string[] = [];
  const doubtful: string[] = [];
  let server = await startServer(data);
  for (const [round, victim] of ['server', 'database', 'both', 'server'].entries()) {
    let isOver = false;
    const writing = Array.from({ length: 4 }, async (_, writer) => {
      for (let n = 0; !isOver; n += 1) {
        const id = `c-${round}-${writer}-${n}`;
        const answer = await createWebhook(server, id, target.url).catch(() => undefined);
        (answer?.status === 200 ? created : doubtful).push(id);
        if (answer === undefined) await sleep(20);
        else expect([200, 503]).toContain(answer.status);
      }
    });
    await sleep(randomInt(50, 400));
    const postgres = server.postgres();
    if (victim !== 'server' && postgres !== undefined) tryKill(postgres, 'SIGKILL');
    if (victim !== 'database') server.send('SIGKILL');
    else await createUntilTaken(server, `after-${round}`, target.url);
    if (victim !== 'database') await server.ended;
    isOver = true;
    await Promise.all(writing);
    if (victim !== 'database') server = await startServer(data);
  }
  expect(created.length).toBeGreaterThan(10);
  for (const id of created) await expectToRun(server, id, target);
  // Of the rest, the database may have taken some whose answer was lost: those are whole, the others not there at all.
  for (const id of doubtful.slice(0, 100)) {
    const { status } = await server.call('GET', `/api/actions/connector/${id}`);
    if (status === 200) await expectToRun(server, id, target);
    else expect(status).toBe(404);
  }
}, 60_000);
