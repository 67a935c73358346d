import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { call, HEADERS } from './client.ts';
import { markedBody } from './marker.ts';
import type { Stored } from './stored.ts';

/** Webhook connectors to one URL. Ids can be chosen, for settings that name them. */
export async function createWebhooks(
  serverUrl: string,
  target: string,
  count: number,
  idPrefix = 'hook',
): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `${idPrefix}-${index}`);
  for (const id of ids) {
    await call(serverUrl, 'POST', `/api/actions/connector/${id}`, {
      name: id,
      connector_type_id: '.webhook',
      config: { url: target, hasAuth: false, headers: { 'Content-Type': 'application/json' } },
    });
  }
  return ids;
}

export interface BulkOptions {
  readonly connectorIds: readonly string[];
  /** The marker of the first action; the others follow. */
  readonly first: number;
  readonly count: number;
  /** Actions in one request, at most 1,000. */
  readonly perRequest: number;
  readonly startAt?: Date;
  /** Params for a marker; left out: those of `.webhook`. */
  readonly paramsOf?: (marker: number) => Record<string, unknown>;
}

/** Bodies of `_bulk_enqueue`, ready to be sent; the connectors take turns. */
export function bulkBodies(options: BulkOptions): string[] {
  const { connectorIds, first, count, perRequest, startAt } = options;
  const paramsOf = options.paramsOf ?? ((marker: number) => ({ body: markedBody(marker) }));
  const more = startAt === undefined ? '' : `,"start_at":"${startAt.toISOString()}"`;
  const bodies: string[] = [];
  for (let done = 0; done < count; done += perRequest) {
    const actions = Array.from({ length: Math.min(perRequest, count - done) }, (_, index) => {
      const number = done + index;
      const params = JSON.stringify(paramsOf(first + number));
      return `{"id":"${connectorIds[number % connectorIds.length]}","params":${params}${more}}`;
    });
    bodies.push(`{"actions":[${actions.join(',')}]}`);
  }
  return bodies;
}

/** Sends to one server. `close` it. */
export interface Enqueuer {
  /** One request; resolves when all its actions are accepted. */
  bulk(body: string): Promise<void>;
  /** All bodies, some at a time. `onAccepted` gets the index of each. */
  all(bodies: readonly string[], inFlight: number, onAccepted?: (index: number) => void): Promise<void>;
  /** One `_enqueue`. */
  one(connectorId: string, body: string): Promise<void>;
  close(): Promise<void>;
}

export function createEnqueuer(serverUrl: string): Enqueuer {
  const dispatcher = new Agent({ connections: 64, keepAliveTimeout: 30_000 });

  async function post(path: string, body: string): Promise<string> {
    const answer = await request(serverUrl + path, { dispatcher, method: 'POST', headers: HEADERS, body });
    const text = await answer.body.text();
    if (answer.statusCode === 202) return text;
    throw new Error(`${path} answered ${answer.statusCode}: ${text.slice(0, 500)}`);
  }

  async function bulk(body: string): Promise<void> {
    const text = await post('/api/actions/_bulk_enqueue', body);
    if (!text.includes('"errors":false')) throw new Error(`_bulk_enqueue refused actions: ${text.slice(0, 500)}`);
  }

  return {
    bulk,
    async all(bodies, inFlight, onAccepted) {
      let next = 0;
      const worker = async () => {
        while (next < bodies.length) {
          const index = next;
          next += 1;
          await bulk(bodies[index]!);
          onAccepted?.(index);
        }
      };
      await Promise.all(Array.from({ length: inFlight }, worker));
    },
    one: async (connectorId, body) => void (await post(`/api/actions/connector/${connectorId}/_enqueue`, body)),
    close: () => dispatcher.close(),
  };
}

/**
 * Waits until the queue is empty, and checks that all executions in the log have succeeded.
 *
 * @throws {Error} after `timeoutMs`, or when another number has
 */
export async function expectSucceeded(stored: Stored, count: number, timeoutMs = 60_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const { all } = await stored.queued();
    if (all === 0) break;
    if (performance.now() > end) throw new Error(`${all} actions are still queued after ${timeoutMs / 1000} s`);
    await sleep(100);
  }
  const statuses = await stored.statuses();
  if (statuses.succeeded !== count || Object.keys(statuses).length !== 1) {
    throw new Error(`expected ${count} executions that succeeded, found ${JSON.stringify(statuses)}`);
  }
}
