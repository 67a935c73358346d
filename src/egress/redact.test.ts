import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor, MASK } from './redact.ts';

const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

describe('finds a secret', () => {
  const secret = 'p"ä/s+s wörd?&=!\n\'*()';
  const redact = createRedactor([secret]);
  const percent = encodeURIComponent(secret);

  test.each([
    ['as it is', secret],
    ['in JSON', JSON.stringify({ a: secret }).slice(6, -2)],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ a: secret })).slice(10, -4)],
    [
      'in JSON as PHP writes it',
      JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/').replace(/[äö]/g, escapeUnit),
    ],
    ['in JSON as Python writes it', JSON.stringify(secret).slice(1, -1).replace(/[äö]/g, escapeUnit)],
    ['in JSON in a URL', encodeURIComponent(JSON.stringify(secret).slice(1, -1))],
    ['in a URL in a URL', encodeURIComponent(percent)],
    ['in base64 of JSON', Buffer.from(JSON.stringify(secret).slice(1, -1)).toString('base64')],
    ['in base64 of a form', Buffer.from(percent).toString('base64')],
    ['in a URL', percent],
    ['in a URL, hex in lower case', percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
    ['in a URL, encoded by encodeURI', encodeURI(secret)],
    ['in a form', new URLSearchParams({ a: secret }).toString().slice(2)],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in base64 without padding', Buffer.from(secret).toString('base64').replace(/=+$/, '')],
  ])('%s', (_how, text) => {
    expect(redact(`before ${text} after`)).toBe(`before ${MASK} after`);
  });
});

test('a secret within the base64 of something longer leaves nothing to decode', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 9 }),
      fc.stringMatching(/^[a-z]{12,40}$/),
      fc.string({ maxLength: 9 }),
      (before, secret, after) => {
        const redact = createRedactor([secret]);
        const whole = Buffer.from(`${before}:${secret}${after}`);
        for (const encoding of ['base64', 'base64url'] as const) {
          const clean = redact(whole.toString(encoding));
          expect(clean).toContain(MASK);
          for (const piece of clean.split(MASK)) {
            // One character of the secret may share bits with its neighbours on either side.
            expect(Buffer.from(piece, encoding).toString('latin1')).not.toContain(secret.slice(1, 5));
          }
        }
      },
    ),
  );
});

test('any secret of four characters or more is gone from plain text and JSON', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 4, maxLength: 400, unit: 'binary' }), { minLength: 1, maxLength: 5 }),
      fc.string(),
      (secrets, text) => {
        fc.pre(secrets.every((secret) => !MASK.includes(secret) && !'["x"]'.includes(secret)));
        const redact = createRedactor(secrets);
        for (const secret of secrets) {
          const clean = redact(`${text}|${secret}|`);
          // Two secrets may overlap in the text; what remains is at most a part of one.
          if (!secrets.some((other) => other !== secret && `${text}|${secret}|`.includes(other)))
            expect(clean).not.toContain(`|${secret}|`);
        }
      },
    ),
  );
});

test('the longest of several secrets is taken first', () => {
  expect(createRedactor(['abcd', 'abcdefgh'])('x abcdefgh abcd')).toBe(`x ${MASK} ${MASK}`);
});

test('a pasted line break does not hide a secret', () => {
  expect(createRedactor(['hunter22\n'])('token hunter22.')).toBe(`token ${MASK}.`);
});

test('long secrets such as keys are found, too, with patterns of replace() in them', () => {
  const key = `-----BEGIN KEY-----\n${'A$&b/'.repeat(200)}\n-----END KEY-----\n`;
  expect(createRedactor([key])(`{"key":${JSON.stringify(key)}}`)).toBe(`{"key":"${MASK}"}`);
});

describe('short secrets', () => {
  const redact = createRedactor(['42', '', 'a.b']);
  test('stay in running text, which would tell their value by the gaps', () => {
    expect(redact('42 of 142 a.b')).toBe('42 of 142 a.b');
  });
  test('are masked in URLs and headers where they stand alone', () => {
    expect(redact.exposed('https://x/42/142?k=42&v=a.b')).toBe(`https://x/${MASK}/142?k=${MASK}&v=${MASK}`);
    expect(redact.exposed('https://axb')).toBe('https://axb');
  });
});

test('without secrets nothing happens', () => {
  const redact = createRedactor([]);
  expect(redact('text')).toBe('text');
  expect(redact.exposed('text')).toBe('text');
});

describe('a text that was shortened', () => {
  const { shortened } = createRedactor(['tok-8Hf2kPz91Qw', 'p"ä/s+s']);

  test.each([
    [
      'keeps no beginning of a secret',
      'no access with tok-8Hf2kP… (20 more characters)',
      `no access with ${MASK}… (20 more characters)`,
    ],
    ['nor one in base64', `Basic ${Buffer.from('tok-8Hf2kPz91Qw').toString('base64').slice(0, 9)}…`, `Basic ${MASK}…`],
    ['at any of several cuts', 'tok-8Hf2k…, tok-8Hf2kPz91Qw, x…', `${MASK}…, ${MASK}, x…`],
    ['keeps what only looks a little like it', 'see tok-8… for more', 'see tok-8… for more'],
    ['keeps everything when nothing was cut', 'tok-8Hf2kP', 'tok-8Hf2kP'],
  ])('%s', (_what, text, expected) => {
    expect(shortened(text)).toBe(expected);
  });
});
