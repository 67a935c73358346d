import { describe, expect, test } from 'vitest';
import { createCircuit } from './circuit.ts';
import { createLane, type Lane } from './lane.ts';
import { createRateLimit } from './rate-limit.ts';
import { createQueueStats, type StatsParts } from './stats.ts';

const AGO_MS = 120_000;
const now = () => performance.now();

function lane(changes: Partial<Lane> = {}): Lane {
  const made = createLane('pager', '.webhook', {
    concurrency: 10,
    leastAhead: 10,
    circuit: createCircuit({ failures: 1, pauseMs: 60_000, maxPauseMs: 60_000, now }),
    rate: createRateLimit({ windowMs: 1_000, now }),
  });
  return Object.assign(made, { oldestDueAt: new Date(Date.now() - AGO_MS) }, changes);
}

function stuckWith(
  lanes: readonly Lane[],
  options: { lastAttemptAt?: Date; stuckAfterMs?: number; excluded?: string[] },
) {
  const stats = createQueueStats({
    rows: { counts: async () => ({ at: new Date(), byType: [], nodes: 1 }) },
    dispatcher: {
      lanes: () => lanes,
      running: () => 0,
      lastAttemptAt: () => options.lastAttemptAt,
    } as unknown as StatsParts['dispatcher'],
    claimer: { lastPollAt: () => new Date(), durationsMs: () => [] },
    membership: { nodes: () => 1 },
    options: {
      concurrency: 500,
      stuckAfterMs: options.stuckAfterMs ?? -1,
      excludedTaskTypes: options.excluded ?? [],
    },
  });
  return stats().then(({ stuck }) => stuck);
}

describe('a queue is stuck', () => {
  test('when work is due, nothing holds it back, and nobody attempts anything', async () => {
    expect(await stuckWith([lane()], {})).toMatchObject({ connectorId: 'pager' });
  });

  test.each([
    ['nothing is due', [lane({ oldestDueAt: undefined })], {}],
    ['the connector is being worked on', [lane({ running: 1 })], {}],
    ['this node leaves the type alone', [lane()], { excluded: ['actions:.webhook'] }],
    ['somebody attempted something lately', [lane()], { lastAttemptAt: new Date(), stuckAfterMs: 60_000 }],
    ['the server has only just started', [lane()], { stuckAfterMs: 60_000 }],
  ])('but not when %s', async (_why, lanes, options) => {
    expect(await stuckWith(lanes, options)).toBeUndefined();
  });

  test('but not when the circuit is open', async () => {
    const open = lane();
    open.circuit.mayStart();
    open.circuit.record({ startedMs: now(), code: 'egress_timeout' });
    expect(open.circuit.state).toBe('open');
    expect(await stuckWith([open], {})).toBeUndefined();
  });

  test('but not when the target asked to slow down', async () => {
    const limited = lane();
    limited.rate.limited(new Date(Date.now() + 60_000));
    expect(await stuckWith([limited], {})).toBeUndefined();
  });
});
