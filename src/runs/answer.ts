import type { Verdict } from '../connectors/verdict.ts';

/** The body of `_execute`, exactly Kibana's keys; those without a value are left out. */
export interface ExecuteAnswer {
  connector_id: string;
  status: 'ok' | 'error';
  data?: unknown;
  message?: string;
  service_message?: string;
  retry?: boolean | string;
  errorSource?: 'user' | 'framework';
}

export function toExecuteAnswer(connectorId: string, verdict: Verdict): ExecuteAnswer {
  const answer: ExecuteAnswer = { connector_id: connectorId, status: verdict.outcome === 'delivered' ? 'ok' : 'error' };
  if (verdict.data !== undefined) answer.data = verdict.data;
  if (verdict.outcome === 'delivered') return answer;
  answer.message = verdict.message;
  if (verdict.serviceMessage) answer.service_message = verdict.serviceMessage;
  if (verdict.retry !== undefined)
    answer.retry = verdict.retry instanceof Date ? verdict.retry.toISOString() : verdict.retry;
  answer.errorSource = verdict.errorSource ?? 'user';
  return answer;
}
