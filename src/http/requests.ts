import type { Server } from 'node:http';

/**
 * Knows when no request is under way. Node's own `close()` waits for every connection to end: one that a browser opened
 * in advance, or that a client keeps for its next call, would hold up the stop until its time-out.
 */
export function countRequests(server: Server): { none(): Promise<void> } {
  let underWay = 0;
  let onNone: (() => void) | undefined;
  server.on('request', (_request, response) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      if (underWay === 0) onNone?.();
    });
  });
  return {
    none: () =>
      new Promise((resolve) => {
        onNone = resolve;
        if (underWay === 0) resolve();
      }),
  };
}
