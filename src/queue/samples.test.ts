import { expect, test } from 'vitest';
import { createSamples, frequencies, percentiles } from './samples.ts';

test('the newest samples are kept', () => {
  const samples = createSamples<number>(3);
  for (const value of [1, 2, 3, 4, 5]) samples.add(value);
  expect(samples.values().toSorted()).toEqual([3, 4, 5]);
});

test('percentiles are measured values, by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentiles(hundred)).toEqual({ p50: 50, p90: 90, p95: 95, p99: 99 });
  expect(percentiles([7])).toEqual({ p50: 7, p90: 7, p95: 7, p99: 7 });
  expect(percentiles([])).toEqual({ p50: 0, p90: 0, p95: 0, p99: 0 });
});

test('frequencies name every key', () => {
  expect(frequencies(['a', 'a', 'b'], ['a', 'b', 'c'])).toEqual({ a: 67, b: 33, c: 0 });
  expect(frequencies([], ['a'])).toEqual({ a: 0 });
});
