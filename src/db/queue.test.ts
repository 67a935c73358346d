import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { testDatabase } from '../../test/support/database.ts';
import { newExecutionId } from '../runs/execution-id.ts';
import { executionRows } from './executions.ts';
import { type NewQueueRow, queueRows, type Settled } from './queue.ts';

const { db } = await testDatabase();
const rows = queueRows(db.statements);
const executions = executionRows(db.kysely);

function row(changes: Partial<NewQueueRow> = {}): NewQueueRow {
  return {
    id: newExecutionId(),
    spaceId: 'default',
    connectorId: 'c1',
    connectorTypeId: '.webhook',
    connectorName: 'Hook',
    source: 'queue',
    username: 'admin',
    params: '{"body":"x"}',
    isClaimed: false,
    ...changes,
  };
}

const attempt = (number: number, outcome = 'delivered') => ({
  attempt: number,
  startedAt: new Date(),
  durationMs: 1.5,
  outcome,
  requests: [],
});

function ended(id: string, status = 'succeeded'): Settled {
  return { id, before: 0, status, finishedAt: new Date(), attempts: [attempt(1)] };
}

let node: string;
beforeEach(async () => {
  await db.pool.query('truncate patchbay.queue, patchbay.nodes, patchbay.idempotency_keys');
  node = randomUUID();
  await rows.register(node, 'host');
});

async function insert(...newRows: NewQueueRow[]) {
  return rows.insert(node, newRows, undefined);
}

const claimAll = (connectorId = 'c1', wanted = 100) => rows.claim(node, [{ connectorId, wanted }]);

describe('inserting', () => {
  test('keeps everything of an action until it is claimed', async () => {
    const deliverBy = new Date(Date.now() + 60_000);
    const full = row({
      params: JSON.stringify({ body: 'NUL \0, half \ud800, "quotes" \\ 🚀' }),
      connectorName: 'Größe',
      retryOf: newExecutionId(),
      traceparent: '00-x-y-01',
      deliverBy,
    });
    await insert(full);
    const [claimed] = await claimAll();
    const { isClaimed: _, ...action } = full;
    expect(claimed).toEqual({ ...action, dueAt: expect.any(Date), deliverBy, attempts: 0, interrupted: 0 });
    expect(JSON.parse(claimed!.params).body).toBe('NUL \0, half \ud800, "quotes" \\ 🚀');
  });

  test('claims in the same statement, but only for a node that is registered', async () => {
    expect((await insert(row({ isClaimed: true }))).isRegistered).toBe(true);
    expect(await claimAll()).toEqual([]);
    const unknown = await rows.insert(randomUUID(), [row({ isClaimed: true })], undefined);
    expect(unknown.isRegistered).toBe(false);
    expect(await claimAll()).toHaveLength(1);
  });

  test('notifies other nodes when asked to', async () => {
    const heard: string[] = [];
    const stop = await db.listen(
      'patchbay_queue',
      (payload) => heard.push(payload),
      () => {},
    );
    await rows.insert(node, [row()], 'hello');
    await expect.poll(() => heard).toEqual(['hello']);
    await stop();
  });

  test('gives the execution of a key that was used before', async () => {
    const first = row({ idempotencyKey: 'k' });
    await insert(first);
    const [again, other] = [row({ idempotencyKey: 'k' }), row({ idempotencyKey: 'k', connectorId: 'c2' })];
    const { known } = await insert(again, row(), other);
    expect(known).toEqual(new Map([[again.id, first.id]]));
    expect((await claimAll()).map(({ id }) => id)).toContain(first.id);
    expect(await rows.countUpTo(100)).toBe(3);
  });

  test('many nodes with the same keys at once store each once, and never wait for each other', async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    const batches = Array.from({ length: 8 }, (_, turn) =>
      (turn % 2 === 0 ? keys : keys.toReversed()).map((idempotencyKey) => row({ idempotencyKey })),
    );
    const answers = await Promise.all(batches.map((batch) => insert(...batch)));
    expect(await rows.countUpTo(1_000)).toBe(20);
    const ids = batches.map((batch, index) => batch.map(({ id }) => answers[index]!.known.get(id) ?? id).sort());
    for (const seen of ids) expect(seen).toEqual(ids[0]);
  });

  test('a key that is older than a day is free again', async () => {
    await insert(row({ idempotencyKey: 'old' }));
    await db.pool.query("update patchbay.idempotency_keys set created_at = now() - interval '25 hours'");
    expect((await insert(row({ idempotencyKey: 'old' }))).known.size).toBe(0);
    expect(await rows.countUpTo(100)).toBe(2);
  });

  test('counts no further than asked', async () => {
    await insert(row(), row(), row());
    expect(await rows.countUpTo(2)).toBe(2);
    expect(await rows.countUpTo(100)).toBe(3);
  });
});

