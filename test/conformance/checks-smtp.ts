import type { Socket } from 'node:net';
import { expect } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { type Check, expectFailure, textOf } from './check.ts';
import type { SmtpScript } from './smtp-target.ts';
import { attempt, IMPATIENT } from './world.ts';

/** What a refusal means (RFC 5321, section 4.2.1; RFC 4954, section 6). */
const REPLIES: readonly (readonly [step: string, reply: string, code: ErrorCode, retry: boolean])[] = [
  ['greeting', '421 4.3.2 too busy', 'target_unavailable', true],
  ['greeting', '554 5.7.1 go away', 'target_rejected', false],
  ['AUTH', '535 5.7.8 wrong password', 'target_auth', false],
  ['AUTH', '454 4.7.0 try later', 'target_unavailable', true],
  ['AUTH', '534 5.7.9 too weak', 'target_auth', false],
  ['MAIL', '530 5.7.0 sign in first', 'target_auth', false],
  ['MAIL', '451 4.7.1 greylisted', 'target_unavailable', true],
  ['RCPT', '550 5.1.1 nobody of that name', 'target_rejected', false],
  ['RCPT', '452 4.2.2 mailbox full', 'target_unavailable', true],
  ['DATA', '554 5.7.1 no', 'target_rejected', false],
  ['end', '552 5.3.4 too big', 'target_rejected', false],
  ['end', '451 4.3.0 out of disk', 'target_unavailable', true],
];

const hangUp = (socket: Socket) => socket.destroy();
const silence = () => undefined;

function pour(text: string): (socket: Socket) => void {
  return (socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write(text));
      if (!socket.destroyed) socket.once('drain', more);
    };
    more();
  };
}

const MISBEHAVIOUR: readonly (readonly [name: string, script: SmtpScript, codes: readonly ErrorCode[]])[] = [
  ['no greeting', { greeting: silence }, ['egress_timeout']],
  ['silence after EHLO', { EHLO: silence }, ['egress_timeout']],
  ['silence after the message', { end: silence }, ['egress_timeout']],
  ['a hang-up instead of a greeting', { greeting: hangUp }, ['egress_connection']],
  ['a hang-up at the sign-in', { AUTH: hangUp }, ['egress_connection']],
  ['a hang-up within the recipients', { RCPT: hangUp }, ['egress_connection']],
  ['a hang-up after the message', { end: hangUp }, ['egress_connection']],
  [
    'a web server',
    { greeting: 'HTTP/1.1 400 Bad Request' },
    ['target_response_invalid', 'target_rejected', 'egress_connection'],
  ],
  [
    'an endless greeting',
    { greeting: pour('220-more\r\n') },
    ['target_response_invalid', 'egress_connection', 'egress_timeout'],
  ],
  [
    'an endless line',
    { EHLO: pour('x'.repeat(1_000)) },
    ['target_response_invalid', 'egress_connection', 'egress_timeout'],
  ],
  ['a reply that is not asked for', { MAIL: '354 go on' }, ['target_response_invalid', 'target_rejected']],
  [
    'STARTTLS that leads to no TLS',
    { EHLO: '250-target\r\n250 STARTTLS', STARTTLS: '220 go on\r\nthis is no handshake' },
    ['egress_tls', 'egress_connection', 'egress_timeout'],
  ],
];

export const smtpChecks: readonly Check[] = [
  ...REPLIES.map(
    ([step, reply, code, retry]): Check => ({
      name: `${step} is answered ${reply.slice(0, 3)}`,
      kinds: ['smtp'],
      async run(world, subject) {
        world.smtp.script = { [step]: reply };
        const failure = expectFailure(await attempt(world, subject), code);
        expect(failure.retry).toBe(retry);
        // The server's own words are what a person needs.
        expect(textOf(failure)).toContain(reply.slice(4));
      },
    }),
  ),
  ...MISBEHAVIOUR.map(
    ([name, script, codes]): Check => ({
      name: `a mail server with ${name}`,
      kinds: ['smtp'],
      async run(world, subject) {
        world.smtp.script = script;
        expectFailure(await attempt(world, subject, { egress: IMPATIENT }), ...codes);
        expect(world.smtp.messages.length).toBe('end' in script ? 1 : 0);
      },
    }),
  ),
  {
    name: 'a mail server that refuses one recipient of several',
    kinds: ['smtp'],
    async run(world, subject) {
      let asked = 0;
      world.smtp.script = {
        RCPT: (socket) => {
          asked += 1;
          socket.write(asked === 1 ? '550 5.1.1 nobody of that name\r\n' : '250 ok\r\n');
        },
      };
      const { verdict } = await attempt(world, subject);
      expect(verdict).toMatchObject({ outcome: 'delivered', warning: expect.stringContaining('nobody of that name') });
    },
  },
];
