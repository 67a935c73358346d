import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Answer, Server } from './child.ts';

/** What webhooks of these tests are sent to. */
export interface Target {
  readonly url: string;
  /** The `Authorization` header of each request so far. */
  readonly received: (string | undefined)[];
  /** Answers the requests to `/hold` that wait, and those that follow. */
  release(): void;
}

/** Serves on a free loopback port until the test is done: 200 at once, or at `/hold` not before {@link Target.release}. */
export async function startTarget(): Promise<Target> {
  const received: (string | undefined)[] = [];
  const held = new Set<ServerResponse>();
  let isReleased = false;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      received.push(request.headers.authorization);
      if (request.url === '/hold' && !isReleased) held.add(response);
      else response.end('done');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    release() {
      isReleased = true;
      for (const response of held) response.end('done');
    },
  };
}

/** Creates a webhook with a password, so that running it needs its secrets. */
export function createWebhook(server: Pick<Server, 'call'>, id: string, url: string): Promise<Answer> {
  return server.call('POST', `/api/actions/connector/${id}`, {
    name: `Webhook ${id}`,
    connector_type_id: '.webhook',
    config: { url, hasAuth: true },
    secrets: { user: 'someone', password: `secret of ${id}` },
  });
}

/** What {@link Target.received} holds once that webhook was run. */
export function sentBy(id: string): string {
  return `Basic ${Buffer.from(`someone:secret of ${id}`).toString('base64')}`;
}

/** Runs it: `status` of the body is `ok` or `error`. */
export function execute(server: Pick<Server, 'call'>, id: string): Promise<Answer> {
  return server.call('POST', `/api/actions/connector/${id}/_execute?extended=true`, { params: { body: '{}' } });
}