describe('claiming', () => {
  test('takes the oldest due ones of each connector, and no more than wanted', async () => {
    const old = new Date(Date.now() - 60_000);
    const late = row({ dueAt: old });
    await insert(row(), late, row({ connectorId: 'c2' }), row({ connectorId: 'c3' }));
    const claimed = await rows.claim(node, [
      { connectorId: 'c1', wanted: 1 },
      { connectorId: 'c2', wanted: 5 },
    ]);
    expect(claimed.map(({ connectorId }) => connectorId).sort()).toEqual(['c1', 'c2']);
    expect(claimed.map(({ id }) => id)).toContain(late.id);
  });

  test('leaves those that are not due, too late, or were interrupted', async () => {
    const future = new Date(Date.now() + 60_000);
    const suspect = row();
    await insert(row({ dueAt: future }), row({ deliverBy: new Date(Date.now() - 1_000) }), suspect);
    await db.pool.query('update patchbay.queue set interrupted = 1, attempts = 1 where id = $1', [suspect.id]);
    expect(await claimAll()).toEqual([]);
    const bounds = { least: 1, most: 1, limit: 10, except: [] };
    expect(await rows.claimInterrupted(node, { ...bounds, except: ['c1'] })).toEqual([]);
    expect(await rows.claimInterrupted(node, { ...bounds, least: 2, most: 9 })).toEqual([]);
    expect((await rows.claimInterrupted(node, bounds)).map(({ id }) => id)).toEqual([suspect.id]);
  });

  test('never gives one action to two', async () => {
    await insert(...Array.from({ length: 200 }, () => row()));
    const nodes = Array.from({ length: 5 }, () => randomUUID());
    for (const other of nodes) await rows.register(other, 'host');
    const claimed = await Promise.all(
      nodes.flatMap((other) => [1, 2, 3].map(() => rows.claim(other, [{ connectorId: 'c1', wanted: 30 }]))),
    );
    const ids = claimed.flat().map(({ id }) => id);
    expect(ids.length).toBe(new Set(ids).size);
    expect(ids.length).toBe(200);
  });

  test('is refused to a node that was declared dead', async () => {
    await insert(row());
    await rows.unregister(node);
    expect(await claimAll()).toEqual([]);
  });

  test('what is released can be claimed again, by anybody', async () => {
    await insert(row(), row());
    const [first, second] = await claimAll();
    await rows.release(node, [first!.id]);
    expect((await claimAll()).map(({ id }) => id)).toEqual([first!.id]);
    expect(await rows.releaseOthers(node, [first!.id])).toBe(1);
    expect((await claimAll()).map(({ id }) => id)).toEqual([second!.id]);
    expect(await rows.releaseOthers(node, [])).toBe(2);
    expect((await claimAll()).map(({ id }) => id).sort()).toEqual([first!.id, second!.id].sort());
  });
});

describe('settling', () => {
  test('moves what has ended to the log, with its attempts, and keeps params only of what did not succeed', async () => {
    const [good, bad] = [row(), row()];
    await insert(good, bad);
    await claimAll();
    const failure = { code: 'target_rejected', message: 'a\0b' };
    const settled = await rows.settle(node, [
      ended(good.id),
      {
        ...ended(bad.id, 'failed'),
        ...failure,
        attempts: [
          { ...attempt(1, 'failed'), ...failure, serviceMessage: '[400]', requests: [{ url: 'x', body: 'NUL \0' }] },
        ],
      },
    ]);
    expect(settled).toBe(2);
    expect(await rows.countUpTo(10)).toBe(0);
    const [succeeded, failed] = await Promise.all([good, bad].map(({ id }) => executions.find('default', id)));
    expect(succeeded).toMatchObject({ status: 'succeeded', username: 'admin', attempts: [{ attempt: 1 }] });
    expect(succeeded!.params).toBeUndefined();
    expect(failed).toMatchObject({
      status: 'failed',
      code: 'target_rejected',
      message: 'a\ufffdb',
      params: { body: 'x' },
      attempts: [{ outcome: 'failed', serviceMessage: '[400]', requests: [{ url: 'x', body: 'NUL \0' }] }],
    });
  });

  test('puts back what is tried again, visible with its attempt', async () => {
    const action = row();
    await insert(action);
    await claimAll();
    const next = new Date(Date.now() + 30_000);
    const again = {
      id: action.id,
      before: 0,
      status: 'again',
      ended: 1,
      delayMs: 30_000,
      code: 'egress_timeout',
      message: 'm',
    } as const;
    await rows.settle(node, [{ ...again, attempts: [{ ...attempt(1, 'failed'), nextAttemptAt: next }] }]);
    expect(await claimAll()).toEqual([]);
    expect(await executions.find('default', action.id)).toMatchObject({
      status: 'retrying',
      attempts: [{ attempt: 1, outcome: 'failed', nextAttemptAt: next }],
    });
    await db.pool.query('update patchbay.queue set due_at = now()');
    expect(await claimAll()).toMatchObject([{ id: action.id, attempts: 1, interrupted: 0 }]);
  });

  test('leaves alone what another node took over, its attempts included', async () => {
    const action = row();
    await insert(action);
    await claimAll();
    expect(await rows.settle(randomUUID(), [ended(action.id)])).toBe(0);
    expect(await executions.find('default', action.id)).toMatchObject({ status: 'running', attempts: [] });
  });
});

