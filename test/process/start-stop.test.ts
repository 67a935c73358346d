import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { freePort } from '../support/tcp-server.ts';
import { until } from '../support/wait.ts';
import {
  databaseProcesses,
  launchServer,
  leftBehind,
  PASSWORD,
  READY,
  startServer,
  temporaryFolder,
  whenReady,
} from './child.ts';
import { filesOpenToOthers } from './permissions.ts';
import { createWebhook, execute, startTarget } from './target.ts';

/** Whether somebody takes connections there. */
function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
}

describe('starting', () => {
  test('the ready line comes alone, and not before the port serves', async () => {
    const data = join(await temporaryFolder(), 'data');
    const port = await freePort();
    expect(await listens(port)).toBe(false);
    const child = launchServer(data, { env: { SERVER_PORT: String(port) } });
    // Nothing may be announced that a client would then find closed.
    await until(async () => {
      const announced = READY.test(child.stdout());
      const open = await listens(port);
      if (announced) expect(open).toBe(true);
      return announced;
    }, 'the ready line');
    const server = await whenReady(child, data);
    expect(server.url).toBe(`http://localhost:${port}`);
    expect((await server.call('GET', '/api/actions/connectors')).status).toBe(200);
    const { code, stdout } = await server.stop();
    expect(code).toBe(0);
    expect(stdout).toBe(`Patchbay is ready at http://localhost:${port}\n`);
  });

  test('a password is made and shown at the very first start only, even when that start fails at the port', async () => {
    const data = join(await temporaryFolder(), 'data');
    const env = { PATCHBAY_ADMIN_PASSWORD: undefined };
    const taken = await startTarget();
    const failed = await launchServer(data, { env: { ...env, SERVER_PORT: new URL(taken.url).port } }).ended;
    expect(failed.code).toBe(78);
    expect(failed.stdout).toBe('');

    const first = await startServer(data, { env });
    const password = /^ {6}(\S{24})$/m.exec(first.stdout())?.[1];
    expect(password, first.stdout()).toBeDefined();
    expect(first.stdout().indexOf(password!)).toBeLessThan(first.stdout().indexOf('Patchbay is ready'));
    expect(first.stderr()).not.toContain(password);
    expect((await first.call('GET', '/api/actions/connectors', undefined, password)).status).toBe(200);
    expect((await first.call('GET', '/api/actions/connectors', undefined, 'another')).status).toBe(401);
    expect((await first.stop()).code).toBe(0);

    const second = await startServer(data, { env });
    expect((await second.call('GET', '/api/actions/connectors', undefined, password)).status).toBe(200);
    expect((await second.stop()).stdout).toMatch(/^Patchbay is ready at \S+\n$/);
  });

  test('a password in the settings takes effect at the next start, and is never printed', async () => {
    const data = join(await temporaryFolder(), 'data');
    const first = await startServer(data);
    expect((await first.call('GET', '/api/actions/connectors')).status).toBe(200);
    await first.stop();
    const second = await startServer(data, { env: { PATCHBAY_ADMIN_PASSWORD: 'the new password' } });
    expect((await second.call('GET', '/api/actions/connectors')).status).toBe(401);
    expect((await second.call('GET', '/api/actions/connectors', undefined, 'the new password')).status).toBe(200);
    const ended = await second.stop();
    expect(ended.stdout).toMatch(/^Patchbay is ready at \S+\n$/);
    expect(first.stdout() + first.stderr() + ended.stderr).not.toMatch(new RegExp(`${PASSWORD}|the new password`));
  });
});

