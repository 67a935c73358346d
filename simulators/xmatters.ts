import { randomUUID } from 'node:crypto';
import {
  basicCredentials,
  contentType,
  isObject,
  parseJson,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorDefinition,
} from './harness.ts';

export const XMATTERS_USER = { user: 'patchbay', password: 'xmatters-s3cret' } as const;
export const XMATTERS_API_KEY = 'c0ffee00-0000-4000-8000-0000000000aa';
/** The one trigger that exists here. */
export const XMATTERS_PATH = '/api/integration/1/functions/00000000-0000-4000-8000-000000000001/triggers';

/** What the trigger for Elastic's connector reads; all of them are texts. */
const KEYS = new Set(['alertActionGroupName', 'signalId', 'ruleName', 'date', 'severity', 'spaceId', 'tags']);

function refuse(code: number, reason: string, message: string): SimulatedResponse {
  return { status: code, body: { code, reason, message }, note: `refused: ${message}` };
}

function maySend({ query, headers }: SimulatedRequest): boolean {
  const key = query.get('apiKey');
  if (key !== null) return key === XMATTERS_API_KEY;
  const given = basicCredentials(headers.authorization);
  return given?.user === XMATTERS_USER.user && given.password === XMATTERS_USER.password;
}

/**
 * The trigger "Elastic Alerts (Connector)" of a flow: it takes a request, answers with its id, and works later.
 * @see https://help.xmatters.com/ondemand/xmodwelcome/flowdesigner/elastic-steps.htm
 * @see https://help.xmatters.com/ondemand/integrationbuilder/create-inbound-updates.htm
 */
export const xmatters: SimulatorDefinition = {
  id: 'xmatters',
  title: 'xMatters trigger for Elastic alerts',
  tooLarge: refuse(413, 'Request Entity Too Large', 'The request is larger than xMatters takes.'),

  start: () => ({
    handle(request) {
      if (request.path !== XMATTERS_PATH) return refuse(404, 'Not Found', 'Could not find the integration.');
      if (request.method !== 'POST') return refuse(405, 'Method Not Allowed', 'Send a POST request.');
      if (!maySend(request)) return refuse(401, 'Unauthorized', 'Authentication failed');
      if (contentType(request) !== 'application/json') return refuse(415, 'Unsupported Media Type', 'Send JSON.');
      const signal = parseJson(request.text);
      if (!isObject(signal)) return refuse(400, 'Bad Request', 'The request body is not a JSON object.');
      const strange = Object.entries(signal).find(([key, value]) => !KEYS.has(key) || typeof value !== 'string');
      if (strange !== undefined) return refuse(400, 'Bad Request', `The trigger has no text "${strange[0]}".`);
      if (!signal.severity) return refuse(400, 'Bad Request', 'The severity is missing.');
      const { signalId, alertActionGroupName, ruleName = '', severity } = signal;
      const isTest = signalId === undefined && alertActionGroupName === undefined;
      const note = isTest ? `test signal, severity ${severity}` : `${alertActionGroupName}: ${ruleName}, ${severity}`;
      return { status: 202, body: { requestId: randomUUID() }, note };
    },
  }),

  examples: ({ http }) => [
    {
      name: 'xMatters simulator',
      connector_type_id: '.xmatters',
      config: { configUrl: http + XMATTERS_PATH, usesBasic: true },
      secrets: XMATTERS_USER,
      params: { alertActionGroupName: 'Fired', signalId: 'rule-1:host-1', ruleName: 'Disk is full', severity: 'high' },
    },
    {
      name: 'xMatters simulator with an API key',
      connector_type_id: '.xmatters',
      config: { usesBasic: false },
      secrets: { secretsUrl: `${http}${XMATTERS_PATH}?apiKey=${XMATTERS_API_KEY}` },
      params: { severity: 'low', tags: 'test' },
    },
  ],
};
