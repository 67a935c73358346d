import http, { type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import email from './index.ts';
import { config as configSchema, secrets as secretsSchema } from './schema.ts';
import { cleanUps, contextOf, failedWith, send, TEST_TOKEN } from './test-run.ts';
import { testSettings } from './test-support.ts';

describe('through Microsoft Graph', () => {
  interface Seen {
    method: string;
    url: string;
    body: unknown;
  }

  /** Accepts exactly what Graph accepts for sendMail, else answers as Graph would. */
  async function graph(
    answer?: (
      request: IncomingMessage,
    ) => { status: number; headers?: Record<string, string>; body?: string } | undefined,
  ) {
    const seen: Seen[] = [];
    const server = http.createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      seen.push({ method: request.method!, url: request.url!, body: text === '' ? undefined : JSON.parse(text) });
      const special = answer?.(request);
      if (special !== undefined) return response.writeHead(special.status, special.headers).end(special.body);
      if (request.headers.authorization !== TEST_TOKEN)
        return response.writeHead(401).end('{"error":{"code":"InvalidAuthenticationToken"}}');
      if (request.method === 'GET') return response.writeHead(200).end('{"id":"1"}');
      if (!/^application\/json/.test(request.headers['content-type'] ?? '')) return response.writeHead(415).end();
      response.writeHead(202).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const microsoftGraphApiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1.0/`;
    return { seen, settings: testSettings({ microsoftGraphApiUrl }) };
  }

  const config = { service: 'exchange_server', from: 'Bob <bob+a/b@example.com>', clientId: 'c', tenantId: 't' };
  const secrets = { clientSecret: 's' };

  test('a message that is too large for a request is not sent', async () => {
    const { seen, settings } = await graph();
    const tooLong = await send({ config, secrets, settings, params: { message: 'é'.repeat(2_200_000) } });
    expect(tooLong).toEqual(
      failedWith('params_invalid', {
        retry: false,
        serviceMessage: expect.stringMatching(
          /^The e-mail was not sent: it has 44\d{5} bytes as a request to Microsoft Graph, which takes at most 4194304\.$/,
        ),
      }),
    );
    expect(seen).toEqual([]);
    const long = await send({ config, secrets, settings, params: { message: 'é'.repeat(2_090_000) } });
    expect(long).toMatchObject({ outcome: 'delivered' });
  });

  test('one request says it all', async () => {
    const { seen, settings } = await graph();
    const params = {
      cc: ['team: a@x.org, B <b@x.org>;'],
      replyTo: ['r@x.org'],
      attachments: [
        { filename: 'a.csv', content: 'a;b', contentType: 'text/csv' },
        { filename: 'b.gif', content: 'R0lG', encoding: 'base64' },
      ],
    };
    const verdict = await send({ config, secrets, settings, params, source: 'notification' });
    expect(verdict).toEqual({ outcome: 'delivered', data: '' });
    const address = (text: string) => ({ emailAddress: { address: text } });
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/v1.0/users/bob%2Ba%2Fb@example.com/sendMail',
        body: {
          message: {
            subject: 'Hello',
            body: { contentType: 'HTML', content: '<p><strong>Hi</strong></p>\n' },
            toRecipients: [address('jim@x.org')],
            ccRecipients: [address('a@x.org'), address('b@x.org')],
            bccRecipients: [],
            replyTo: [address('r@x.org')],
            attachments: [
              {
                '@odata.type': '#microsoft.graph.fileAttachment',
                name: 'a.csv',
                contentType: 'text/csv',
                contentBytes: Buffer.from('a;b').toString('base64'),
              },
              { '@odata.type': '#microsoft.graph.fileAttachment', name: 'b.gif', contentBytes: 'R0lG' },
            ],
          },
        },
      },
    ]);
  });

  test('replyTo and attachments are left out when there are none', async () => {
    const { seen, settings } = await graph();
    await send({ config, secrets, settings });
    expect(Object.keys((seen[0]!.body as { message: object }).message)).toEqual([
      'subject',
      'body',
      'toRecipients',
      'ccRecipients',
      'bccRecipients',
    ]);
  });

  test.each<[number, string | undefined, object]>([
    [200, '{"ok":true}', { code: 'target_response_invalid', serviceMessage: '{"ok":true}', retry: false }],
    [
      400,
      '{"error":{"code":"ErrorInvalidRecipients"}}',
      { code: 'target_rejected', serviceMessage: '{"error":{"code":"ErrorInvalidRecipients"}}', retry: false },
    ],
    [401, '{"error":{}}', { code: 'target_auth', retry: false }],
    [403, '{"error":{}}', { code: 'target_auth', retry: false }],
    [500, 'oops', { code: 'target_unavailable', serviceMessage: '"oops"', retry: true }],
    [429, '{}', { code: 'target_rate_limited', retry: true }],
  ])('answer %i', async (status, body, expected) => {
    const { settings } = await graph(() => ({ status, body }));
    expect(await send({ config, secrets, settings })).toMatchObject({
      outcome: 'failed',
      message: 'error sending email',
      ...expected,
    });
  });

  test('429 with Retry-After is repeated not before then', async () => {
    const at = new Date(Math.floor(Date.now() / 1000) * 1000 + 3_600_000);
    const { settings } = await graph(() => ({ status: 429, headers: { 'Retry-After': at.toUTCString() }, body: '{}' }));
    expect(await send({ config, secrets, settings })).toEqual(failedWith('target_rate_limited', { retry: at }));
  });

  test('the test looks the sender up', async () => {
    const { seen, settings } = await graph();
    expect(await email.test!(await contextOf({ config, secrets, settings }))).toMatchObject({ outcome: 'delivered' });
    expect(seen).toEqual([{ method: 'GET', url: '/v1.0/users/bob%2Ba%2Fb@example.com?%24select=id', body: undefined }]);

    const narrow = await graph(() => ({ status: 403, body: '{}' }));
    expect(await email.test!(await contextOf({ config, secrets, settings: narrow.settings }))).toMatchObject({
      outcome: 'delivered',
      warning: expect.stringContaining('may not read the directory'),
    });
    const wrong = await graph(() => ({ status: 404, body: '{}' }));
    expect(await email.test!(await contextOf({ config, secrets, settings: wrong.settings }))).toMatchObject({
      outcome: 'failed',
      code: 'target_rejected',
    });
  });

  test('the token comes from the tenant, or from where the connector says', () => {
    const auth = (more: object) =>
      email.auth!({
        config: configSchema.parse({ ...config, ...more }),
        secrets: secretsSchema.parse(secrets),
        settings: testSettings(),
      });
    const rest = { kind: 'oauth2', clientId: 'c', clientSecret: 's', scope: 'https://graph.microsoft.com/.default' };
    expect(auth({})).toEqual({ ...rest, tokenUrl: 'https://login.microsoftonline.com/t/oauth2/v2.0/token' });
    expect(auth({ oauthTokenUrl: 'https://x.org/token' })).toEqual({ ...rest, tokenUrl: 'https://x.org/token' });
    expect(auth({ service: 'gmail' })).toBeUndefined();
  });
});
