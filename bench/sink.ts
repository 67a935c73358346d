/**
 * The target of the benchmarks: answers every request at once with a short text. Prints its port when it listens.
 *
 * The paths of `vendors.ts` are counted too, and answer as the vendor does. Everything else is beside the count: `/quiet` answers the same, `/never` accepts and never answers, `/control/…`
 * is for `sink-client.ts`. A body of `/hook` that begins with a marker (`marker.ts`) is known by it; the reference sends
 * bodies of the same shape, so that both pay for it.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clockMs } from './clock.ts';
import { MARKER_AT, MARKERS_MAX, markerIn } from './marker.ts';
import { VENDORS } from './vendors.ts';

/** When each marker arrived last; 0: never. */
const times = new Float64Array(MARKERS_MAX);
let unique = 0;
let arrivals = 0;
let firstMs = 0;
let lastMs = 0;
let waiting: { readonly count: number; readonly response: ServerResponse }[] = [];

function note(marker: number, at: number): void {
  arrivals += 1;
  lastMs = at;
  if (firstMs === 0) firstMs = at;
  if (marker >= 0 && marker < MARKERS_MAX) {
    if (times[marker] === 0) unique += 1;
    times[marker] = at;
  }
  if (waiting.length > 0) wake();
}

function wake(): void {
  const ready = waiting.filter(({ count }) => unique >= count);
  if (ready.length === 0) return;
  waiting = waiting.filter(({ count }) => unique < count);
  for (const { response } of ready) answerJson(response, { unique });
}

function answerJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** What a control path answers; undefined: later. */
function control(url: URL, response: ServerResponse): unknown {
  const number = (name: string) => Number(url.searchParams.get(name));
  switch (url.pathname) {
    case '/control/reset':
      times.fill(0);
      unique = 0;
      beginLap();
      return {};
    case '/control/lap':
      beginLap();
      return {};
    case '/control/times':
      return [...times.subarray(number('from'), number('to'))];
    case '/control/await':
      waiting.push({ count: number('count'), response });
      response.on('close', () => {
        waiting = waiting.filter((one) => one.response !== response);
      });
      wake();
      return undefined;
    default:
      return { arrivals, unique, firstMs, lastMs };
  }
}

function beginLap(): void {
  arrivals = 0;
  firstMs = 0;
  lastMs = 0;
}

const PLAIN = { status: 200, type: 'text/plain', body: 'ok' };

const server = createServer((request, response) => {
  const at = clockMs();
  const url = request.url ?? '';
  if (url === '/hook') {
    request.once('data', (chunk: Buffer) => note(Number(chunk.toString('latin1', MARKER_AT.start, MARKER_AT.end)), at));
  } else if (VENDORS.has(url)) {
    request.once('data', (chunk: Buffer) => note(markerIn(chunk), at));
  } else if (url === '/never') {
    request.resume();
    return;
  } else if (url.startsWith('/control/')) {
    const answer = control(new URL(url, 'http://sink'), response);
    if (answer !== undefined) answerJson(response, answer);
    return;
  } else {
    request.resume();
  }
  request.on('end', () => {
    const { status, type, body } = VENDORS.get(url) ?? PLAIN;
    response.writeHead(status, { 'content-type': type, 'content-length': String(body.length) });
    response.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
