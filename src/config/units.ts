/** Milliseconds of each unit that a duration may end in; a month has 30 days, a year 365, as in Kibana. */
const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  M: 30 * 86_400_000,
  Y: 365 * 86_400_000,
};

/** Bytes of each unit that a size may end in. Binary multiples: `1mb` is 1,048,576. */
const BYTES_PER_UNIT: Readonly<Record<string, number>> = { b: 1, kb: 1_024, mb: 1_024 ** 2, gb: 1_024 ** 3 };

/**
 * A duration in milliseconds: `500ms`, `60s`, `1h30m`, or a bare number of milliseconds (as a number or as text).
 *
 * @returns undefined when it is none, or too large to count exactly
 */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return countable(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (/^\d{1,16}$/.test(text)) return countable(Number(text));
  if (!/^(?:\d{1,16}(?:ms|[smhdwMY]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdwMY])/g)) total += Number(count) * MS_PER_UNIT[unit!]!;
  return countable(total);
}

/**
 * A size in bytes: `512kb`, `1mb`, or a bare number of bytes (as a number or as text).
 *
 * @returns undefined when it is none, or too large to count exactly
 */
export function parseBytes(value: unknown): number | undefined {
  if (typeof value === 'number') return countable(value);
  if (typeof value !== 'string') return undefined;
  const match = /^(\d{1,16})(b|kb|mb|gb)?$/i.exec(value.trim());
  if (match === null) return undefined;
  return countable(Number(match[1]) * BYTES_PER_UNIT[(match[2] ?? 'b').toLowerCase()]!);
}

function countable(value: number): number | undefined {
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
