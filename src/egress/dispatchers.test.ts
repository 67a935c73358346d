import dns from 'node:dns';
import type { LookupFunction } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { cert, httpsServer, tcpServer } from '../../test/support/http-servers.ts';
import { createAddressGuard } from './addresses.ts';
import { createDispatchers } from './dispatchers.ts';
import { createEgress } from './index.ts';
import { createResolver } from './resolve.ts';

const ca = cert('ca.crt');

function open() {
  const operatorLookup = dns.lookup as LookupFunction;
  const dispatchers = createDispatchers({
    resolver: createResolver(createAddressGuard(), operatorLookup),
    connectTimeoutMs: 5_000,
    operatorLookup,
  });
  onTestFinished(() => dispatchers.close());
  return dispatchers;
}

test('equal TLS options share a pool, different ones do not', () => {
  const dispatchers = open();
  expect(dispatchers.get(undefined, undefined, false)).toBe(dispatchers.get(undefined, undefined, false));
  expect(dispatchers.get({ ca }, undefined, false)).toBe(dispatchers.get({ ca: Buffer.from(ca) }, undefined, false));
  expect(dispatchers.get({ ca }, undefined, false)).not.toBe(
    dispatchers.get({ ca, verificationMode: 'none' }, undefined, false),
  );
  expect(dispatchers.size).toBe(2);
});

test('the number of pools is bounded; the least recently used goes, after its requests', async () => {
  let finish: (() => void) | undefined;
  const server = await httpsServer((_request, response) => {
    finish = () => response.end('late');
  });
  const dispatchers = open();
  const first = dispatchers.get({ ca }, undefined, false);
  const answer = first.request({ origin: server.origin, path: '/', method: 'GET' });
  await expect.poll(() => server.seen.length).toBe(1);
  const others = Array.from({ length: 150 }, (_, index) => ({ passphrase: String(index) }));
  const kept = dispatchers.get({ verificationMode: 'none' }, undefined, false);
  for (const tls of others) {
    dispatchers.get(tls, undefined, false);
    expect(dispatchers.get({ verificationMode: 'none' }, undefined, false)).toBe(kept);
  }
  expect(dispatchers.size).toBe(100);
  expect(dispatchers.get({ ca }, undefined, false)).not.toBe(first);
  finish?.();
  expect(await (await answer).body.text()).toBe('late');
});

test('closing cuts what is in flight', async () => {
  let connections = 0;
  const silent = await tcpServer(() => {
    connections += 1;
  });
  const egress = createEgress();
  const answer = egress.http({ connection: { baseUrl: silent.origin } }).get('');
  const failure = expect(answer).rejects.toMatchObject({ name: 'EgressError', code: 'cancelled' });
  await expect.poll(() => connections).toBe(1);
  await egress.close();
  await failure;
});
