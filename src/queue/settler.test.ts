import { expect, test } from 'vitest';
import type { Settled } from '../db/queue.ts';
import { PatchbayError } from '../errors.ts';
import { createSettler } from './settler.ts';

const result = (id: string): Settled => ({
  id,
  before: 0,
  status: 'succeeded',
  finishedAt: new Date(),
  attempts: [],
});

function settlerOn(settle: (settled: readonly Settled[]) => Promise<number>) {
  const warnings: string[] = [];
  const batches: string[][] = [];
  const settler = createSettler(
    {
      settle: (_node, settled) => {
        batches.push(settled.map(({ id }) => id));
        return settle(settled);
      },
    },
    () => 'node',
    (message) => warnings.push(message),
  );
  return { settler, warnings, batches };
}

test('results of one turn are stored together', async () => {
  const { settler, batches } = settlerOn(async (settled) => settled.length);
  await Promise.all(['a', 'b', 'c'].map((id) => settler.add(result(id))));
  expect(batches).toEqual([['a', 'b', 'c']]);
  expect(settler.waiting()).toBe(0);
});

test('a result that the database refuses is reported; the others are stored', async () => {
  const stored: string[] = [];
  const { settler, warnings } = settlerOn(async (settled) => {
    if (settled.some(({ id }) => id === 'bad')) throw new Error('refused');
    stored.push(...settled.map(({ id }) => id));
    return settled.length;
  });
  await Promise.all(['a', 'bad', 'c'].map((id) => settler.add(result(id))));
  expect(stored.sort()).toEqual(['a', 'c']);
  expect(warnings).toEqual(['The result of execution bad could not be stored: refused']);
});

test('results wait for the database while it is away', async () => {
  let isAway = true;
  const { settler, batches } = settlerOn(async (settled) => {
    if (isAway) {
      isAway = false;
      throw new PatchbayError('database_unavailable', 'away');
    }
    return settled.length;
  });
  await settler.add(result('a'));
  expect(batches).toEqual([['a'], ['a']]);
});

test('results of actions that were taken over are reported', async () => {
  const { settler, warnings } = settlerOn(async (settled) => settled.length - 1);
  await Promise.all(['a', 'b'].map((id) => settler.add(result(id))));
  expect(warnings).toEqual(['1 results came too late: their actions had been taken over by another server.']);
});