describe('stopping', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: what runs may end, nothing new is taken, nothing is left',
    async (signal) => {
      const temporary = await temporaryFolder();
      const data = join(temporary, 'data');
      const target = await startTarget();
      const server = await startServer(data, { env: { TMPDIR: temporary } });
      await createWebhook(server, 'slow', `${target.url}/hold`);
      const run = execute(server, 'slow');
      await until(() => target.received.length === 1, 'the target has the request');
      server.send(signal);
      const port = Number(new URL(server.url).port);
      await until(async () => !(await listens(port)), 'new connections are refused');
      target.release();
      expect((await run).body).toMatchObject({ status: 'ok' });
      expect(await server.ended).toMatchObject({ code: 0, signal: null });
      expect(await leftBehind(data, temporary)).toEqual([]);

      const again = await startServer(data);
      const { body } = await again.call('GET', '/api/actions/executions');
      expect(body.data).toMatchObject([{ connector_id: 'slow', status: 'succeeded' }]);
    },
  );

  test('what hangs is cut off after 10 s, answered and recorded', async () => {
    const data = join(await temporaryFolder(), 'data');
    const target = await startTarget();
    const server = await startServer(data);
    await createWebhook(server, 'hangs', `${target.url}/hold`);
    const run = execute(server, 'hangs');
    await until(() => target.received.length === 1, 'the target has the request');
    const asked = performance.now();
    server.send('SIGTERM');
    expect((await run).body).toMatchObject({ status: 'error' });
    expect(await server.ended).toMatchObject({ code: 0 });
    // The least: what runs has its time. The most only tells a server that ends from one that does not.
    expect(performance.now() - asked).toBeGreaterThan(9_500);
    expect(performance.now() - asked).toBeLessThan(14_500);

    const again = await startServer(data);
    const { body } = await again.call('GET', '/api/actions/executions');
    expect(body.data).toMatchObject([{ connector_id: 'hangs', status: 'failed', code: 'cancelled' }]);
  }, 40_000);

  test('connections without a request hold nothing up', async () => {
    const data = join(await temporaryFolder(), 'data');
    const server = await startServer(data);
    const silent = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(silent, 'connect');
    // Leaves a connection that is kept for the next request.
    expect((await server.call('GET', '/api/actions/connectors')).status).toBe(200);
    const asked = performance.now();
    expect((await server.stop()).code).toBe(0);
    expect(performance.now() - asked).toBeLessThan(8_000);
    silent.destroy();
  });

  test('a second signal ends it at once, the database with it', async () => {
    const data = join(await temporaryFolder(), 'data');
    const target = await startTarget();
    const server = await startServer(data);
    await createWebhook(server, 'hangs', `${target.url}/hold`);
    const run = execute(server, 'hangs').catch((error: Error) => error);
    await until(() => target.received.length === 1, 'the target has the request');
    server.send('SIGINT');
    await until(() => server.log().some(({ msg }) => msg.startsWith('SIGINT: ')), 'the first was noticed');
    // What follows within a quarter of a second counts as the same, for the sake of npm.
    await sleep(500);
    server.send('SIGINT');
    expect((await server.ended).code).toBe(1);
    expect(await run).toBeInstanceOf(Error);
    await until(() => databaseProcesses(data).length === 0, 'the database is gone');
  });

  test('a signal during the start is obeyed', async () => {
    const temporary = await temporaryFolder();
    const data = join(temporary, 'data');
    const child = launchServer(data, { env: { TMPDIR: temporary } });
    await until(() => child.stderr().includes('Setting up the embedded PostgreSQL'), 'it is starting');
    child.send('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 0, stdout: '' });
    expect(await leftBehind(data, temporary)).toEqual([]);
  });
});

test('run by root below a folder of root’s own, everything is for the owner’s eyes', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip('this test is about root');
  const closed = await temporaryFolder();
  await mkdir(join(closed, 'inner'), { mode: 0o700 });
  const data = join(closed, 'inner', 'data');
  await writeFile(join(closed, 'patchbay.yml'), `path.data: ${data}\n`);
  const server = await startServer(data, { args: ['--config', join(closed, 'patchbay.yml')] });
  expect(await filesOpenToOthers(data)).toEqual([]);
  expect((await server.stop()).code).toBe(0);
});
