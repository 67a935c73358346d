import type { Queue, QueueStats } from './types.ts';

/** A probe or a scraper has given up by then, or soon will: Prometheus waits ten seconds. */
const WAIT_MS = 3_000;

/**
 * What the queue says of itself now.
 *
 * @returns undefined when the database does not answer, or not soon enough; never throws
 */
export async function currentStats(
  queue: Pick<Queue, 'stats'>,
  isDatabaseAvailable: () => boolean,
): Promise<QueueStats | undefined> {
  if (!isDatabaseAvailable()) return undefined;
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), WAIT_MS);
  try {
    return await Promise.race([queue.stats(), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
