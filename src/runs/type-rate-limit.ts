import { type Failed, failed } from '../connectors/verdict.ts';
import { createSlidingWindow } from './sliding-window.ts';

/** `xpack.actions.rateLimiter`: a limit for a connector type, or none. */
export interface TypeRateLimitSettings {
  readonly email?: { readonly limit: number; readonly lookbackWindow: number };
}

export interface TypeRateLimit {
  /**
   * Counts a run of a type, unless it is one too many.
   *
   * @returns why it must not run; undefined when it may
   */
  refusal(typeId: string): Failed | undefined;
}

/**
 * The limit of runs by connector type, in any window of the configured length, for this process. Only `.email` can have
 * one, as in Kibana. What is refused does not count, or repetitions alone would keep the window full.
 *
 * @param now a monotonic clock in milliseconds
 */
export function createTypeRateLimit({ email }: TypeRateLimitSettings, now = () => performance.now()): TypeRateLimit {
  if (email === undefined) return { refusal: () => undefined };
  const window = createSlidingWindow({ limit: email.limit, windowMs: email.lookbackWindow, now });
  return {
    refusal(typeId) {
      if (typeId !== '.email') return undefined;
      if (window.waitMs() === 0) {
        window.take();
        return undefined;
      }
      return failed('rate_limited', `the rate limit of the connector type "${typeId}" is reached`, {
        serviceMessage: `${email.limit} runs within ${email.lookbackWindow / 1_000} seconds are allowed (xpack.actions.rateLimiter.email). Try again in ${Math.ceil(window.waitMs() / 1_000)} seconds, or raise the limit.`,
        retry: true,
      });
    },
  };
}
