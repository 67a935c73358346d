import { expect, test } from 'vitest';
import { createGate } from './gate.ts';

test('who works alone waits for all that work, and keeps others waiting', async () => {
  const gate = createGate();
  const events: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = gate.shared(async () => {
    events.push('shared begins');
    await promise;
    events.push('shared ends');
  });
  const alone = gate.alone(async () => {
    events.push('alone');
  });
  const second = gate.shared(async () => {
    events.push('after');
  });
  resolve();
  await Promise.all([first, alone, second]);
  expect(events).toEqual(['shared begins', 'shared ends', 'alone', 'after']);
});

test('many work beside each other', async () => {
  const gate = createGate();
  let most = 0;
  let now = 0;
  const work = async () => {
    now += 1;
    most = Math.max(most, now);
    await Promise.resolve();
    now -= 1;
  };
  await Promise.all([1, 2, 3].map(() => gate.shared(work)));
  expect(most).toBe(3);
});

test('a failure opens the gate again', async () => {
  const gate = createGate();
  await expect(gate.alone(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(gate.shared(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await gate.alone(async () => 'well')).toBe('well');
  expect(await gate.shared(async () => 'well')).toBe('well');
});

test('two who want to be alone are so one after the other', async () => {
  const gate = createGate();
  const events: string[] = [];
  const work = (name: string) => async () => {
    events.push(`${name} begins`);
    await Promise.resolve();
    events.push(`${name} ends`);
  };
  await Promise.all([gate.alone(work('a')), gate.alone(work('b'))]);
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});
