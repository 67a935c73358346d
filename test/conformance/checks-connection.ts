import net from 'node:net';
import { expect } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { type Check, expectFailure, textOf } from './check.ts';
import { endless, raw, type Script } from './http-target.ts';
import { attempt, IMPATIENT } from './world.ts';

const HEAD = 'HTTP/1.1 200 OK\r\n';

/** A vendor, or whoever answers in its place, that does not keep to HTTP. */
const MISBEHAVIOUR: readonly (readonly [name: string, script: Script, code: ErrorCode])[] = [
  ['silence', () => undefined, 'egress_timeout'],
  ['headers that stop', raw(`${HEAD}Content-Type: text/plain\r\n`), 'egress_timeout'],
  ['a body that stops', raw(`${HEAD}Content-Length: 100\r\n\r\n{"ok"`), 'egress_timeout'],
  ['a body that comes byte by byte', dripping(), 'egress_timeout'],
  ['a reset before the answer', raw('', 'reset'), 'egress_connection'],
  ['a reset within the headers', raw(`${HEAD}Content-Ty`, 'reset'), 'egress_connection'],
  ['a reset within the body', raw(`${HEAD}Content-Length: 100\r\n\r\n{"ok"`, 'reset'), 'egress_connection'],
  [
    'a chunked body that breaks off',
    raw(`${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nok`, 'reset'),
    'egress_connection',
  ],
  ['an answer that is no HTTP', raw('SSH-2.0-OpenSSH_9.6\r\n', 'reset'), 'egress_connection'],
  ['a wrong chunk size', raw(`${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`), 'egress_connection'],
  [
    'an endless body',
    endless(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`, `400\r\n${'x'.repeat(1024)}\r\n`),
    'egress_response_too_large',
  ],
  ['endless headers', endless(HEAD, `X-More: ${'x'.repeat(1000)}\r\n`), 'egress_response_too_large'],
  ['one endless header', endless(`${HEAD}X-More: `, 'x'.repeat(1000)), 'egress_response_too_large'],
];

function dripping(): Script {
  return (_seen, { socket }) => {
    socket.write(`${HEAD}Content-Length: 1000\r\n\r\n`);
    const timer = setInterval(() => socket.write('x'), 20);
    socket.once('close', () => clearInterval(timer));
  };
}

function misbehaviourCheck([name, script, code]: (typeof MISBEHAVIOUR)[number]): Check {
  return {
    name,
    kinds: ['http'],
    async run(world, subject) {
      world.http.script = script;
      const isSlow = code === 'egress_timeout';
      const outcome = await attempt(world, subject, isSlow ? { egress: IMPATIENT } : {});
      // On a busy machine the time may be over before the token has come.
      const failure = expectFailure(outcome, code, ...(isSlow ? (['token_failed'] as const) : []));
      if (isSlow) {
        expect(textOf(failure)).toContain(`timeout of ${IMPATIENT.responseTimeout}ms exceeded`);
        expect(textOf(failure)).toContain('xpack.actions.responseTimeout');
      }
      if (name === 'an endless body') expect(textOf(failure)).toContain('xpack.actions.maxResponseContentLength');
    },
  };
}

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export const connectionChecks: readonly Check[] = [
  ...MISBEHAVIOUR.map(misbehaviourCheck),
  {
    name: 'nobody listens',
    kinds: ['http', 'smtp'],
    async run(world, subject) {
      const port = await closedPort();
      const outcome = await attempt(world, subject, { origin: `http://127.0.0.1:${port}`, smtpPort: port });
      expect(textOf(expectFailure(outcome, 'egress_connection', 'token_failed'))).toContain(
        `ECONNREFUSED 127.0.0.1:${port}`,
      );
    },
  },
  {
    name: 'a name that does not exist',
    kinds: ['http', 'smtp'],
    async run(world, subject) {
      const lookup: net.LookupFunction = (host, _options, callback) => {
        callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }), '', 4);
      };
      const options = { origin: 'http://nowhere.example', smtpHost: 'nowhere.example', egress: { lookup } };
      const failure = expectFailure(await attempt(world, subject, options), 'egress_connection', 'token_failed');
      expect(textOf(failure)).toContain('ENOTFOUND');
    },
  },
  {
    name: 'endless interim answers',
    kinds: ['http'],
    async run(world, subject) {
      world.http.script = endless('', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
      const outcome = await attempt(world, subject, { egress: IMPATIENT });
      expectFailure(outcome, 'egress_timeout', 'egress_connection', 'egress_response_too_large', 'token_failed');
    },
  },
  {
    name: 'an answer that switches the protocol',
    kinds: ['http'],
    async run(world, subject) {
      world.http.script = raw('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
      const outcome = await attempt(world, subject, { egress: IMPATIENT });
      expectFailure(outcome, 'egress_connection', 'egress_timeout', 'token_failed');
    },
  },
];
