import { randomUUID } from 'node:crypto';
import { contentType, parseJson, type SimulatedResponse, type SimulatorDefinition } from './harness.ts';

export const TORQ_TOKEN = 'torq-s3cret';
/** The one integration that exists here; any other is not found. */
export const TORQ_PATH = '/v1/webhooks/af6aab8d-0000-4000-8000-74259a93b18f';
/** The asynchronous URL of its one workflow, which answers with the id of the execution. */
export const TORQ_WORKFLOW_PATH = `${TORQ_PATH}/workflows/710c5349-0000-4000-8000-e15671ca4ffb`;

function refuse(status: number, message: string): SimulatedResponse {
  return { status, body: { message }, note: `refused: ${message}` };
}

/**
 * Torq's webhooks: an endpoint for each integration, with an authentication header of one's own choice.
 * @see https://kb.torq.io/en/articles/9139841-webhook
 */
export const torq: SimulatorDefinition = {
  id: 'torq',
  title: 'Torq trigger integration',
  tooLarge: refuse(413, 'request body too large'),

  start: () => ({
    handle(request) {
      const { method, path, headers, text } = request;
      if (path !== TORQ_PATH && path !== TORQ_WORKFLOW_PATH) return refuse(404, 'webhook not found');
      if (method !== 'POST' && method !== 'GET' && method !== 'OPTIONS') return refuse(405, 'method not allowed');
      if (headers['x-torq-token'] !== TORQ_TOKEN) return refuse(401, 'unauthorized');
      if (text !== '' && contentType(request) !== 'application/json') return refuse(415, 'unsupported content type');
      if (text !== '' && parseJson(text) === undefined) return refuse(400, 'malformed event');
      if (path === TORQ_PATH) return { status: 204, note: text };
      return { status: 200, body: { execution_id: randomUUID() }, note: text };
    },
  }),

  // Of all hosts but Torq's own, a Torq connector takes only this name.
  examples: ({ http }) => [
    {
      name: 'Torq simulator',
      connector_type_id: '.torq',
      config: { webhookIntegrationUrl: `http://localhost:${new URL(http).port}${TORQ_PATH}` },
      secrets: { token: TORQ_TOKEN },
      params: { body: '{"host":"host-1","disk":93}' },
    },
  ],
};
