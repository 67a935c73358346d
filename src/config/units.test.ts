import { describe, expect, test } from 'vitest';
import { parseBytes, parseDuration } from './units.ts';

describe('parseDuration', () => {
  test.each([
    ['0s', 0],
    ['70ms', 70],
    ['60s', 60_000],
    ['20m', 1_200_000],
    ['1h', 3_600_000],
    ['90d', 7_776_000_000],
    ['1w', 604_800_000],
    ['1M', 2_592_000_000],
    ['1Y', 31_536_000_000],
    ['1h30m', 5_400_000],
    ['1500', 1_500],
    [1500, 1_500],
  ])('%s is %i ms', (value, expected) => {
    expect(parseDuration(value)).toBe(expected);
  });

  test.each([
    '',
    's',
    '-1s',
    '1.5h',
    '1 h',
    '1x',
    '1h ago',
    '9007199254740993',
    '9999999999Y',
    -1,
    1.5,
    Number.NaN,
    null,
    true,
    ['1s'],
  ])('refuses %j', (value) => {
    expect(parseDuration(value)).toBeUndefined();
  });
});

describe('parseBytes', () => {
  test.each([
    ['1mb', 1_048_576],
    ['512kb', 524_288],
    ['1gb', 1_073_741_824],
    ['10b', 10],
    ['10', 10],
    [10, 10],
    ['1MB', 1_048_576],
  ])('%s is %i bytes', (value, expected) => {
    expect(parseBytes(value)).toBe(expected);
  });

  test.each(['', 'mb', '-1mb', '1.5mb', '1 mb', '1tb', '9999999999999gb', -1, 0.5, null, {}])('refuses %j', (value) => {
    expect(parseBytes(value)).toBeUndefined();
  });
});
