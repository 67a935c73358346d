import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type RequestListener } from 'node:http';
import https, { type ServerOptions } from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request as a test server saw it. */
export interface SeenRequest {
  method: string;
  /** As on the request line: a path, or an absolute URL if a proxy was asked. */
  url: string;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** Common name of the client certificate, if one was presented. */
  clientName?: string;
}

export interface TestServer {
  port: number;
  /** `http://127.0.0.1:<port>` or `https://localhost:<port>`. */
  origin: string;
  seen: SeenRequest[];
}

/** A file of `test/support/certs/` (see its README). */
export function cert(name: string): Buffer {
  return readFileSync(new URL(`certs/${name}`, import.meta.url));
}

/** An HTTP server on a free loopback port; keeps what it sees and goes away with the test. */
export async function httpServer(answer: RequestListener = ok): Promise<TestServer> {
  return listen((listener) => http.createServer(listener), answer, 'http://127.0.0.1');
}

/** The same over TLS, with `test/support/certs/<certificate>.crt`. */
export async function httpsServer(
  answer: RequestListener = ok,
  { certificate = 'localhost', ...options }: ServerOptions & { certificate?: string } = {},
): Promise<TestServer> {
  const tls = { key: cert(`${certificate}.key`), cert: cert(`${certificate}.crt`), ...options };
  return listen((listener) => https.createServer(tls, listener), answer, 'https://localhost');
}

/** A TCP server that answers each connection by `talk`: for answers that no HTTP server would give. */
export async function tcpServer(talk: (socket: Socket) => void): Promise<{ port: number; origin: string }> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    talk(socket);
  });
  const port = await start(server);
  return { port, origin: `http://127.0.0.1:${port}` };
}

/** A forward proxy: tunnels CONNECT, passes absolute-form requests on, keeps the heads of both. */
export interface ProxyServer {
  port: number;
  connects: { authority: string; headers: http.IncomingHttpHeaders }[];
  forwarded: { url: string; headers: http.IncomingHttpHeaders }[];
}

/**
 * @param options.refuse status to answer everything with
 * @param options.routes real ports by authority (`name:443`), for names that exist only behind the proxy
 * @param options.tls speaks TLS itself
 */
export async function proxyServer(
  options: { refuse?: number; routes?: Record<string, number>; tls?: boolean } = {},
): Promise<ProxyServer> {
  const proxy: ProxyServer = { port: 0, connects: [], forwarded: [] };
  const portOf = (authority: string) => options.routes?.[authority] ?? Number(authority.split(':').pop());
  const forward: RequestListener = (request, response) => {
    proxy.forwarded.push({ url: request.url ?? '', headers: request.headers });
    if (options.refuse !== undefined) return void response.writeHead(options.refuse).end('refused');
    const url = new URL(request.url ?? '');
    const onward = http.request(
      { host: '127.0.0.1', port: portOf(url.host), path: url.pathname + url.search, method: request.method },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  };
  const tls = { key: cert('localhost.key'), cert: cert('localhost.crt') };
  const server = options.tls ? https.createServer(tls, forward) : http.createServer(forward);
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    const authority = request.url ?? '';
    proxy.connects.push({ authority, headers: request.headers });
    socket.on('error', () => undefined);
    if (options.refuse !== undefined) return socket.end(`HTTP/1.1 ${options.refuse} No\r\n\r\n`);
    const onward = net.connect(portOf(authority), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
  });
  proxy.port = await start(server);
  return proxy;
}

function ok(_request: IncomingMessage, response: http.ServerResponse): void {
  response.end('ok');
}

async function listen(
  create: (listener: RequestListener) => http.Server,
  answer: RequestListener,
  base: string,
): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  const server = create((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const peer =
        'getPeerCertificate' in request.socket ? (request.socket as TlsPeer).getPeerCertificate() : undefined;
      seen.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        clientName: peer?.subject?.CN,
      });
      answer(request, response);
    });
  });
  const port = await start(server);
  return { port, origin: `${base}:${port}`, seen };
}

interface TlsPeer {
  getPeerCertificate(): { subject?: { CN?: string } } | undefined;
}

async function start(server: net.Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  // localhost may mean ::1 or 127.0.0.1; the servers listen on the latter, and clients try both.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}
