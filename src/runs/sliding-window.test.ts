import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSlidingWindow } from './sliding-window.ts';

test('no window has more starts than the limit, and waiting for the time it names is enough', () => {
  const stepMs = fc.integer({ min: 0, max: 400 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(stepMs, { maxLength: 200 }), (limit, steps) => {
      let nowMs = 0;
      const window = createSlidingWindow({ limit, windowMs: 1_000, now: () => nowMs });
      const starts: number[] = [];
      for (const step of steps) {
        nowMs += step;
        if (window.waitMs() > 0) {
          expect(window.room(5)).toBe(0);
          nowMs += window.waitMs();
        }
        expect(window.waitMs()).toBe(0);
        expect(window.room(1)).toBe(1);
        window.take();
        starts.push(nowMs);
      }
      for (const [index, at] of starts.entries()) {
        const sameWindow = starts.slice(index).filter((other) => other < at + 1_000);
        expect(sameWindow.length).toBeLessThanOrEqual(limit);
      }
    }),
  );
});

test('room is what is left of the limit', () => {
  let nowMs = 0;
  const window = createSlidingWindow({ limit: 3, windowMs: 1_000, now: () => nowMs });
  expect([window.room(2), window.room(10)]).toEqual([2, 3]);
  window.take();
  nowMs = 500;
  window.take();
  expect(window.room(10)).toBe(1);
  window.take();
  expect([window.room(10), window.waitMs()]).toEqual([0, 500]);
  nowMs = 1_000;
  expect([window.room(10), window.waitMs()]).toEqual([1, 0]);
  nowMs = 1_500;
  expect(window.room(10)).toBe(3);
});
