import http, { type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the target got it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a target does with a request, once it has all of it. */
export type Script = (request: Seen, ...raw: Parameters<RequestListener>) => void;

/** A vendor on the loopback interface that does whatever a check tells it to. */
export interface HttpTarget {
  readonly origin: string;
  readonly port: number;
  /** Requests to the API, oldest first; those for access tokens are in {@link HttpTarget.tokenRequests}. */
  readonly seen: readonly Seen[];
  readonly tokenRequests: readonly Seen[];
  script: Script;
  /** Requests to paths that end in `/token`; by default a token is given out. */
  tokenScript: Script;
  /** Back to the usual answers, and nothing seen. */
  forget(): void;
  close(): Promise<void>;
}

/** One answer, whole. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Objects go out as JSON. */
  readonly body?: unknown;
}

export function answering({ status = 200, reason, headers = {}, body = '' }: ScriptedAnswer): Script {
  return (_seen, _request, response) => {
    const isText = typeof body === 'string' || Buffer.isBuffer(body);
    const type = isText ? {} : { 'content-type': 'application/json' };
    const all = { ...type, ...headers };
    if (reason === undefined) response.writeHead(status, all);
    else response.writeHead(status, reason, all);
    response.end(isText ? body : JSON.stringify(body));
  };
}

/** Writes bytes that no HTTP server would write, and leaves the connection as it is. */
export function raw(text: string, then: 'stay' | 'reset' = 'stay'): Script {
  return (_seen, request) => {
    const { socket } = request;
    socket.write(text, () => {
      if (then === 'reset') socket.destroy();
    });
  };
}

/** Writes `chunk` again and again at the reader's pace, until the connection is gone. */
export function endless(head: string, chunk: string): Script {
  return (_seen, request) => {
    const { socket } = request;
    socket.write(head);
    const pour = () => {
      while (!socket.destroyed && socket.write(chunk));
      if (!socket.destroyed) socket.once('drain', pour);
    };
    pour();
  };
}

/** Starts a target on a free port. */
export async function startHttpTarget(accessToken: string): Promise<HttpTarget> {
  const seen: Seen[] = [];
  const tokenRequests: Seen[] = [];
  const giveToken = answering({ body: { access_token: accessToken, token_type: 'Bearer', expires_in: 3600 } });
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // the client broke off
    }
    const { method = '', url = '', headers } = request;
    const got = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
    const isForToken = /\/token$/.test(url);
    (isForToken ? tokenRequests : seen).push(got);
    (isForToken ? target.tokenScript : target.script)(got, request, response);
  });
  // Scripts write and close behind the server's back.
  server.on('connection', (socket) => socket.on('error', () => undefined));
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const target: HttpTarget = {
    origin: `http://127.0.0.1:${port}`,
    port,
    seen,
    tokenRequests,
    script: answering({}),
    tokenScript: giveToken,
    forget() {
      seen.length = 0;
      tokenRequests.length = 0;
      target.script = answering({});
      target.tokenScript = giveToken;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return target;
}
