import { expect } from 'vitest';
import type { Answer, TestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';

// biome-ignore lint/suspicious/noExplicitAny: an answer of the API
type Execution = any;

export const HOUR_MS = 3_600_000;
/** A time from now, as requests want it. */
export const fromNow = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** Enqueues with what the administrator's client sends; `body` beside `params`. */
export function enqueue(
  app: TestApp,
  connectorId: string,
  body: Record<string, unknown> = {},
  { headers = {}, space = '' }: { headers?: Record<string, string | undefined>; space?: string } = {},
): Promise<Answer> {
  const path = `${space}/api/actions/connector/${encodeURIComponent(connectorId)}/_enqueue`;
  return app.call('POST', path, { params: { body: '{}' }, ...body }, headers);
}

/** The same, expecting it to be accepted. @returns the execution's id */
export async function accepted(...given: Parameters<typeof enqueue>): Promise<string> {
  const { status, body, text } = await enqueue(...given);
  expect(status, text).toBe(202);
  return body.execution_id;
}

export function bulk(app: TestApp, actions: unknown, space = ''): Promise<Answer> {
  return app.call('POST', `${space}/api/actions/_bulk_enqueue`, { actions });
}

export async function executionOf(app: TestApp, id: string, space = ''): Promise<Execution> {
  const { status, body, text } = await app.call('GET', `${space}/api/actions/execution/${id}`);
  expect(status, text).toBe(200);
  return body;
}

/** Waits until an execution has one of these states, by default until it has ended. */
export async function inState(
  app: TestApp,
  id: string,
  states: readonly string[] = ['succeeded', 'failed', 'expired', 'cancelled'],
  space = '',
): Promise<Execution> {
  let execution: Execution;
  await until(
    async () => {
      execution = await executionOf(app, id, space);
      return states.includes(execution.status);
    },
    `execution ${id} is ${states.join(' or ')}`,
  );
  return execution;
}

export function retry(app: TestApp, id: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
  return app.call('POST', `/api/actions/execution/${id}/_retry`, body, headers);
}

export function cancel(app: TestApp, id: string, headers?: Record<string, string>): Promise<Answer> {
  return app.call('POST', `/api/actions/execution/${id}/_cancel`, undefined, headers);
}
