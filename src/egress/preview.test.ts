import { describe, expect, onTestFinished, test } from 'vitest';
import { httpServer } from '../../test/support/http-servers.ts';
import { capture, createEgress, type EgressOptions, PreviewComplete } from './index.ts';
import type { Connection, HttpClient } from './types.ts';

function open(options: EgressOptions = {}) {
  const egress = createEgress({ userAgent: 'Patchbay/1.2.3', ...options });
  onTestFinished(() => egress.close());
  return egress;
}

const send = (http: HttpClient) =>
  http.post('/tickets?x=1', { json: { a: 'ü' }, headers: { 'X-A': 'b' }, query: { page: 2 } });

describe('a preview', () => {
  test('is what the real client sends, unsent', async () => {
    const server = await httpServer();
    const connection: Connection = { baseUrl: `${server.origin}/api`, authHeaders: { Authorization: 'Bearer t' } };
    const egress = open();
    const requests = await capture(egress, (preview) => send(preview.http({ connection })));
    expect(server.seen).toEqual([]);
    expect(requests).toHaveLength(1);

    await send(egress.http({ connection }));
    const [sent, shown] = [server.seen[0], requests[0]];
    expect(shown).toMatchObject({ method: sent?.method, url: server.origin + sent?.url, body: sent?.body });
    // The rest is written by the connection itself.
    const { host, connection: _, 'content-length': __, ...headers } = sent?.headers ?? {};
    const lower = Object.entries(shown?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
    expect(Object.fromEntries(lower)).toEqual(headers);
    expect(host).toBe(server.origin.replace('http://', ''));
  });

  test('shows all requests of a handler that sends several at once', async () => {
    const requests = await capture(open(), (preview) => {
      const http = preview.http({ connection: { baseUrl: 'https://x.example' } });
      return Promise.all([http.get('/a'), http.delete('/b')]);
    });
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET https://x.example/a',
      'DELETE https://x.example/b',
    ]);
  });

  test('survives a handler that makes a verdict of everything that is thrown', async () => {
    const requests = await capture(open(), async (preview) => {
      const http = preview.http({ connection: { baseUrl: 'https://x.example' } });
      await http.get('').catch((error: unknown) => {
        expect(error).toBeInstanceOf(PreviewComplete);
        throw new Error('error calling vendor');
      });
    });
    expect(requests).toHaveLength(1);
  });

  test('passes on what goes wrong before the first request', async () => {
    await expect(capture(open(), () => Promise.reject(new Error('bad params')))).rejects.toThrow('bad params');
    const to = (baseUrl: string, options?: EgressOptions) =>
      capture(open(options), (preview) => preview.http({ connection: { baseUrl } }).get('', { headers: {} }));
    await expect(to('https://x.example', { allowedHosts: [] })).rejects.toThrow(
      'target url "https://x.example" is not added',
    );
    await expect(to('http://169.254.169.254')).rejects.toThrow('patchbay.egress.allowedAddresses');
  });

  test('of a mail', async () => {
    const requests = await capture(open(), (preview) =>
      preview
        .smtp({ host: 'mail.example', port: 587, secure: false, auth: { user: 'u', pass: 'p' } }, {})
        .send({ from: 'a@x.example', to: ['b@x.example', 'c@x.example'], subject: 'Hi', text: 'there' }),
    );
    expect(requests).toEqual([
      {
        method: 'SMTP',
        url: 'smtp://mail.example:587',
        headers: { From: 'a@x.example', To: 'b@x.example, c@x.example', Subject: 'Hi' },
        body: 'there',
      },
    ]);
    const refused = capture(open({ allowedHosts: [] }), (preview) =>
      preview.smtp({ host: 'h', port: 25, secure: false }, {}).verify(),
    );
    await expect(refused).rejects.toThrow('target hostname "h" is not added');
  });
});
