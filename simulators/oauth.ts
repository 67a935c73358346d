import {
  basicCredentials,
  contentType,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorDefinition,
} from './harness.ts';

export const OAUTH_CLIENT = { id: 'patchbay', secret: 'client-s3cret' } as const;

export interface TokenIssuer {
  answer(request: SimulatedRequest): SimulatedResponse;
  /** Whether it gave out this token and the token still lives. */
  isValid(token: string): boolean;
}

interface IssuerOptions {
  /** Seconds. */
  expiresIn?: number;
  /** The one scope that is given; without it any is. */
  scope?: string;
}

const MAX_TOKENS = 1_000;

function refuse(status: number, error: string, description: string): SimulatedResponse {
  return {
    status,
    headers: { 'cache-control': 'no-store', ...(status === 401 ? { 'www-authenticate': 'Basic realm="token"' } : {}) },
    body: { error, error_description: description },
    note: `refused: ${error}`,
  };
}

/** The credentials of RFC 6749 section 2.3.1, from the header or from the body, never both. */
function clientOf(
  request: SimulatedRequest,
  form: URLSearchParams,
): { id: string; secret: string } | 'both' | undefined {
  const inHeader = basicCredentials(request.headers.authorization);
  const id = form.get('client_id');
  const secret = form.get('client_secret');
  if (inHeader !== undefined && secret !== null) return 'both';
  if (inHeader !== undefined) {
    // Both parts are form-encoded before they become Basic credentials.
    const decode = (text: string) => new URLSearchParams(`x=${text}`).get('x') ?? '';
    return { id: decode(inHeader.user), secret: decode(inHeader.password) };
  }
  return id === null || secret === null ? undefined : { id, secret };
}

/** A token endpoint for the client-credentials grant. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4 */
export function createTokenIssuer({ expiresIn = 3_600, scope }: IssuerOptions = {}): TokenIssuer {
  const expiryByToken = new Map<string, number>();
  let count = 0;

  return {
    answer(request) {
      if (request.method !== 'POST') return refuse(405, 'invalid_request', 'Use POST.');
      if (contentType(request) !== 'application/x-www-form-urlencoded') {
        return refuse(400, 'invalid_request', 'The body must be application/x-www-form-urlencoded.');
      }
      const form = new URLSearchParams(request.text);
      const names = [...form.keys()];
      if (new Set(names).size !== names.length) return refuse(400, 'invalid_request', 'A parameter is repeated.');
      const client = clientOf(request, form);
      if (client === 'both') return refuse(400, 'invalid_request', 'Send the client credentials once.');
      if (client?.id !== OAUTH_CLIENT.id || client.secret !== OAUTH_CLIENT.secret) {
        return refuse(401, 'invalid_client', 'Unknown client or wrong secret.');
      }
      const grant = form.get('grant_type');
      if (grant === null) return refuse(400, 'invalid_request', 'grant_type is missing.');
      if (grant !== 'client_credentials')
        return refuse(400, 'unsupported_grant_type', `Not supported: ${grant.slice(0, 50)}`);
      if (scope !== undefined && form.get('scope') !== scope) return refuse(400, 'invalid_scope', `Ask for ${scope}`);

      count += 1;
      const token = `simulated-token-${count}`;
      expiryByToken.set(token, Date.now() + expiresIn * 1_000);
      if (expiryByToken.size > MAX_TOKENS) expiryByToken.delete(expiryByToken.keys().next().value!);
      return {
        status: 200,
        headers: { 'cache-control': 'no-store' },
        body: { access_token: token, token_type: 'Bearer', expires_in: expiresIn },
        note: `gave out token ${count}`,
      };
    },
    isValid: (token) => (expiryByToken.get(token) ?? 0) > Date.now(),
  };
}

/**
 * An OAuth 2.0 token server at `/token`, and at `/api` something to call with its tokens.
 *
 * @param options.expiresIn life of a token in seconds, default 3600
 */
export function oauthServer(options: IssuerOptions = {}): SimulatorDefinition {
  return {
    id: 'oauth',
    title: 'OAuth 2.0 token server',
    start() {
      const issuer = createTokenIssuer(options);
      return {
        handle(request) {
          if (request.path === '/token') return issuer.answer(request);
          if (request.path !== '/api') return { status: 404, body: { message: 'Only /token and /api exist here.' } };
          const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
          if (token === undefined || !issuer.isValid(token)) {
            return {
              status: 401,
              headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
              body: { message: 'The access token is missing, unknown or expired.' },
              note: 'refused: no valid token',
            };
          }
          return { status: 200, body: { received: request.text.length }, note: request.text };
        },
      };
    },
    examples: ({ http }) => [
      {
        name: 'OAuth simulator',
        connector_type_id: '.webhook',
        config: {
          url: `${http}/api`,
          authType: 'webhook-oauth2-client-credentials',
          accessTokenUrl: `${http}/token`,
          clientId: OAUTH_CLIENT.id,
        },
        secrets: { clientSecret: OAUTH_CLIENT.secret },
        params: { body: '{"text":"Hello from Patchbay"}' },
      },
    ],
  };
}
