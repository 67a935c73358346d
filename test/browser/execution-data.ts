import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { type AttemptRow, type ExecutionRow, executionRows } from '../../src/db/executions.ts';
import { newExecutionId } from '../../src/runs/execution-id.ts';
import type { TestApp } from '../support/app.ts';

/** Ended some time ago, as the log has it. */
export interface PastExecution extends Partial<Omit<ExecutionRow, 'attempts'>> {
  /** Milliseconds before now. */
  readonly agoMs: number;
  readonly attempts?: readonly AttemptRow[];
}

/** Writes executions of the past straight into the log, which no call can do, and returns their ids. */
export async function logPast(app: TestApp, past: readonly PastExecution[]): Promise<string[]> {
  const rows = past.map(({ agoMs, ...given }): ExecutionRow => {
    const createdAt = new Date(Date.now() - agoMs);
    return {
      id: newExecutionId(createdAt.getTime()),
      spaceId: 'default',
      connectorId: 'ops',
      connectorTypeId: '.webhook',
      connectorName: 'Ops pager',
      source: 'queue',
      status: 'succeeded',
      createdAt,
      finishedAt: new Date(createdAt.getTime() + 1_500),
      attempts: [],
      ...given,
    };
  });
  await executionRows(app.database.db.kysely).insertMany(rows);
  return rows.map(({ id }) => id);
}

/** A target that answers as it is told to. */
export interface Target {
  readonly origin: string;
  /** Bodies that arrived, by path. */
  readonly bodies: Map<string, string[]>;
  close(): Promise<void>;
}

/** Answers with the status that the path begins with, such as `/503/anything`; anything else with 200. */
export async function startTarget(): Promise<Target> {
  const bodies = new Map<string, string[]>();
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '/';
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      bodies.set(path, [...(bodies.get(path) ?? []), body]);
      response.statusCode = Number(/^\/(\d{3})\b/.exec(path)?.[1] ?? 200);
      response.end('{"from":"the target"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A webhook connector that leads to a path of the target. */
export async function createHook(app: TestApp, target: Target, id: string, name: string, path: string): Promise<void> {
  const config = { url: target.origin + path, method: 'post', hasAuth: false };
  const body = { connector_type_id: '.webhook', name, config, secrets: {} };
  const answer = await app.call('POST', `/api/actions/connector/${id}`, body);
  if (answer.status !== 200) throw new Error(answer.text);
}

/** Puts an action into the queue and returns the id of its execution. */
export async function enqueue(app: TestApp, id: string, params: unknown, more: object = {}): Promise<string> {
  const answer = await app.call('POST', `/api/actions/connector/${id}/_enqueue`, { params, ...more });
  if (answer.status !== 202) throw new Error(answer.text);
  return answer.body.execution_id;
}

/** How an execution stands now. */
export async function statusOf(app: TestApp, executionId: string): Promise<string> {
  return (await app.call('GET', `/api/actions/execution/${executionId}`)).body.status;
}

/** Like `expect.poll`, with time for a busy machine and for what a page reads every some seconds. */
export const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 12_000 });
