import { basicCredentials, type SimulatorDefinition } from './harness.ts';

export const WEBHOOK_USER = { user: 'patchbay', password: 's3cret' } as const;
const MAX_MESSAGES = 100;

interface Message {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly content_type: string | null;
  readonly body: string;
}

/**
 * Takes any request and shows it again at `GET /messages`, newest first. Below `/protected` it wants HTTP Basic.
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
            return {
              status: 401,
              headers: { 'www-authenticate': 'Basic realm="protected"' },
              body: { message: 'User or password is wrong.' },
              note: 'refused: wrong user or password',
            };
          }
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
  ],
};
