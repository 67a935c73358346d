import { contentType, isObject, parseJson, type SimulatedResponse, type SimulatorDefinition } from './harness.ts';

/** The paths that exist here; any other is refused as Slack does. */
export const SLACK_PATH = '/services/T000/B000/XXXX';
/** A webhook whose channel was archived. */
export const SLACK_ARCHIVED_PATH = '/services/T000/B000/ARCHIVED';

const LIMITS = { blocks: 50, attachments: 100 } as const;

function refuse(status: number, word: string): SimulatedResponse {
  return { status, body: word, note: `refused: ${word}` };
}

function payloadOf(type: string, text: string): unknown {
  if (type === 'application/json') return parseJson(text);
  if (type === 'application/x-www-form-urlencoded') return parseJson(new URLSearchParams(text).get('payload') ?? '');
  return undefined;
}

/**
 * Slack's incoming webhooks: `ok` or one word that says what is wrong, both as plain text.
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
 */
export const slack: SimulatorDefinition = {
  id: 'slack',
  title: 'Slack incoming webhook',
  tooLarge: refuse(413, 'payload_too_large'),

  start: () => ({
    handle(request) {
      const [, services, team, service, token, ...rest] = request.path.split('/');
      if (services !== 'services' || token === undefined || rest.length > 0) return refuse(404, 'no_service');
      if (request.method !== 'POST') return refuse(400, 'invalid_payload');
      if (team !== 'T000') return refuse(404, 'no_team');
      if (service !== 'B000') return refuse(404, 'no_service');
      if (request.path === SLACK_ARCHIVED_PATH) return refuse(410, 'channel_is_archived');
      if (token !== 'XXXX') return refuse(403, 'invalid_token');

      const payload = payloadOf(contentType(request), request.text);
      if (!isObject(payload)) return refuse(400, 'invalid_payload');
      const { text, blocks, attachments } = payload;
      if (text !== undefined && typeof text !== 'string') return refuse(400, 'invalid_payload');
      if (
        blocks !== undefined &&
        (!Array.isArray(blocks) || blocks.length > LIMITS.blocks || !blocks.every(isObject))
      ) {
        return refuse(400, 'invalid_blocks');
      }
      if (attachments !== undefined && !Array.isArray(attachments)) return refuse(400, 'invalid_attachments');
      if (attachments !== undefined && attachments.length > LIMITS.attachments)
        return refuse(400, 'too_many_attachments');
      if (!text && !blocks?.length && !attachments?.length) return refuse(400, 'no_text');
      return { status: 200, body: 'ok', note: text || JSON.stringify(blocks ?? attachments) };
    },
  }),

  examples: ({ http }) => [
    {
      name: 'Slack simulator',
      connector_type_id: '.slack',
      config: {},
      secrets: { webhookUrl: `${http}${SLACK_PATH}` },
      params: { message: 'Hello from Patchbay' },
    },
  ],
};
