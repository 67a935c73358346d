import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type ServerOptions as TlsServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { type Misbehaviour, misbehave, misbehaviour } from './misbehaviour.ts';

/**
 * Stand-ins of vendors' APIs. A vendor is data plus one function from request to answer; everything else (listening,
 * logging, scripted misbehaviour) is here. They are strict, so that what they accept is what the vendor accepts.
 */

export interface SimulatedRequest {
  readonly method: string;
  /** Decoded path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The body as UTF-8. */
  readonly text: string;
}

export interface SimulatedResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects go out as JSON, texts as they are, undefined as nothing. */
  readonly body?: unknown;
  /** What a person should see of it in one line. */
  readonly note?: string;
}

/** One request as it was received and answered; `status` is 0 where no answer was given on purpose. */
export interface LoggedRequest extends SimulatedRequest {
  readonly at: string;
  readonly status: number;
  readonly note?: string;
}

/** How to try a simulator with Patchbay. */
export interface ConnectorExample {
  readonly name: string;
  readonly connector_type_id: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly params: Readonly<Record<string, unknown>>;
  /** Settings of the server without which the connector would not come here. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Where a running simulator listens, e.g. `{ http: 'http://127.0.0.1:4000', smtp: 'smtp://127.0.0.1:4001' }`. */
export type Endpoints = Readonly<{ http: string } & Record<string, string>>;

/** One start of a simulator: its state lives in the closure. */
export interface SimulatorInstance {
  handle(request: SimulatedRequest): SimulatedResponse | Promise<SimulatedResponse>;
  /** Answers about the simulator itself, which no vendor gives: neither logged nor scripted. undefined: not such a call. */
  inspect?(request: SimulatedRequest): SimulatedResponse | undefined;
  /** A second way in, e.g. SMTP. `report` logs what arrived there. */
  listen?(
    host: string,
    report: (entry: LoggedRequest) => void,
  ): Promise<{ name: string; url: string; close(): Promise<void> }>;
}

export interface SimulatorDefinition {
  readonly id: string;
  readonly title: string;
  /** Bytes; a larger body is answered with {@link SimulatorDefinition.tooLarge}. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  readonly tooLarge?: SimulatedResponse;
  start(): SimulatorInstance;
  examples(endpoints: Endpoints): readonly ConnectorExample[];
}

export interface SimulatorOptions {
  /** Default 0: any free port. */
  port?: number;
  host?: string;
  /** Serve HTTPS with this certificate, client certificates included. */
  tls?: TlsServerOptions;
  /** Called once for every request to the vendor's API, after it was answered. */
  onRequest?: (entry: LoggedRequest) => void;
}

export interface Simulator {
  readonly url: string;
  readonly endpoints: Endpoints;
  /** The last 200 requests to the vendor's API, oldest first; bodies cut to 256 KiB. */
  readonly requests: readonly LoggedRequest[];
  /** The next `times` requests get this instead of the vendor's answer. */
  failNext(times: number, script: Misbehaviour): void;
  close(): Promise<void>;
}

const MAX_LOGGED = 200;
const MAX_LOGGED_BODY = 256 * 1024;
const MAX_SCRIPTS = 10_000;
const DEFAULT_MAX_BODY = 1024 * 1024;
const CONTROL_PATH = '/__simulator/next';
const controlBody = misbehaviour.extend({ times: z.number().min(1).max(MAX_SCRIPTS).int().default(1) });

/** Starts a simulator; resolves once it listens. */
export async function startSimulator(
  definition: SimulatorDefinition,
  options: SimulatorOptions = {},
): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', tls, onRequest } = options;
  const instance = definition.start();
  const requests: LoggedRequest[] = [];
  const scripts: Misbehaviour[] = [];

  const report = (entry: LoggedRequest) => {
    requests.push({ ...entry, text: entry.text.slice(0, MAX_LOGGED_BODY) });
    if (requests.length > MAX_LOGGED) requests.shift();
    onRequest?.(entry);
  };
  const failNext = (times: number, script: Misbehaviour) => {
    for (let i = 0; i < times && scripts.length < MAX_SCRIPTS; i += 1) scripts.push(script);
  };

  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await readBody(incoming, definition.maxBodyBytes ?? DEFAULT_MAX_BODY);
    const request = toRequest(incoming, body ?? '');
    if (request.path === CONTROL_PATH) return send(response, control(request, failNext));

    const inspection = instance.inspect?.(request);
    if (inspection !== undefined) return send(response, inspection);

    const at = new Date().toISOString();
    const script = scripts.shift();
    if (script !== undefined && (await misbehave(script, incoming, response))) {
      report({ ...request, at, status: script.hang || script.reset ? 0 : response.statusCode, note: 'as scripted' });
      return;
    }
    const reply = body === undefined ? (definition.tooLarge ?? { status: 413 }) : await instance.handle(request);
    report({ ...request, at, status: reply.status, note: reply.note });
    send(response, reply);
  };
  const listener = (incoming: IncomingMessage, response: ServerResponse) => {
    answer(incoming, response).catch(() => response.destroy());
  };

  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await listenOn(server, port, host);
  const second = await instance.listen?.(host, report);
  const url = `${tls === undefined ? 'http' : 'https'}://${hostInUrl(host)}:${(server.address() as AddressInfo).port}`;

  return {
    url,
    endpoints: { http: url, ...(second === undefined ? {} : { [second.name]: second.url }) },
    requests,
    failNext,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, second?.close()]);
    },
  };
}

/** @returns undefined when the body is larger than allowed; the rest of it is read and dropped */
async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

function toRequest(incoming: IncomingMessage, text: string): SimulatedRequest {
  const url = new URL(incoming.url ?? '/', 'http://simulator');
  let path = url.pathname;
  try {
    path = decodeURIComponent(path);
  } catch {
    // A path that is no UTF-8 stays as it came; no vendor knows it.
  }
  return { method: incoming.method ?? 'GET', path, query: url.searchParams, headers: incoming.headers, text };
}

/** Only JSON is taken: a page in a browser cannot send that across origins without asking first. */
function control(request: SimulatedRequest, failNext: Simulator['failNext']): SimulatedResponse {
  if (request.method !== 'POST' || contentType(request) !== 'application/json') {
    return { status: 405, body: { error: `send POST ${CONTROL_PATH} with Content-Type: application/json` } };
  }
  const parsed = controlBody.safeParse(parseJson(request.text));
  if (!parsed.success) return { status: 400, body: { error: z.prettifyError(parsed.error) } };
  const { times, ...script } = parsed.data;
  failNext(times, script);
  return { status: 204 };
}

function send(response: ServerResponse, { status, headers, body }: SimulatedResponse): void {
  const isText = typeof body === 'string';
  const type = body === undefined ? {} : { 'content-type': isText ? 'text/html' : 'application/json; charset=utf-8' };
  response.writeHead(status, { ...type, ...headers });
  response.end(body === undefined ? undefined : isText ? body : JSON.stringify(body));
}

function listenOn(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** An IPv6 address needs brackets in a URL. */
export function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Lower case, without parameters; `''` when the header is missing. */
export function contentType(request: SimulatedRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

/** undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** User and password of HTTP Basic; undefined for anything else. */
export function basicCredentials(header: string | undefined): { user: string; password: string } | undefined {
  const match = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '');
  if (match === null) return undefined;
  const [, user, password] = /^([^:]*):([\s\S]*)$/.exec(Buffer.from(match[1]!, 'base64').toString('utf8')) ?? [];
  return user === undefined || password === undefined ? undefined : { user, password };
}
