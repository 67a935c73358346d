import type { LookupFunction } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { httpServer, tcpServer } from '../../test/support/http-servers.ts';
import { createAddressGuard } from './addresses.ts';
import { createEgress, type EgressOptions } from './index.ts';
import { createResolver } from './resolve.ts';
import { EgressError } from './types.ts';

/** A name server whose n-th answer is the n-th entry; the last one repeats. Counts the questions. */
function nameServer(...answers: string[][]): { lookup: LookupFunction; questions: string[] } {
  const questions: string[] = [];
  const lookup: LookupFunction = (host, _options, callback) => {
    questions.push(host);
    const answer = answers[Math.min(questions.length, answers.length) - 1] ?? [];
    callback(
      null,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { lookup, questions };
}

async function refusal(promise: Promise<unknown>): Promise<EgressError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof EgressError)) throw new Error(`expected an EgressError, got ${String(error)}`);
  return error;
}

function open(options: EgressOptions) {
  const egress = createEgress(options);
  onTestFinished(() => egress.close());
  return egress;
}

describe('the address that is dialled', () => {
  test('is the one that was checked: a name that changes its answer gains nothing', async () => {
    const server = await httpServer((_request, response) => response.setHeader('Connection', 'close').end('inside'));
    const { lookup, questions } = nameServer(['127.0.0.1'], ['169.254.169.254']);
    const http = open({ lookup }).http({ connection: { baseUrl: `http://rebind.example:${server.port}` } });
    expect((await http.get('')).text).toBe('inside');
    // One question for one connection: there is no second look-up that could be answered differently.
    expect(questions).toEqual(['rebind.example']);
    const error = await refusal(http.get(''));
    expect(error.code).toBe('egress_address_refused');
    expect(error.message).toBe(
      'target hostname "rebind.example" leads to 169.254.169.254, which is a metadata service of a cloud (169.254.169.254/32) and is refused. If it is meant, add it to patchbay.egress.allowedAddresses.',
    );
  });

  test('is refused if one of several candidates is', async () => {
    const server = await httpServer();
    for (const answer of [
      ['127.0.0.1', '169.254.169.254'],
      ['127.0.0.1', 'fe80::1%2'],
      ['::ffff:169.254.1.1', '127.0.0.1'],
    ]) {
      const http = open({ lookup: nameServer(answer).lookup }).http({
        connection: { baseUrl: `http://two.example:${server.port}` },
      });
      expect((await refusal(http.get(''))).code).toBe('egress_address_refused');
    }
    expect(server.seen).toHaveLength(0);
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://2852039166/',
    'http://0xa9.0376.43518/',
    'http://169.254.169.254./',
    'http://①⑥⑨.254.169.254/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://user:pass@169.254.169.254/',
    'http://0/',
    'https://[::]/',
    'http://[fe80::1]/',
    'http://224.0.0.1/',
  ])('%s is refused in every spelling', async (url) => {
    const error = await refusal(
      open({})
        .http({ connection: { baseUrl: url } })
        .get(''),
    );
    expect(error.code).toBe('egress_address_refused');
    expect(error.message).toMatch(
      /^target address \S+ is .* and is refused\. If it is meant, add it to patchbay\.egress\.allowedAddresses\.$/,
    );
    expect(error.message).not.toContain('pass');
  });

  test.each(['http://[fe80::1%25eth0]/', 'http://1.2.3.4.5/', 'http://exa mple/'])('%s is no URL', async (url) => {
    expect(
      (
        await refusal(
          open({})
            .http({ connection: { baseUrl: url } })
            .get(''),
        )
      ).code,
    ).toBe('egress_url_invalid');
  });

  test('can be denied by the operator, who is told by which setting', async () => {
    const server = await httpServer();
    const http = open({ deniedAddresses: ['127.0.0.0/8'] }).http({ connection: { baseUrl: server.origin } });
    expect((await refusal(http.get(''))).message).toBe(
      'target address 127.0.0.1 is in the range 127.0.0.0/8 of patchbay.egress.deniedAddresses and is refused. Take it out of that setting to allow it.',
    );
    expect(server.seen).toHaveLength(0);
  });
});

describe('resolving for others', () => {
  test('gives checked addresses, brackets and zones aside', async () => {
    const { internals } = open({ lookup: nameServer(['127.0.0.1', '::1']).lookup });
    expect(await internals.resolveChecked('mail.example')).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
    expect(await internals.resolveChecked('[::1]')).toEqual([{ address: '::1', family: 6 }]);
    expect((await refusal(internals.resolveChecked('169.254.169.254'))).code).toBe('egress_address_refused');
  });

  test('an empty or endless answer counts as no answer', async () => {
    for (const answer of [[], Array.from({ length: 1000 }, () => '127.0.0.1')]) {
      const resolver = createResolver(createAddressGuard(), nameServer(answer).lookup);
      expect(await refusal(resolver.resolve('odd.example'))).toMatchObject({ systemCode: 'ENOTFOUND' });
    }
  });

  test('opens sockets to checked addresses only', async () => {
    const server = await tcpServer((socket) => socket.end('220 hello'));
    const { internals } = open({ lookup: nameServer(['127.0.0.1'], ['0.0.0.0']).lookup });
    const socket = await internals.openSocket('mail.example', server.port);
    const chunks = await socket.toArray();
    expect(Buffer.concat(chunks).toString()).toBe('220 hello');
    expect((await refusal(internals.openSocket('mail.example', server.port))).code).toBe('egress_address_refused');
    expect((await refusal(internals.openSocket('169.254.1.1', 25))).code).toBe('egress_address_refused');
    expect((await refusal(internals.openSocket('127.0.0.1', 1))).message).toBe('connect ECONNREFUSED 127.0.0.1:1');
    const aborted = internals.openSocket('127.0.0.1', server.port, { signal: AbortSignal.abort() });
    expect((await refusal(aborted)).code).toBe('cancelled');
  });
});
