import { randomUUID } from 'node:crypto';
import {
  contentType,
  isObject,
  parseJson,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorDefinition,
} from './harness.ts';
import { createTokenIssuer, OAUTH_CLIENT } from './oauth.ts';

export const GRAPH_TENANT = '11111111-2222-3333-4444-555555555555';
const SCOPE = 'https://graph.microsoft.com/.default';
const MAX_RECIPIENTS = 500;

/** Properties of a `message` that a sender may set. */
const MESSAGE_KEYS = new Set([
  'subject',
  'body',
  'importance',
  'from',
  'sender',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
  'replyTo',
  'attachments',
  'categories',
  'internetMessageHeaders',
  'isReadReceiptRequested',
  'isDeliveryReceiptRequested',
]);

function refuse(status: number, code: string, message: string): SimulatedResponse {
  const id = randomUUID();
  const innerError = { date: new Date().toISOString().slice(0, 19), 'request-id': id, 'client-request-id': id };
  return {
    status,
    headers: { 'request-id': id },
    body: { error: { code, message, innerError } },
    note: `refused: ${code}`,
  };
}

function isRecipientList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (entry) => isObject(entry) && isObject(entry.emailAddress) && typeof entry.emailAddress.address === 'string',
    )
  );
}

/** The first thing that Exchange would refuse about a message. */
function problemOf(message: Record<string, unknown>): SimulatedResponse | undefined {
  const unknown = Object.keys(message).find((key) => !MESSAGE_KEYS.has(key));
  if (unknown !== undefined) {
    return refuse(
      400,
      'RequestBodyRead',
      `The property '${unknown}' does not exist on type 'microsoft.graph.Message'. Make sure to only use property names that are defined by the type.`,
    );
  }
  const {
    subject,
    body,
    toRecipients = [],
    ccRecipients = [],
    bccRecipients = [],
    replyTo = [],
    attachments = [],
  } = message;
  if (subject !== undefined && typeof subject !== 'string')
    return refuse(400, 'RequestBodyRead', 'Cannot convert the subject to Edm.String.');
  const kind = isObject(body) ? body.contentType : undefined;
  const isText =
    isObject(body) && typeof body.content === 'string' && typeof kind === 'string' && /^(html|text)$/i.test(kind);
  if (body !== undefined && !isText)
    return refuse(400, 'RequestBodyRead', 'The body needs contentType Text or HTML and content.');
  const lists = [toRecipients, ccRecipients, bccRecipients, replyTo];
  if (!lists.every(isRecipientList)) return refuse(400, 'RequestBodyRead', 'A recipient needs emailAddress.address.');
  const addresses = (lists.slice(0, 3) as { emailAddress: { address: string } }[][])
    .flat()
    .map((entry) => entry.emailAddress.address);
  if (addresses.length === 0 || addresses.some((address) => !/^[^\s@<>]+@[^\s@<>]+$/.test(address))) {
    return refuse(400, 'ErrorInvalidRecipients', 'At least one recipient is not valid.');
  }
  if (addresses.length > MAX_RECIPIENTS)
    return refuse(400, 'ErrorExceededMaxRecipientLimit', 'The message has too many recipients.');
  const areFiles =
    Array.isArray(attachments) &&
    attachments.every(
      (file) =>
        isObject(file) &&
        file['@odata.type'] === '#microsoft.graph.fileAttachment' &&
        typeof file.name === 'string' &&
        typeof file.contentBytes === 'string',
    );
  return areFiles
    ? undefined
    : refuse(400, 'RequestBodyRead', 'An attachment needs @odata.type, name and contentBytes.');
}

function sendMail(request: SimulatedRequest): SimulatedResponse {
  const json = contentType(request) === 'application/json' ? parseJson(request.text) : undefined;
  if (!isObject(json))
    return refuse(
      400,
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    );
  const { message, saveToSentItems = true, ...rest } = json;
  const [parameter] = Object.keys(rest);
  if (parameter !== undefined)
    return refuse(
      400,
      'RequestBodyRead',
      `The parameter '${parameter}' in the request payload is not a valid parameter for the operation 'sendMail'.`,
    );
  if (!isObject(message) || typeof saveToSentItems !== 'boolean')
    return refuse(400, 'ErrorInvalidParameter', 'The value of the parameter Message is empty or invalid.');
  return problemOf(message) ?? { status: 202, note: `mail: ${String(message.subject ?? '')}` };
}

/**
 * Microsoft Graph's `sendMail` and, on the same address, Microsoft's token endpoint `/{tenant}/oauth2/v2.0/token`.
 * Senders whose address starts with `unknown` do not exist.
 * @see https://learn.microsoft.com/graph/api/user-sendmail and https://learn.microsoft.com/graph/errors
 */
export const graph: SimulatorDefinition = {
  id: 'graph',
  title: 'Microsoft Graph mail',
  // Graph's own limit for one request is 4 MB.
  maxBodyBytes: 4 * 1024 * 1024,
  tooLarge: refuse(413, 'RequestEntityTooLarge', 'The request is larger than 4 MB.'),

  start() {
    const issuer = createTokenIssuer({ scope: SCOPE });
    return {
      handle(request) {
        const { method, path } = request;
        if (path === `/${GRAPH_TENANT}/oauth2/v2.0/token`) return issuer.answer(request);
        const [, user, action] = /^\/v1\.0\/users\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
        if (user === undefined)
          return refuse(404, 'BadRequest', `Resource not found for the segment '${path.slice(1, 100)}'.`);
        const [, token] = /^Bearer (.*)$/.exec(request.headers.authorization ?? '') ?? [];
        if (token === undefined) return refuse(401, 'InvalidAuthenticationToken', 'Access token is empty.');
        if (!issuer.isValid(token))
          return refuse(401, 'InvalidAuthenticationToken', 'Access token has expired or is not yet valid.');
        if (user.startsWith('unknown'))
          return refuse(404, 'ErrorInvalidUser', `The requested user '${user}' is invalid.`);
        if (method === 'GET' && action === undefined) return { status: 200, body: { id: user } };
        if (method === 'POST' && action === 'sendMail') return sendMail(request);
        return refuse(405, 'Request_BadRequest', `Specified HTTP method is not allowed for the request target.`);
      },
    };
  },

  examples: ({ http }) => [
    {
      name: 'Exchange simulator',
      connector_type_id: '.email',
      config: {
        service: 'exchange_server',
        from: 'alerts@example.com',
        tenantId: GRAPH_TENANT,
        clientId: OAUTH_CLIENT.id,
      },
      secrets: { clientSecret: OAUTH_CLIENT.secret },
      params: { to: ['ops@example.com'], subject: 'Hello', message: 'Hello from **Patchbay**' },
      settings: { 'xpack.actions.microsoftExchangeUrl': http, 'xpack.actions.microsoftGraphApiUrl': `${http}/v1.0` },
    },
  ],
};
