import { expect, test } from 'vitest';
import { BEHAVIOURS, createRandom, planRound, seedOf } from './plan.ts';

const KINDS = ['kill server', 'stop server'] as const;

test('the same seed gives the same plan, another one another', () => {
  const plan = (seed: number) => planRound(createRandom(seed), KINDS, 0);
  expect(plan(7)).toEqual(plan(7));
  expect(plan(7)).not.toEqual(plan(8));
});

test('over some seeds, everything that can happen happens', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 50; seed += 1) {
    for (const { operation, fault } of planRound(createRandom(seed), KINDS, 0)) {
      if (fault !== undefined) seen.add(fault.kind);
      if (operation === undefined) continue;
      seen.add(operation.kind);
      const actions =
        operation.kind === 'enqueue' ? [operation.action] : operation.kind === 'bulk' ? operation.actions : [];
      for (const action of actions) for (const name of [action.connectorId, ...Object.keys(action)]) seen.add(name);
    }
  }
  const all = [
    'enqueue',
    'bulk',
    'cancel',
    'retry',
    'search',
    'key',
    'startInMs',
    'deliverInMs',
    ...KINDS,
    ...BEHAVIOURS,
  ];
  expect(all.filter((name) => !seen.has(name))).toEqual([]);
});

test('random numbers keep to their bounds and reach them', () => {
  const random = createRandom(1);
  const seen = new Set(Array.from({ length: 500 }, () => random.between(3, 6)));
  expect([...seen].sort()).toEqual([3, 4, 5, 6]);
});

test('seed and rounds come from the environment', () => {
  expect(seedOf({ PATCHBAY_CRASH_SEED: '12', PATCHBAY_CRASH_ROUNDS: '3' })).toEqual({ seed: 12, rounds: 3 });
  expect(seedOf({}).rounds).toBe(1);
  expect(() => seedOf({ PATCHBAY_CRASH_SEED: 'x' })).toThrow('PATCHBAY_CRASH_SEED');
});
