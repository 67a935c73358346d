import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { delivered, failed } from '../connectors/verdict.ts';
import { decide, type EndedAttempt, maxAttemptsFor, retryDelayMs } from './retry.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const DAY_MS = 24 * 60 * 60_000;
const inMs = (ms: number) => new Date(now.getTime() + ms);

function decisionOn(verdict: EndedAttempt['verdict'], more: Partial<EndedAttempt> = {}) {
  return decide({ verdict, attempt: 1, maxAttempts: 3, now, random: () => 0.5, ...more });
}

const down = failed('target_unavailable', 'calling failed', { serviceMessage: '[503] busy' });

describe('how often', () => {
  const overrides = [{ id: '.slack', maxAttempts: 5 }, { id: '.slack', maxAttempts: 9 }, { id: '.email' }];
  test.each([
    ['.slack', { overrides, maxAttempts: 2, typeMaxAttempts: 7 }, 5],
    ['.email', { overrides, maxAttempts: 2, typeMaxAttempts: 7 }, 2],
    ['.webhook', { overrides, maxAttempts: 2, typeMaxAttempts: 7 }, 2],
    ['.webhook', { overrides, typeMaxAttempts: 7 }, 7],
    ['.webhook', {}, 3],
  ])('%s with %j: %i', (typeId, limits, expected) => {
    expect(maxAttemptsFor(typeId, limits)).toBe(expected);
  });
});

describe('the schedule', () => {
  test('half a minute after the first attempt, whatever the chance says', () => {
    expect(retryDelayMs(1, () => 0.99)).toBe(30_000);
  });

  test.each([
    [2, 5],
    [3, 10],
    [4, 20],
    [5, 40],
    [6, 60],
    [7, 60],
    [1_000, 60],
  ])('after attempt %i anything below %i minutes', (attempt, minutes) => {
    expect(retryDelayMs(attempt, () => 0)).toBe(0);
    expect(retryDelayMs(attempt, () => 0.5)).toBe(minutes * 30_000);
  });
});

describe('ends', () => {
  test('delivered', () => {
    expect(decisionOn(delivered({ ok: true }))).toEqual({ end: 'succeeded' });
    expect(decisionOn(delivered({}, { warning: 'one of two' }))).toEqual({ end: 'succeeded', message: 'one of two' });
  });

  test('delivered, though late', () => {
    expect(decisionOn(delivered(), { timedOut: true, deliverBy: inMs(-1) })).toEqual({ end: 'succeeded' });
  });

  test('a failure that a repetition cannot mend', () => {
    expect(decisionOn(failed('target_rejected', 'no', { retry: false }))).toEqual({
      end: 'failed',
      code: 'target_rejected',
      message: 'no',
    });
  });

  test('a time-out, even if the verdict would like another attempt', () => {
    const verdict = failed('cancelled', 'took too long', { retry: true });
    expect(decisionOn(verdict, { timedOut: true })).toEqual({
      end: 'failed',
      code: 'timed_out',
      message: 'took too long',
    });
  });

  test('the last attempt', () => {
    const end = { end: 'failed', code: 'target_unavailable', message: 'calling failed: [503] busy' };
    expect(decisionOn(down, { attempt: 3 })).toEqual(end);
    expect(decisionOn(down, { attempt: 1, maxAttempts: 1 })).toEqual(end);
    expect(decisionOn({ ...down, retry: inMs(5) }, { attempt: 3 })).toEqual(end);
  });

  test('the deadline comes before the next attempt', () => {
    expect(decisionOn(down, { deliverBy: inMs(29_999) })).toEqual({
      end: 'expired',
      code: 'expired',
      message:
        'The next attempt would begin at 2026-03-01T12:00:30.000Z, after the deadline 2026-03-01T12:00:29.999Z (deliver_by). Attempt 1 of 3 failed: calling failed: [503] busy',
    });
    expect(decisionOn(down, { deliverBy: inMs(30_000) })).toHaveProperty('retryAt', inMs(30_000));
  });
});

describe('another attempt', () => {
  test.each([true, undefined, new Date(Number.NaN)])('on the schedule for retry: %s', (retry) => {
    expect(decisionOn({ ...down, retry })).toEqual({
      retryAt: inMs(30_000),
      reason: 'attempt 1 of 3 failed; the next comes at 2026-03-01T12:00:30.000Z',
    });
    expect(decisionOn({ ...down, retry }, { attempt: 2 })).toHaveProperty('retryAt', inMs(150_000));
  });

  test.each([
    [inMs(7_000), inMs(7_000)],
    [inMs(-7_000), now],
    [inMs(DAY_MS), inMs(DAY_MS)],
    [inMs(DAY_MS + 1), inMs(DAY_MS)],
  ])('at the date that the verdict names: %s', (retry, retryAt) => {
    expect(decisionOn({ ...down, retry })).toEqual({
      retryAt,
      reason: `attempt 1 of 3 failed; the next comes at ${retryAt.toISOString()}, as the target asked`,
    });
  });
});

test('whatever happens, there is an end or a later attempt within a day, before the deadline', () => {
  const ms = fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS });
  const retry = fc.oneof(fc.constantFrom(true, false, undefined), ms.map(inMs));
  const deliverBy = fc.option(ms.map(inMs), { nil: undefined });
  const attempts = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }));
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(
      retry,
      deliverBy,
      attempts,
      random,
      fc.boolean(),
      (retry, deliverBy, [attempt, maxAttempts], r, timedOut) => {
        const decision = decisionOn({ ...down, retry }, { deliverBy, attempt, maxAttempts, timedOut, random: () => r });
        if ('end' in decision) {
          const mayEnd = timedOut || retry === false || attempt >= maxAttempts || deliverBy !== undefined;
          expect(mayEnd).toBe(true);
          expect(decision.message).toContain('calling failed: [503] busy');
          return;
        }
        expect([timedOut, retry === false, attempt < maxAttempts]).toEqual([false, false, true]);
        const delayMs = decision.retryAt.getTime() - now.getTime();
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(retry instanceof Date ? DAY_MS : 60 * 60_000);
        if (deliverBy !== undefined) expect(decision.retryAt <= deliverBy).toBe(true);
      },
    ),
  );
});
