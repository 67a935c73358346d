import { setImmediate as nextTurn } from 'node:timers/promises';

/** Lets many do their work beside each other, or one alone. */
export interface Gate {
  /** Waits only while somebody works alone. */
  shared<T>(work: () => Promise<T>): Promise<T>;
  /** Waits for all that work, and for what they do with their results at once, and keeps others waiting. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

export function createGate(): Gate {
  let working = 0;
  let closed: Promise<void> | undefined;
  let drained: (() => void) | undefined;

  return {
    async shared(work) {
      while (closed !== undefined) await closed;
      working += 1;
      try {
        return await work();
      } finally {
        working -= 1;
        if (working === 0) drained?.();
      }
    },
    async alone(work) {
      while (closed !== undefined) await closed;
      const { promise, resolve } = Promise.withResolvers<void>();
      closed = promise;
      try {
        if (working > 0) await new Promise<void>((done) => (drained = done));
        drained = undefined;
        await nextTurn();
        return await work();
      } finally {
        closed = undefined;
        resolve();
      }
    },
  };
}
