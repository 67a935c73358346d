import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  basicCredentials,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorDefinition,
} from './harness.ts';

export const WEBHOOK_USER = { user: 'patchbay', password: 's3cret' } as const;
/** What `/signed` checks with. */
export const WEBHOOK_SIGNING_SECRET = 'whsec_cGF0Y2hiYXktc2ltdWxhdG9yLXNpZ25pbmcta2V5';
/** Seconds; what is older may be a copy. */
const SIGNATURE_TOLERANCE_S = 300;
const MAX_MESSAGES = 100;

interface Message {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly content_type: string | null;
  readonly body: string;
}

function refuse(message: string, headers: Record<string, string> = {}): SimulatedResponse {
  return { status: 401, headers, body: { message }, note: `refused: ${message}` };
}

/** What is wrong with a signature, as a receiver of Standard Webhooks sees it (https://www.standardwebhooks.com). */
function signatureProblem({ headers, text }: SimulatedRequest): string | undefined {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    String(headers[name] ?? ''),
  );
  if (!id || !timestamp || !signatures) return 'The request is not signed.';
  const age = Date.now() / 1000 - Number(timestamp);
  if (!/^\d+$/.test(timestamp) || Math.abs(age) > SIGNATURE_TOLERANCE_S) {
    return `The timestamp is not within ${SIGNATURE_TOLERANCE_S} s of now.`;
  }
  const key = Buffer.from(WEBHOOK_SIGNING_SECRET.slice('whsec_'.length), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest();
  const isRight = signatures.split(' ').some((entry) => {
    const given = Buffer.from(entry.slice('v1,'.length), 'base64');
    return entry.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected);
  });
  return isRight ? undefined : 'No signature fits the secret and the body.';
}

/**
 * Takes any request and shows it again at `GET /messages`, newest first. Below `/protected` it wants HTTP Basic, below
 * `/signed` a signature.
 */
export const webhook: SimulatorDefinition = {
  id: 'webhook',
  title: 'Any web service',
  tooLarge: { status: 413, body: { message: 'The body is larger than 1 MiB.' }, note: 'refused: body too large' },

  start() {
    const messages: Message[] = [];
    return {
      inspect: ({ method, path }) =>
        method === 'GET' && path === '/messages' ? { status: 200, body: messages } : undefined,
      handle(request) {
        if (request.path.startsWith('/protected')) {
          const given = basicCredentials(request.headers.authorization);
          if (given?.user !== WEBHOOK_USER.user || given.password !== WEBHOOK_USER.password) {
            return refuse('User or password is wrong.', { 'www-authenticate': 'Basic realm="protected"' });
          }
        }
        if (request.path.startsWith('/signed')) {
          const problem = signatureProblem(request);
          if (problem !== undefined) return refuse(problem);
        }
        messages.unshift({
          at: new Date().toISOString(),
          method: request.method,
          path: request.path,
          content_type: request.headers['content-type'] ?? null,
          body: request.text,
        });
        messages.splice(MAX_MESSAGES);
        return { status: 200, body: { received: true }, note: request.text };
      },
    };
  },

  examples: ({ http }) => [
    {
      name: 'Webhook simulator',
      connector_type_id: '.webhook',
      config: { url: `${http}/hook`, hasAuth: false, headers: { 'Content-Type': 'application/json' } },
      secrets: {},
      params: { body: '{"text":"Hello from Patchbay"}' },
    },
    {
      name: 'Protected webhook simulator',
      connector_type_id: '.webhook',
      config: { url: `${http}/protected`, headers: { 'Content-Type': 'application/json' } },
      secrets: { user: WEBHOOK_USER.user, password: WEBHOOK_USER.password },
      params: { body: '{"text":"Hello from Patchbay"}' },
    },
    {
      name: 'Signed webhook simulator',
      connector_type_id: '.webhook',
      config: { url: `${http}/signed`, hasAuth: false, headers: { 'Content-Type': 'application/json' } },
      secrets: { signingSecret: WEBHOOK_SIGNING_SECRET },
      params: { body: '{"text":"Hello from Patchbay"}' },
    },
  ],
};
