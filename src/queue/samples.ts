/** The newest values of something; the oldest makes room. */
export interface Samples<T> {
  add(value: T): void;
  /** In no particular order. */
  values(): readonly T[];
}

/** @param size how many are kept */
export function createSamples<T>(size: number): Samples<T> {
  const kept: T[] = [];
  let next = 0;
  return {
    add(value) {
      kept[next] = value;
      next = (next + 1) % size;
    },
    values: () => kept,
  };
}

/** As in every part of Kibana's health report; 0 where there are no samples. */
export interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

/** By the nearest-rank method, so every figure is one that was really measured; rounded to whole numbers. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}

/** Whole percent of each key among `keys`. */
export function frequencies<K extends string>(values: readonly K[], keys: readonly K[]): Record<K, number> {
  const count = (key: K) => values.filter((value) => value === key).length;
  const entries = keys.map((key) => [key, values.length === 0 ? 0 : Math.round((count(key) / values.length) * 100)]);
  return Object.fromEntries(entries) as Record<K, number>;
}
