import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRateLimit, type RateLimit } from './rate-limit.ts';

const EPOCH_MS = Date.parse('2026-03-01T12:00:00Z');

function rateLimitAt(limit?: number, windowMs = 1_000) {
  const clock = { ms: 5_000 };
  const rate = createRateLimit({ limit, windowMs, now: () => clock.ms, wallNow: () => EPOCH_MS + clock.ms });
  return { rate, clock, inMs: (ms: number) => new Date(EPOCH_MS + clock.ms + ms) };
}

/** Starts as many as may start now, up to `most`. */
function startAll(rate: RateLimit, most: number): number {
  let started = 0;
  while (started < most && rate.waitMs() === 0) {
    rate.take();
    started += 1;
  }
  return started;
}

describe('without a limit', () => {
  test('nothing waits until a target says 429', () => {
    const { rate } = rateLimitAt();
    expect(rate.room(1_000)).toBe(1_000);
    expect(startAll(rate, 10_000)).toBe(10_000);
    expect(rate.describe()).toEqual({});
  });
});

describe('a configured limit', () => {
  test('holds and says how long to wait', () => {
    const { rate, clock } = rateLimitAt(3);
    expect([rate.room(10), startAll(rate, 10), rate.room(10), rate.waitMs()]).toEqual([3, 3, 0, 1_000]);
    clock.ms += 1_000;
    expect(startAll(rate, 10)).toBe(3);
    expect(rate.describe()).toEqual({ configured: { limit: 3, windowMs: 1_000 } });
  });

  test('no window has more starts, whatever the target answers; and work goes on within a bounded time', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 700 }),
      answer: fc.constantFrom('accepted', 'none', '429', '429 with a date'),
      askedMs: fc.integer({ min: -1_000, max: 5_000 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 150 }), (limit, steps) => {
        const { rate, clock, inMs } = rateLimitAt(limit);
        const starts: number[] = [];
        for (const { waitMs, answer, askedMs } of steps) {
          clock.ms += waitMs;
          expect(rate.room(3) > 0).toBe(rate.waitMs() === 0);
          if (rate.waitMs() === 0) {
            rate.take();
            starts.push(clock.ms);
          }
          if (answer === 'accepted') rate.succeeded();
          else if (answer !== 'none') rate.limited(answer === '429' ? undefined : inMs(askedMs));
        }
        for (const [index, at] of starts.entries()) {
          expect(starts.slice(index).filter((other) => other < at + 1_000).length).toBeLessThanOrEqual(limit);
        }
        // The longest pause, and then the slowest rate.
        expect(rate.waitMs()).toBeLessThanOrEqual(71_000);
        clock.ms += rate.waitMs();
        expect([rate.waitMs(), rate.room(1)]).toEqual([0, 1]);
      }),
    );
  });
});

