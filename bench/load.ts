import { Agent, request } from 'undici';

/** A request that is sent again and again. */
export interface Target {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface LoadResult {
  /** Requests answered, per second. */
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
}

/**
 * Sends requests over `connections` connections, one at a time on each, for some seconds or until a count is reached.
 * An answer that `isRight` does not like ends the benchmark: a fast wrong answer is no result.
 */
export async function load(
  target: Target,
  options: { connections: number; seconds: number; isRight: (status: number, body: string) => boolean },
): Promise<LoadResult> {
  const dispatcher = new Agent({ connections: options.connections });
  const times: number[] = [];
  const started = performance.now();
  const end = started + options.seconds * 1000;

  async function worker(): Promise<void> {
    while (performance.now() < end) {
      const sent = performance.now();
      const { statusCode, body } = await request(target.url, {
        dispatcher,
        method: 'POST',
        headers: target.headers,
        body: target.body,
      });
      const text = await body.text();
      times.push(performance.now() - sent);
      if (!options.isRight(statusCode, text)) throw new Error(`unexpected answer ${statusCode}: ${text.slice(0, 500)}`);
    }
  }
  await Promise.all(Array.from({ length: options.connections }, worker));
  const elapsed = (performance.now() - started) / 1000;
  await dispatcher.close();
  return { perSecond: times.length / elapsed, ...percentiles(times), requests: times.length };
}

export function percentiles(times: readonly number[]): { p50: number; p99: number } {
  const sorted = Float64Array.from(times).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

export function median(values: readonly number[]): number {
  return percentiles(values).p50;
}