describe('removing', () => {
  test('ends what nobody has claimed, in its own space', async () => {
    const [waiting, foreign, claimed] = [row(), row({ spaceId: 'other' }), row({ connectorId: 'c2' })];
    await insert(waiting, foreign, claimed);
    await claimAll('c2');
    const ids = [waiting, foreign, claimed].map(({ id }) => id);
    const gone = await rows.remove('default', ids, { status: 'cancelled', code: 'cancelled', message: 'why' });
    expect(gone).toMatchObject([{ id: waiting.id, message: 'why', connectorName: 'Hook' }]);
    expect(await executions.find('default', waiting.id)).toMatchObject({ status: 'cancelled', message: 'why' });
    expect(await rows.countUpTo(10)).toBe(2);
  });

  test('ends what is too late, with what its last attempt said', async () => {
    const past = new Date(Date.now() - 1_000);
    const [never, tried, fine] = [row({ deliverBy: past }), row({ deliverBy: past }), row()];
    await insert(never, tried, fine);
    await db.pool.query("update patchbay.queue set message = 'broken', attempts = 1 where id = $1", [tried.id]);
    const gone = await rows.removeExpired(10);
    expect(gone.map(({ id }) => id).sort()).toEqual([never.id, tried.id].sort());
    expect(await executions.find('default', never.id)).toMatchObject({
      status: 'expired',
      code: 'expired',
      message: `It could not be delivered by ${past.toISOString().slice(0, 19)}Z and was not attempted`,
    });
    expect((await executions.find('default', tried.id))?.message).toMatch(/; its last attempt said: broken$/);
    expect(await rows.removeExpired(10)).toEqual([]);
  });
});

describe('nodes', () => {
  test('a node that beats is counted; one that was declared dead learns it', async () => {
    const other = randomUUID();
    await rows.register(other, 'host');
    expect(await rows.beat(node, new Date())).toBe(2);
    await rows.unregister(node);
    expect(await rows.beat(node, undefined)).toBe(0);
  });

  test('the work of a silent node is free again, marked and logged as interrupted; that of others is not', async () => {
    const silent = randomUUID();
    await rows.register(silent, 'host');
    const [lost, kept] = [row(), row()];
    await rows.insert(silent, [{ ...lost, isClaimed: true }], undefined);
    await insert({ ...kept, isClaimed: true });
    expect(await rows.hasDead(node, 10_000)).toBe(false);
    expect(await rows.takeOver(node, 10_000)).toBe(0);
    await db.pool.query("update patchbay.nodes set seen_at = now() - interval '11 seconds' where id = $1", [silent]);
    expect(await rows.hasDead(node, 10_000)).toBe(true);
    expect(await rows.takeOver(node, 10_000)).toBe(1);
    expect(await executions.find('default', lost.id)).toMatchObject({
      status: 'retrying',
      attempts: [{ attempt: 1, outcome: 'failed', code: 'interrupted', requests: [] }],
    });
    expect(await executions.find('default', kept.id)).toMatchObject({ status: 'running' });
    expect(await rows.settle(silent, [ended(lost.id)])).toBe(0);
    expect((await rows.counts()).nodes).toBe(1);
  });

  test('the work of a node that nobody knows is free again, too', async () => {
    await insert(row({ isClaimed: true }));
    await rows.unregister(node);
    const other = randomUUID();
    await rows.register(other, 'host');
    expect(await rows.takeOver(other, 10_000)).toBe(1);
  });
});

test('every connector with waiting actions is found, whatever their number', async () => {
  const future = new Date(Date.now() + 60_000);
  const many = Array.from({ length: 50 }, (_, index) => row({ connectorId: `lane-${String(index).padStart(2, '0')}` }));
  await insert(...many, ...many.map((one) => ({ ...one, id: newExecutionId() })));
  await insert(row({ connectorId: 'later', dueAt: future }), row({ connectorId: 'taken', isClaimed: true }));
  const lanes = await rows.lanes(1_000);
  expect(lanes).toHaveLength(51);
  expect(lanes.find((lane) => lane.connectorId === 'later')).toMatchObject({ isDue: false, dueAt: future });
  expect(lanes.filter((lane) => lane.isDue)).toHaveLength(50);
});

test('counts tell what waits, what is due, what is claimed and what is tried again', async () => {
  await insert(
    row(),
    row({ isClaimed: true }),
    row({ connectorTypeId: '.slack', dueAt: new Date(Date.now() + 60_000) }),
  );
  await db.pool.query("update patchbay.queue set attempts = 1 where connector_type_id = '.slack'");
  const { byType } = await rows.counts();
  const sorted = byType.toSorted((a, b) => a.connectorTypeId.localeCompare(b.connectorTypeId));
  expect(sorted).toEqual([
    { connectorTypeId: '.slack', waiting: 1, due: 0, claimed: 0, retrying: 1 },
    { connectorTypeId: '.webhook', waiting: 1, due: 1, claimed: 1, retrying: 0 },
  ]);
});

test('the queue can be vacuumed while it is used', async () => {
  await insert(row());
  await expect(rows.vacuum()).resolves.toBeUndefined();
  expect(await claimAll()).toHaveLength(1);
});