describe('a 429 answer', () => {
  test.each([
    ['as long as it asks', 7_000, 7_000],
    ['not at all for a time that is past', -7_000, 0],
    ['a day at most', 1e9, 86_400_000],
    ['a second when its time is none', Number.NaN, 1_000],
  ])('pauses %s', (_name, askedMs, waitMs) => {
    const { rate, inMs } = rateLimitAt();
    rate.take();
    rate.limited(inMs(askedMs));
    expect(rate.waitMs()).toBe(waitMs);
    expect(rate.room(5)).toBe(waitMs === 0 ? 1 : 0);
    expect(rate.describe()).toMatchObject(waitMs === 0 ? {} : { pausedMs: waitMs });
  });

  test('without a time pauses twice as long each time, up to a minute, until something is accepted', () => {
    const { rate, clock } = rateLimitAt();
    const pauses = Array.from({ length: 8 }, () => {
      rate.take();
      rate.limited();
      const { pausedMs = 0 } = rate.describe();
      clock.ms += rate.waitMs();
      return pausedMs;
    });
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    rate.take();
    rate.succeeded();
    rate.limited();
    expect(rate.describe().pausedMs).toBe(1_000);
  });

  test('many answers to what started together are one', () => {
    const { rate, clock, inMs } = rateLimitAt();
    for (let n = 0; n < 20; n += 1) rate.take();
    for (let n = 0; n < 10; n += 1) rate.succeeded();
    for (let n = 0; n < 5; n += 1) rate.limited();
    expect(rate.describe()).toEqual({ learnedPerSecond: 7, pausedMs: 1_000 });
    rate.limited(inMs(3_000));
    rate.limited(inMs(2_000));
    expect(rate.describe()).toEqual({ learnedPerSecond: 7, pausedMs: 3_000 });
    clock.ms += 3_000;
    rate.limited();
    expect(rate.waitMs()).toBe(0);
  });

  test('teaches 0.7 of what was accepted in the last seconds; starts are spread at that rate', () => {
    const { rate, clock } = rateLimitAt();
    // 5 a second.
    for (let n = 0; n < 100; n += 1) {
      rate.take();
      rate.succeeded();
      clock.ms += 200;
    }
    rate.take();
    rate.limited();
    const learned = rate.describe().learnedPerSecond!;
    expect(learned).toBeGreaterThan(3);
    expect(learned).toBeLessThan(4);
    clock.ms += rate.waitMs();
    expect(startAll(rate, 100)).toBe(1);
    const startMs = clock.ms;
    for (let n = 0; n < 10; n += 1) {
      clock.ms += rate.waitMs();
      expect(startAll(rate, 100)).toBe(1);
    }
    const perSecond = 10_000 / (clock.ms - startMs);
    expect(perSecond).toBeGreaterThan(learned * 0.95);
    expect(perSecond).toBeLessThan(learned * 1.1);
  });

  test('is forgotten five minutes after the pause; the rate grows until then, but no burst is saved up', () => {
    const { rate, clock } = rateLimitAt();
    for (let n = 0; n < 10; n += 1) {
      rate.take();
      rate.succeeded();
    }
    rate.limited();
    clock.ms += 1_000 + 100_000;
    expect(rate.describe().learnedPerSecond).toBeCloseTo(14, 6);
    expect([rate.room(100), startAll(rate, 100)]).toEqual([1, 1]);
    clock.ms += 200_000;
    expect(rate.describe()).toEqual({});
    expect(startAll(rate, 100)).toBe(100);
  });
});

describe('against a target with a quota', () => {
  /** A target that accepts `quota` in each window of a fixed grid and says 429 with the rest of the window, or without. */
  function simulate(quota: number, quotaMs: number, says: 'when' | 'nothing', durationMs: number) {
    const { rate, clock, inMs } = rateLimitAt();
    const answers: { atMs: number; accepted: boolean }[] = [];
    let window = -1;
    let used = 0;
    const endMs = clock.ms + durationMs;
    while (clock.ms < endMs) {
      clock.ms += Math.max(1, rate.waitMs());
      for (let started = startAll(rate, 10); started > 0; started -= 1) {
        if (Math.floor(clock.ms / quotaMs) !== window) {
          window = Math.floor(clock.ms / quotaMs);
          used = 0;
        }
        used += 1;
        const accepted = used <= quota;
        answers.push({ atMs: clock.ms, accepted });
        if (accepted) rate.succeeded();
        else rate.limited(says === 'when' ? inMs(quotaMs - (clock.ms % quotaMs)) : undefined);
      }
    }
    return answers;
  }

  const MINUTES = 15;
  test.each([
    [50, 60_000, 'when'],
    [50, 60_000, 'nothing'],
    [10, 1_000, 'when'],
    [10, 1_000, 'nothing'],
    [600, 60_000, 'when'],
  ] as const)('%i in %i ms that says %s: most of the quota is used and few answers are 429', (quota, quotaMs, says) => {
    const answers = simulate(quota, quotaMs, says, MINUTES * 60_000);
    const accepted = answers.filter((answer) => answer.accepted).length;
    const refused = answers.length - accepted;
    const possible = (quota * MINUTES * 60_000) / quotaMs;
    expect(accepted / possible).toBeGreaterThan(0.6);
    expect(refused / answers.length).toBeLessThan(0.1);
  });
});
