import { isPatchbayError } from '../errors.ts';
import type { Tracing } from '../events/tracing.ts';
import type { Queue } from './types.ts';

/**
 * The same queue, with a span for each call that stores actions: a child of the request that is being handled, and the
 * parent of the attempts to come. While tracing is off it is the very queue that was given.
 */
export function traced(queue: Queue, tracing: Tracing): Queue {
  if (!tracing.isOn) return queue;
  return {
    ...queue,
    async enqueue(principal, spaceId, items, source, traceparent = tracing.current()) {
      const span = tracing.enqueue({ traceparent, count: items.length });
      try {
        const results = await queue.enqueue(principal, spaceId, items, source, span.traceparent);
        span.end();
        return results;
      } catch (error) {
        span.end(isPatchbayError(error) ? { code: error.code, message: error.message } : { code: 'internal' });
        throw error;
      }
    },
  };
}
