import { queryOptions } from '@tanstack/react-query';
import { firstRunWords } from '../words/first-run.ts';
import { call } from './client.ts';
import type { Connector } from './connectors.ts';

/** Whether the server can start a practice target: it depends on its settings and on who asks. */
export const practiceTargetQuery = queryOptions({
  queryKey: ['practice-target'],
  queryFn: async ({ signal }) =>
    (await call<{ on_offer: boolean }>('internal/first-run/simulator', { signal })).on_offer,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Starts the practice target and creates a connector for it. */
export async function createPracticeConnector(): Promise<string> {
  const answer = await call<{ connector_id: string }>('internal/first-run/simulator', { method: 'POST' });
  return answer.connector_id;
}

/** Creates a connector that writes to the server's log: it needs no target. */
export async function createLogConnector(): Promise<string> {
  const body = { name: firstRunWords.create.logName, connector_type_id: '.server-log' };
  return (await call<Connector>('api/actions/connector', { method: 'POST', body })).id;
}

/** How a run ended, told at once. */
export interface RunResult {
  readonly status: 'ok' | 'error';
  readonly execution_id: string;
  readonly message?: string;
  readonly service_message?: string;
}

/** Sends the first message through one of the connectors that the steps make. */
export function sendFirstMessage(connector: Connector): Promise<RunResult> {
  const { message } = firstRunWords.test;
  const params =
    connector.connector_type_id === '.server-log' ? { message } : { body: JSON.stringify({ text: message }) };
  return call(`api/actions/connector/${encodeURIComponent(connector.id)}/_execute?extended=true`, {
    method: 'POST',
    body: { params },
  });
}
