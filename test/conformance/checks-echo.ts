import { expect } from 'vitest';
import { findCanary } from './canaries.ts';
import { type Check, expectFailure } from './check.ts';
import { answering, type Script, type Seen } from './http-target.ts';
import { echoing } from './smtp-target.ts';
import { attempt, type World } from './world.ts';

/**
 * A vendor that repeats all it was sent, in every encoding and in every place that a type may quote from: body, headers,
 * reason phrase. What comes of it is asserted for every run by `attempt`.
 */
function echo(status: number, shape: (text: string, seen: Seen) => unknown): Script {
  return (seen, ...raw) => {
    const text = everythingOf(seen);
    const credentials = String(seen.headers.authorization ?? seen.url);
    answering({
      status,
      reason: printable(credentials).slice(0, 500),
      headers: {
        'retry-after': printable(credentials),
        'x-said': printable(text).slice(0, 4_000),
        'set-cookie': `s=${encodeURIComponent(credentials)}`,
        ...(status >= 300 && status < 400 ? {} : { location: `/?${encodeURIComponent(credentials)}` }),
      },
      body: shape(text, seen),
    })(seen, ...raw);
  };
}

function everythingOf({ method, url, headers, body }: Seen): string {
  const values = Object.values(headers).map(String);
  const decoded = values.map(decodedBasic);
  const all = [url, ...values, ...decoded, body];
  return [
    `${method} ${all.join(' ')}`,
    JSON.stringify(all),
    ...all.map((value) => Buffer.from(value).toString('base64')),
    ...all.map(encodeURIComponent),
  ].join(' ');
}

/** `user:password` of HTTP Basic; nothing else that is sent is base64 of a text. */
function decodedBasic(value: string): string {
  const [, encoded = ''] = /^Basic (.+)$/.exec(value) ?? [];
  return Buffer.from(encoded, 'base64').toString('utf8');
}

/** Fit for a header or a reason phrase. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '?');
}

const SHAPES: readonly (readonly [name: string, shape: (text: string, seen: Seen) => unknown])[] = [
  ['text', (text) => text],
  ['a message', (message) => ({ message, ok: false, error: message })],
  ['errors', (text) => ({ error: { type: text, reason: text, message: text, code: text }, errors: [text] })],
  ['keys', (text) => ({ [text]: { [text]: [text] } })],
  [
    'results',
    (text) => ({ errors: true, items: [{ create: { _id: text, status: 400, error: { type: text, reason: text } } }] }),
  ],
];

/** Longest quotes of answers in messages; a cut within a secret must not leave half of it. */
const CUTS = [200, 500, 1_000, 2_000, 4_096, 20_480];

/** The secret parts of a request, so often that every cut falls into one of them. */
function repeated({ url, headers, body }: Seen, start: number): string {
  const secrets = [headers.authorization, ...Object.entries(headers).flatMap(([n, v]) => (n === 'x-planted' ? v : []))];
  const words = [...secrets, url, body].filter((word) => word !== undefined).map(String);
  const decoded = words.flatMap((word) => [word, decodedBasic(word)]);
  return ' '.repeat(start) + decoded.map((word) => `${word}${word}${word}`).join('');
}

export const echoChecks: readonly Check[] = [
  ...SHAPES.map(
    ([name, shape]): Check => ({
      name: `a vendor that repeats everything as ${name}`,
      kinds: ['http'],
      async run(world, subject) {
        for (const status of [200, 202, 302, 400, 401, 429, 500]) {
          world.http.script = echo(status, shape);
          const { placed } = await attempt(world, subject);
          // Guards the check itself: what was sent did hold the secrets.
          if (placed.canaries.length > 0) expectSecretsSent(world, placed.canaries);
        }
      },
    }),
  ),
  {
    name: 'a token server that repeats everything',
    kinds: ['http'],
    async run(world, subject) {
      for (const [, shape] of SHAPES) {
        for (const status of [200, 400, 401, 500]) {
          world.forget();
          world.http.tokenScript = echo(status, shape);
          const outcome = await attempt(world, subject);
          if (world.http.tokenRequests.length === 0) return;
          expectFailure(outcome, 'token_failed');
          expectSecretsSent(world, outcome.placed.canaries);
        }
      }
    },
  },
  {
    name: 'quotes that end within a secret',
    kinds: ['http'],
    async run(world, subject) {
      for (const cut of CUTS) {
        for (const before of [0, 6, 12, 18, 24, 30, 40]) {
          const text = (seen: Seen) => repeated(seen, cut - 10 - before);
          world.http.script = (seen, ...raw) => answering({ status: 400, body: text(seen) })(seen, ...raw);
          await attempt(world, subject);
          const inJson = (seen: Seen) => ({ message: text(seen), error: { type: 't', reason: text(seen) } });
          world.http.script = (seen, ...raw) => answering({ status: 400, body: inJson(seen) })(seen, ...raw);
          await attempt(world, subject);
        }
      }
    },
  },
  {
    name: 'a mail server that repeats everything',
    kinds: ['smtp'],
    async run(world, subject) {
      for (const step of ['AUTH', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'end']) {
        for (const code of [451, 550]) {
          world.smtp.script = { [step]: echoing(code) };
          const { placed } = await attempt(world, subject);
          if (step === 'AUTH') expect(world.smtp.commands.join('\n')).toMatch(/^AUTH PLAIN \S+/m);
          expect(placed.canaries).not.toEqual([]);
        }
      }
    },
  },
];

function expectSecretsSent({ http }: World, canaries: Parameters<typeof findCanary>[1]): void {
  const sent = JSON.stringify([http.seen, http.tokenRequests]);
  expect(findCanary(sent, canaries), 'no secret was sent, so nothing was checked').toBeDefined();
}
