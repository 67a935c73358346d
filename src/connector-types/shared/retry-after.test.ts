import { describe, expect, test } from 'vitest';
import { retryAdvice, retryAfter } from './retry-after.ts';

const NOW = Date.UTC(2030, 0, 1);
const waitOf = (value: string) => {
  const at = retryAfter({ headers: { 'retry-after': value } }, NOW);
  return at && at.getTime() - NOW;
};

describe('retryAfter', () => {
  test.each([
    ['30', 30_000],
    [' 1.5 ', 1_500],
    ['0', 0],
    ['Tue, 01 Jan 2030 00:01:00 GMT', 60_000],
    ['Tuesday, 01-Jan-30 00:01:00 GMT', 60_000],
    ['Mon, 31 Dec 2029 00:00:00 GMT', 0],
    ['99999999999999999999999', 86_400_000],
    ['Fri, 01 Jan 2100 00:00:00 GMT', 86_400_000],
  ])('%s', (value, waitMs) => expect(waitOf(value)).toBe(waitMs));

  test.each(['', '-5', 'soon', '1e9', '2030-01-01T00:00:00Z', 'Tue, 99 Foo 2030', '30 seconds', '30, 60'])(
    'no time in %j',
    (value) => {
      expect(waitOf(value)).toBeUndefined();
    },
  );

  test('the words that go with it', () => {
    expect(retryAdvice({ headers: {} })).toEqual({ retry: true, text: 'retry later' });
    const { retry, text } = retryAdvice({ headers: { 'retry-after': '5' } });
    expect(text).toBe(`retry at ${(retry as Date).toISOString()}`);
  });
});
