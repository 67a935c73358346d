import type { Dispatcher } from 'undici';
import { tooLargeError } from './problems.ts';
import type { EgressError } from './types.ts';

/** One answer as it came over the wire, body still compressed. */
export interface RawAnswer {
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case; repeated headers joined with `, `. No prototype. */
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** What can end a request from outside while any of its hops is in flight. */
export interface Interrupt {
  /** Set by {@link Interrupt.fire}; a hop that starts later fails at once. */
  reason: EgressError | undefined;
  /** Set by the hop in flight. */
  onFire: ((reason: EgressError) => void) | undefined;
}

const EMPTY = Buffer.alloc(0);
const MAX_SKIPPED_BYTES = 16_384;

/** Ends the request: the hop in flight rejects with `reason` and its connection is closed. */
export function fire(interrupt: Interrupt, reason: EgressError): void {
  interrupt.reason ??= reason;
  interrupt.onFire?.(interrupt.reason);
}

/**
 * Sends one request and reads its answer whole. Written on undici's `dispatch`, not `request`: no stream, no
 * AbortSignal, and a caller that is told at once when the request is interrupted, even while it waits for a connection.
 *
 * @param maxBytes limit of the body as it comes over the wire
 * @param skipBody true for answers whose body nobody will read; a long one is cut off
 * @throws whatever undici and the connector report; {@link tooLargeError}; the reason of the interrupt
 */
export function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  interrupt: Interrupt,
  maxBytes: number,
  skipBody: (status: number, headers: Record<string, string>) => boolean,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let isOver = false;
    let status = 0;
    let statusText = '';
    let headers: Record<string, string> = {};
    let chunks: Buffer[] | undefined = [];
    let size = 0;

    const end = () => {
      isOver = true;
      interrupt.onFire = undefined;
    };
    const fail = (error: Error) => {
      if (isOver) return;
      end();
      reject(error);
      controller?.abort(error);
    };
    const succeed = (body: Buffer) => {
      if (isOver) return;
      end();
      resolve({ status, statusText, headers, body });
    };

    const cutOff = () => {
      succeed(EMPTY);
      controller?.abort(new Error('the rest of the body is not needed'));
    };

    if (interrupt.reason !== undefined) return reject(interrupt.reason);
    interrupt.onFire = fail;
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        // Interrupted while it stood in the queue for a connection.
        if (isOver) started.abort(interrupt.reason ?? new Error('interrupted'));
      },
      onResponseStart(_controller, code, raw, message) {
        if (code < 200) return;
        status = code;
        statusText = message ?? '';
        headers = joinHeaders(raw);
        const length = Number(headers['content-length'] ?? Number.NaN);
        if (options.method === 'HEAD') return;
        if (skipBody(code, headers)) {
          chunks = undefined;
          // A short rest is worth reading, because the connection stays usable; anything else may go on for ever.
          if (!(length <= MAX_SKIPPED_BYTES)) cutOff();
        } else if (length > maxBytes) fail(tooLargeError(maxBytes));
      },
      onResponseData(_controller, chunk) {
        size += chunk.length;
        if (size > maxBytes && chunks !== undefined) return fail(tooLargeError(maxBytes));
        chunks?.push(chunk);
      },
      onResponseEnd() {
        succeed(
          chunks === undefined || chunks.length === 0
            ? EMPTY
            : chunks.length === 1
              ? chunks[0]!
              : Buffer.concat(chunks),
        );
      },
      onResponseError(_controller, error) {
        if (isOver) return;
        end();
        reject(error);
      },
    });
  });
}

function joinHeaders(raw: Record<string, string | string[] | undefined>): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const name in raw) {
    const value = raw[name];
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
}
