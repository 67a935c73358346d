import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import { accepted, bulk, executionOf, fromNow, HOUR_MS, inState } from './queue-support.ts';
import { create, startTarget, type Target, webhook } from './support.ts';

/** Answers nothing until {@link Holding.release}; knows how many wait. */
interface Holding {
  readonly url: string;
  open(): number;
  mostOpen(): number;
  release(): void;
}

async function startHolding(): Promise<Holding> {
  const waiting = new Set<ServerResponse>();
  let most = 0;
  let isOpen = false;
  const server = createServer((request: IncomingMessage, response) => {
    request.resume();
    if (isOpen) {
      response.end('{}');
      return;
    }
    waiting.add(response);
    most = Math.max(most, waiting.size);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const release = () => {
    isOpen = true;
    for (const response of waiting) response.end('{}');
    waiting.clear();
  };
  afterAll(() => {
    release();
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => waiting.size,
    mostOpen: () => most,
    release,
  };
}

const to = (url: string, name = 'hook') => webhook({ name, config: { url, hasAuth: false } });
const actions = (id: string, count: number) => Array.from({ length: count }, () => ({ id, params: { body: '{}' } }));

async function enqueueMany(app: TestApp, id: string, count: number): Promise<string[]> {
  const { body, text } = await bulk(app, actions(id, count));
  expect(body.errors, text).toBe(false);
  return body.items.map((item: { execution_id: string }) => item.execution_id);
}

let app: TestApp;
let target: Target;
beforeAll(async () => {
  app = await startTestApp({
    'patchbay.queue.connectorConcurrency': 3,
    'patchbay.queue.connectorTypes': { '[.index]': { concurrency: 1 } },
    'patchbay.queue.connectors': { single: { concurrency: 1 }, slow: { rateLimit: { limit: 2, window: '1h' } } },
    'patchbay.queue.circuit.failures': 3,
    'patchbay.queue.circuit.pause': '500ms',
    'xpack.task_manager.poll_interval': 100,
    'xpack.task_manager.unsafe.exclude_task_types': ['actions:.server-log'],
  });
  target = await startTarget();
});
afterAll(() => app.stop());

describe('a target that hangs', () => {
  test('holds as many actions as its connector may run, and delays nobody else', async () => {
    const hanging = await startHolding();
    const stuck = await create(app, to(hanging.url));
    const mine = await enqueueMany(app, stuck, 60);
    await until(() => hanging.open() === 3, 'three actions wait for an answer');

    const fine = await create(app, to(target.url));
    for (const id of await enqueueMany(app, fine, 50)) {
      expect(await inState(app, id)).toMatchObject({ status: 'succeeded' });
    }
    expect(hanging.mostOpen()).toBe(3);
    expect((await executionOf(app, mine[0]!)).status).toBe('running');

    hanging.release();
    for (const id of mine) expect(await inState(app, id)).toMatchObject({ status: 'succeeded' });
  });

  test('a limit of a single connector wins over the general one', async () => {
    const hanging = await startHolding();
    const { status, text } = await app.call('POST', '/api/actions/connector/single', to(hanging.url));
    expect(status, text).toBe(200);
    const ids = await enqueueMany(app, 'single', 5);
    await until(() => hanging.open() === 1, 'one action waits for an answer');
    hanging.release();
    for (const id of ids) await inState(app, id);
    expect(hanging.mostOpen()).toBe(1);
  });

  test('what waits behind it expires when its time has passed', async () => {
    const hanging = await startHolding();
    const id = await create(app, to(hanging.url));
    await enqueueMany(app, id, 3);
    await until(() => hanging.open() === 3, 'all places are taken');
    const late = await accepted(app, id, { deliver_by: fromNow(700) });
    expect(await inState(app, late)).toMatchObject({ status: 'expired', code: 'expired', attempts: [] });
    hanging.release();
  });

  test('what waits behind it can be cancelled', async () => {
    const hanging = await startHolding();
    const id = await create(app, to(hanging.url));
    await enqueueMany(app, id, 3);
    await until(() => hanging.open() === 3, 'all places are taken');
    const waiting = await accepted(app, id);
    const { status, body } = await app.call('POST', `/api/actions/execution/${waiting}/_cancel`);
    expect([status, body.status]).toEqual([200, 'cancelled']);
    hanging.release();
  });
});

describe('a target that is broken', () => {
  test('opens the circuit of its connector; the others go on; it closes when the target is well again', async () => {
    let isBroken = true;
    let calls = 0;
    const server = createServer((request, response) => {
      request.resume();
      calls += 1;
      response.writeHead(isBroken ? 503 : 200, { 'retry-after': '0' }).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterAll(() => void server.close());
    const id = await create(app, to(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'broken'));
    const ids = await enqueueMany(app, id, 40);
    await until(() => app.log().includes('The circuit of connector \\"broken\\" opened'), 'the circuit opens');
    const before = calls;
    const { body } = await app.call('GET', '/metrics');
    expect(body).toBeUndefined();
    const metrics = (await app.call('GET', '/metrics')).text;
    expect(metrics).toMatch(/^patchbay_open_circuits 1$/m);

    const fine = await create(app, to(target.url));
    expect(await inState(app, await accepted(app, fine))).toMatchObject({ status: 'succeeded' });
    // One at a time from now on: far fewer than forty actions with three attempts each.
    expect(calls - before).toBeLessThan(20);

    isBroken = false;
    await until(() => app.log().includes('The circuit of connector \\"broken\\" closed'), 'the circuit closes');
    const ends = await Promise.all(ids.map(async (execution) => (await inState(app, execution)).status));
    expect(ends.filter((status) => status === 'succeeded').length).toBeGreaterThan(20);
  });

  test('a target that refuses every action keeps its circuit closed: it is alive', async () => {
    const id = await create(app, to(`${target.url}/status/400`, 'refusing'));
    for (const execution of await enqueueMany(app, id, 20)) {
      // A webhook does not say whether a repetition of a 400 can help, so it is tried again, as in Kibana.
      expect((await inState(app, execution, ['retrying'])).attempts).toMatchObject([{ code: 'target_rejected' }]);
    }
    expect(app.log()).not.toContain('The circuit of connector \\"refusing\\"');
  });
});

test('a rate limit lets no more begin than it says', async () => {
  const { status, text } = await app.call('POST', '/api/actions/connector/slow', to(target.url, 'slow'));
  expect(status, text).toBe(200);
  const ids = await enqueueMany(app, 'slow', 5);
  await until(async () => {
    const states = await Promise.all(ids.map(async (id) => (await executionOf(app, id)).status));
    return states.filter((state) => state === 'succeeded').length === 2;
  }, 'two were delivered');
  // Another connector's whole course of actions is time enough for a third to slip through, if one could.
  const fine = await create(app, to(target.url));
  for (const id of await enqueueMany(app, fine, 30)) await inState(app, id);
  const states = await Promise.all(ids.map(async (id) => (await executionOf(app, id)).status));
  expect(states.filter((state) => state === 'succeeded')).toHaveLength(2);
});

test('types that this node leaves alone are accepted and wait', async () => {
  const id = await create(app, { name: 'log', connector_type_id: '.server-log' });
  const waiting = await accepted(app, id, { params: { message: 'never logged' } });
  const fine = await create(app, to(target.url));
  for (const other of await enqueueMany(app, fine, 30)) await inState(app, other);
  expect((await executionOf(app, waiting)).status).toBe('queued');
  expect(app.log()).not.toContain('never logged');
});

test('a start in the future is kept', async () => {
  const id = await create(app, to(target.url));
  const later = await accepted(app, id, { start_at: fromNow(HOUR_MS) });
  const soon = await accepted(app, id, { start_at: fromNow(300) });
  expect(await inState(app, soon)).toMatchObject({ status: 'succeeded' });
  expect((await executionOf(app, later)).status).toBe('queued');
});
