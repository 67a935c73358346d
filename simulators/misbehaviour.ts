import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

/**
 * What a simulator does instead of its vendor's answer, once. Also the body of `POST /__simulator/next`, which adds
 * `times`. With `delayMs` alone the vendor's own answer follows after the pause.
 */
export const misbehaviour = z.strictObject({
  /** Default 200, with `redirect` 302. */
  status: z.number().min(200).max(599).int().optional(),
  headers: z.record(z.string().max(200), z.string().max(10_000)).optional(),
  body: z.string().max(1_000_000).optional(),
  /** Wait before answering. */
  delayMs: z.number().min(0).max(600_000).optional(),
  /** Never answer. */
  hang: z.boolean().optional(),
  /** Close the connection without an answer. */
  reset: z.boolean().optional(),
  /** Announce a longer body than is sent, then close the connection. */
  truncate: z.boolean().optional(),
  /** A body of so many bytes. */
  hugeBytes: z.number().min(0).max(1_000_000_000).int().optional(),
  /** A body that never ends. */
  endless: z.boolean().optional(),
  /** Answer with this `Location`. */
  redirect: z.string().max(10_000).optional(),
});

export type Misbehaviour = z.output<typeof misbehaviour>;

const FILLER = Buffer.alloc(64 * 1024, 'x');

/** @returns false when the vendor's own answer shall follow */
export async function misbehave(
  script: Misbehaviour,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (script.delayMs !== undefined) await sleep(script.delayMs, undefined, { ref: false });
  const { delayMs: _delay, ...rest } = script;
  if (Object.keys(rest).length === 0) return false;

  if (script.hang) return true;
  if (script.reset) {
    request.socket.destroy();
    return true;
  }
  const location = script.redirect === undefined ? {} : { location: script.redirect };
  const status = script.status ?? (script.redirect === undefined ? 200 : 302);
  if (script.truncate) {
    const body = script.body ?? '{"cut":';
    response.writeHead(status, { 'content-length': Buffer.byteLength(body) + 100, ...script.headers });
    response.write(body, () => request.socket.destroy());
    return true;
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...location, ...script.headers });
  if (script.endless || script.hugeBytes !== undefined)
    await pour(response, script.hugeBytes ?? Number.POSITIVE_INFINITY);
  else response.end(script.body ?? '');
  return true;
}

/** Writes filler at the reader's pace, until the amount is reached or the reader is gone. */
async function pour(response: ServerResponse, bytes: number): Promise<void> {
  const filler = function* () {
    for (let left = bytes; left > 0; left -= FILLER.length)
      yield left >= FILLER.length ? FILLER : FILLER.subarray(0, left);
  };
  // A reader that has had enough is what these answers are for.
  await pipeline(filler, response).catch(() => undefined);
}
