import { expect, test } from 'vitest';
import { createTypeRateLimit } from './type-rate-limit.ts';

const email = { limit: 2, lookbackWindow: 60_000 };

test('runs beyond the limit are refused until the window has moved on', () => {
  let nowMs = 0;
  const limit = createTypeRateLimit({ email }, () => nowMs);
  expect(limit.refusal('.email')).toBeUndefined();
  nowMs = 10_000;
  expect(limit.refusal('.email')).toBeUndefined();
  expect(limit.refusal('.email')).toEqual({
    outcome: 'failed',
    code: 'rate_limited',
    message: 'the rate limit of the connector type ".email" is reached',
    serviceMessage:
      '2 runs within 60 seconds are allowed (xpack.actions.rateLimiter.email). Try again in 50 seconds, or raise the limit.',
    retry: true,
  });
  nowMs = 59_999;
  expect(limit.refusal('.email')?.code).toBe('rate_limited');
  nowMs = 60_000;
  expect(limit.refusal('.email')).toBeUndefined();
  expect(limit.refusal('.email')?.code).toBe('rate_limited');
});

test('what is refused does not count', () => {
  let nowMs = 0;
  const limit = createTypeRateLimit({ email }, () => nowMs);
  for (let run = 0; run < 100; run += 1) {
    limit.refusal('.email');
    nowMs += 500;
  }
  nowMs = 60_500;
  expect([limit.refusal('.email'), limit.refusal('.email')]).toEqual([undefined, undefined]);
});

test('other types, and without the setting all, have no limit', () => {
  const limited = createTypeRateLimit({ email: { limit: 1, lookbackWindow: 60_000 } });
  const unlimited = createTypeRateLimit({});
  for (let run = 0; run < 10; run += 1) {
    expect(limited.refusal('.slack')).toBeUndefined();
    expect(unlimited.refusal('.email')).toBeUndefined();
  }
});
