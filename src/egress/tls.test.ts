import { describe, expect, onTestFinished, test } from 'vitest';
import { cert, httpsServer } from '../../test/support/http-servers.ts';
import { createEgress, type EgressOptions } from './index.ts';
import { tlsKey } from './tls.ts';
import { EgressError, type TlsOptions } from './types.ts';

const ca = cert('ca.crt').toString();

async function get(origin: string, tls: TlsOptions | undefined, options: EgressOptions = {}, perRequest?: TlsOptions) {
  const egress = createEgress(options);
  onTestFinished(() => egress.close());
  return egress.http({ connection: { baseUrl: origin, tls } }).get('', { tls: perRequest });
}

async function refusal(promise: Promise<unknown>): Promise<EgressError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EgressError)) throw new Error(`expected an EgressError, got ${String(error)}`);
  return error;
}

describe('certificates are checked', () => {
  test.each([
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT', undefined],
    ['localhost', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined],
    ['expired', 'CERT_HAS_EXPIRED', { ca }],
    ['wrong-name', 'ERR_TLS_CERT_ALTNAME_INVALID', { ca }],
  ])('%s: %s', async (certificate, systemCode, tls) => {
    const server = await httpsServer(undefined, { certificate });
    const error = await refusal(get(server.origin, tls));
    expect(error).toMatchObject({ code: 'egress_tls', systemCode });
    expect(error.message).toContain(`localhost:${server.port}`);
    // Existing checks look for the word, and not at the start.
    expect(error.message.indexOf('certificate')).toBeGreaterThan(0);
    expect(server.seen).toHaveLength(0);
  });

  test('a right one passes, by name and by address', async () => {
    const server = await httpsServer();
    expect((await get(server.origin, { ca })).status).toBe(200);
    expect((await get(`https://127.0.0.1:${server.port}`, { ca })).status).toBe(200);
  });

  test('a Host header does not change whose certificate is wanted', async () => {
    const server = await httpsServer(undefined, { certificate: 'wrong-name' });
    const egress = createEgress();
    onTestFinished(() => egress.close());
    const http = egress.http({ connection: { baseUrl: server.origin, tls: { ca } } });
    const error = await refusal(http.get('', { headers: { Host: 'elsewhere.example' } }));
    expect(error.systemCode).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });
});

describe('modes', () => {
  test('none takes anything, certificate ignores the name only', async () => {
    const [self, wrong] = [
      await httpsServer(undefined, { certificate: 'self-signed' }),
      await httpsServer(undefined, { certificate: 'wrong-name' }),
    ];
    expect((await get(self.origin, { verificationMode: 'none' })).status).toBe(200);
    expect((await get(wrong.origin, { verificationMode: 'certificate', ca })).status).toBe(200);
    expect((await refusal(get(self.origin, { verificationMode: 'certificate' }))).code).toBe('egress_tls');
  });

  test('global, then custom host, then connector, then request; each wins in both directions', async () => {
    const server = await httpsServer();
    const entry = (ssl: object) => ({ customHostSettings: [{ url: server.origin, ssl }] });
    const none = { ssl: { verificationMode: 'none' } } as const;
    expect((await get(server.origin, undefined, none)).status).toBe(200);
    expect((await get(server.origin, undefined, { ...none, ...entry({ verificationMode: 'none' }) })).status).toBe(200);
    const strict = { ...none, ...entry({ verificationMode: 'full' }) };
    expect((await refusal(get(server.origin, undefined, strict))).message).toContain('certificate');
    const trusted = { ...none, ...entry({ verificationMode: 'certificate', certificateAuthoritiesData: ca }) };
    expect((await get(server.origin, undefined, trusted)).status).toBe(200);
    expect((await get(server.origin, { verificationMode: 'none' }, strict)).status).toBe(200);
    expect((await refusal(get(server.origin, { verificationMode: 'full' }, none))).code).toBe('egress_tls');
    expect((await get(server.origin, { verificationMode: 'full' }, none, { ca })).status).toBe(200);
  });

  test('a CA replaces the trust store of its host and of no other', async () => {
    const [named, other] = [await httpsServer(), await httpsServer()];
    const options = { customHostSettings: [{ url: named.origin, ssl: { certificateAuthoritiesData: ca } }] };
    expect((await get(named.origin, undefined, options)).status).toBe(200);
    expect((await refusal(get(other.origin, undefined, options))).code).toBe('egress_tls');
    // The self-signed certificate is no authority for it.
    expect((await refusal(get(named.origin, { ca: cert('self-signed.crt') }, options))).code).toBe('egress_tls');
  });

  test('connections of a lax connector are of no use to a strict one', async () => {
    const server = await httpsServer();
    const egress = createEgress();
    onTestFinished(() => egress.close());
    const connection = (verificationMode: 'none' | 'full') => ({
      connection: { baseUrl: server.origin, tls: { verificationMode } },
    });
    expect((await egress.http(connection('none')).get('')).status).toBe(200);
    expect((await refusal(egress.http(connection('full')).get(''))).code).toBe('egress_tls');
  });
});

describe('client certificates', () => {
  const server = () => httpsServer(undefined, { ca, requestCert: true, rejectUnauthorized: true });

  test('as certificate and key, with an encrypted key, as PFX', async () => {
    const { origin, seen } = await server();
    const passphrase = 'patchbay';
    await get(origin, { ca, cert: cert('client.crt'), key: cert('client.key') });
    await get(origin, { ca, cert: cert('client.crt'), key: cert('client-encrypted.key'), passphrase });
    await get(origin, { ca, pfx: cert('client.pfx'), passphrase });
    expect(seen.map((one) => one.clientName)).toEqual(['patchbay-client', 'patchbay-client', 'patchbay-client']);
  });

  test.each([
    ['a wrong passphrase', { pfx: cert('client.pfx'), passphrase: 'wrong' }],
    ['a PFX that is none', { pfx: Buffer.from('rubbish') }],
    ['a certificate that is none', { cert: 'rubbish', key: cert('client.key') }],
    ['a key of another certificate', { cert: cert('client.crt'), key: cert('ca.key') }],
  ])("%s is the connector's fault, and said so", async (_what, material) => {
    const error = await refusal(get((await server()).origin, { ca, ...material }));
    expect(error.code).toBe('egress_tls');
    expect(error.message).toContain('passphrase of the connector');
    expect(error.message).not.toContain('wrong ');
  });

  test('a server that wants one says so', async () => {
    const error = await refusal(get((await server()).origin, { ca }));
    expect(['egress_tls', 'egress_connection']).toContain(error.code);
  });
});

test('keys for sharing connections tell every part apart', () => {
  const parts: TlsOptions[] = [
    {},
    { ca: 'ab' },
    { cert: 'ab' },
    { ca: 'a', cert: 'b' },
    { key: 'ab' },
    { passphrase: 'ab' },
    { verificationMode: 'none' },
  ];
  expect(new Set(parts.map(tlsKey)).size).toBe(parts.length);
  expect(tlsKey({ ca: Buffer.from('ab') })).toBe(tlsKey({ ca: 'ab' }));
});
