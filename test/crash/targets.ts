import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Server } from '../process/child.ts';
import type { Delivery, History } from './history.ts';
import { BEHAVIOURS, type Behaviour } from './plan.ts';

/** In the password of every connector, which every request carries and some answers repeat. */
export const CANARY = 'crash-canary-77f1';

/**
 * Targets that behave as connectors in the wild do, by path: `/good` answers at once, `/slow` in up to 200 ms; `/flaky`
 * refuses the first attempt of each execution and asks for the next in a second, `/limited` does so with what is more than
 * ten in a second, `/down` with everything; `/hang` never answers, `/broken` closes the connection.
 *
 * @returns the base URL
 */
export async function startTargets(history: Pick<History, 'deliveries'>): Promise<string> {
  const received = new Map<string, number>();
  const accepted: number[] = [];
  const limit = (nowMs: number) => {
    if (accepted.length === 10 && nowMs - accepted[0]! < 1_000) return 429;
    accepted.push(nowMs);
    if (accepted.length > 10) accepted.shift();
    return 200;
  };
  const server = createServer(async (request, response) => {
    const receivedMs = Date.now();
    const behaviour = request.url?.slice(1) as Behaviour;
    const { marker } = JSON.parse(await textOf(request)) as { marker: string };
    const executionId = String(request.headers['idempotency-key']);
    const times = (received.get(executionId) ?? 0) + 1;
    received.set(executionId, times);
    const status = behaviour === 'limited' ? limit(receivedMs) : statusOf(behaviour, times);
    history.deliveries.push({ marker, connectorId: behaviour, executionId, receivedMs, status } satisfies Delivery);
    if (behaviour === 'slow') await sleep(20 + (Number(marker.replace(/\D/g, '')) % 180));
    answer(response, behaviour, status, request.headers.authorization);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function statusOf(behaviour: Behaviour, times: number): number | undefined {
  if (behaviour === 'hang' || behaviour === 'broken') return undefined;
  return behaviour === 'down' || (behaviour === 'flaky' && times === 1) ? 503 : 200;
}

function answer(
  response: ServerResponse,
  behaviour: Behaviour,
  status: number | undefined,
  credentials: string | undefined,
): void {
  if (behaviour === 'broken') response.destroy();
  if (status === undefined) return;
  const headers = status === 200 ? {} : { 'retry-after': '1' };
  response.writeHead(status, headers).end(`you are ${credentials}`);
}

/** One connector for each behaviour, by its name. */
export async function createConnectors(server: Server, url: string): Promise<void> {
  for (const behaviour of BEHAVIOURS) {
    const { status, body } = await server.call('POST', `/api/actions/connector/${behaviour}`, {
      name: `Webhook ${behaviour}`,
      connector_type_id: '.webhook',
      config: { url: `${url}/${behaviour}`, hasAuth: true, sendIdempotencyKey: true },
      secrets: { user: 'someone', password: CANARY },
    });
    if (status !== 200) throw new Error(`connector ${behaviour}: ${status} ${JSON.stringify(body)}`);
  }
}
