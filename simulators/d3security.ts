import { randomUUID } from 'node:crypto';
import { contentType, isObject, parseJson, type SimulatedResponse, type SimulatorDefinition } from './harness.ts';

export const D3_TOKEN = 'd3-s3cret';
/** As D3 shows it, with the blank of the site's name encoded. */
export const D3_PATH = '/VSOC/api/Data/Kibana/Security%20Operations/CreateEvents';

function refuse(status: number, text: string): SimulatedResponse {
  return { status, body: { Message: text }, note: `refused: ${text}` };
}

/** The event in the wrapping that D3's Kibana integration reads; undefined for any other. */
function eventOf(body: unknown): Record<string, unknown> | undefined {
  const outer = isObject(body) ? body.hits : undefined;
  const inner = isObject(outer) ? outer.hits : undefined;
  const source = isObject(inner) ? inner._source : undefined;
  if (!isObject(source) || Object.keys(source).length !== 3 || !('rawData' in source)) return undefined;
  const { 'event.type': type, 'kibana.alert.severity': severity } = source;
  return typeof type === 'string' && typeof severity === 'string' ? source : undefined;
}

/**
 * The event ingestion of D3 Security: a request URL and a header key that belong together.
 * @see https://docs.d3security.com/api-docs/Working-version/webhook-data-ingestion
 */
export const d3security: SimulatorDefinition = {
  id: 'd3security',
  title: 'D3 Security event ingestion',
  tooLarge: refuse(413, 'The request is too large.'),

  start: () => ({
    handle(request) {
      if (request.path !== decodeURIComponent(D3_PATH)) return refuse(404, 'No HTTP resource was found.');
      if (request.method !== 'POST') return refuse(405, 'The requested resource does not support this method.');
      if (request.headers.d3key !== D3_TOKEN) return refuse(401, 'Authorization has been denied for this request.');
      if (contentType(request) !== 'application/json') return refuse(415, 'The media type is not supported.');
      const event = eventOf(parseJson(request.text));
      if (event === undefined) return refuse(400, 'The request is invalid.');
      return { status: 200, body: { refid: randomUUID() }, note: JSON.stringify(event.rawData) };
    },
  }),

  examples: ({ http }) => [
    {
      name: 'D3 Security simulator',
      connector_type_id: '.d3security',
      config: { url: http + D3_PATH },
      secrets: { token: D3_TOKEN },
      params: {
        subAction: 'test',
        subActionParams: { body: '{"host":"host-1","disk":93}', severity: 'high', eventType: 'Disk' },
      },
    },
  ],
};
