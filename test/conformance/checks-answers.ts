import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Failed } from '../../src/connectors/verdict.ts';
import { type Check, expectFailure } from './check.ts';
import { answering, type ScriptedAnswer } from './http-target.ts';
import { type Subject, usualCode } from './subjects.ts';
import { attempt, LIMITS, type World } from './world.ts';

const SUCCESSES = [200, 201, 202, 204];
const REFUSALS = [400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504];
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

type Retry = Failed['retry'];

/** A time `ms` from now, give or take a minute: nothing here measures time. */
function around(ms: number): (retry: Retry) => void {
  return (retry) => {
    expect(retry).toBeInstanceOf(Date);
    expect(Math.abs((retry as Date).getTime() - Date.now() - ms)).toBeLessThan(MINUTE_MS);
  };
}

const later = (retry: Retry) => expect(retry).toBe(true);

/** What `Retry-After` may say (RFC 9110, section 10.2.3), and what it says in the wild. */
const RETRY_AFTER: readonly (readonly [name: string, value: () => string, expected: (retry: Retry) => void])[] = [
  ['seconds', () => '600', around(10 * MINUTE_MS)],
  ['an HTTP date', () => new Date(Date.now() + 30 * MINUTE_MS).toUTCString(), around(30 * MINUTE_MS)],
  ['a date that has passed', () => 'Wed, 21 Oct 2015 07:28:00 GMT', around(0)],
  ['more than a day', () => '99999999999', around(DAY_MS)],
  ['nonsense', () => 'soon', later],
  ['a negative number', () => '-5', later],
];

function statusCheck(status: number): Check {
  return {
    name: `answer ${status}`,
    kinds: ['http'],
    async run(world, subject) {
      const { line } = subject;
      const isSuccess = SUCCESSES.includes(status);
      const said = { message: 'the vendor explains', error: 'the vendor explains' };
      world.http.script = answering({
        ...(isSuccess ? (line.ok ?? { body: {} }) : { body: said }),
        status,
        ...(status === 204 ? { body: '' } : {}),
      });
      const outcome = await attempt(world, subject);
      if (isSuccess && (line.delivers ?? SUCCESSES).includes(status)) {
        expect(outcome.verdict).toMatchObject({ outcome: 'delivered' });
        return;
      }
      const codes = isSuccess
        ? (['target_response_invalid', 'target_rejected'] as const)
        : [(line.codeOf ?? usualCode)(status)];
      const { retry } = expectFailure(outcome, ...codes);
      const isBusy = status === 429 || status >= 500;
      // An answer that is not understood may still mean that it was done, and need not be done again.
      const isOver = isSuccess && retry === false;
      if (isBusy ? line.busy !== 'unsaid' : line.refused === 'retry' && !isOver) expect(retry).toBe(true);
      else expect([undefined, false]).toContain(retry);
    },
  };
}

function retryAfterCheck([name, value, expected]: (typeof RETRY_AFTER)[number]): Check {
  return {
    name: `answer 429 with Retry-After: ${name}`,
    kinds: ['http'],
    async run(world, subject) {
      world.http.script = answering({ status: 429, headers: { 'retry-after': value() } });
      const { retry } = expectFailure(await attempt(world, subject), (subject.line.codeOf ?? usualCode)(429));
      if (subject.line.busy === 'unsaid') expect(retry).toBeUndefined();
      else expected(retry);
    },
  };
}

/** Bodies that are not what the API promises. */
const WRONG_BODIES: readonly (readonly [name: string, answer: ScriptedAnswer])[] = [
  ['an HTML page', { headers: { 'content-type': 'text/html' }, body: '<!doctype html><h1>Sign in</h1>' }],
  ['JSON that breaks off', { headers: { 'content-type': 'application/json' }, body: '{"ok":tr' }],
  ['nothing', { body: '' }],
  ['null', { body: 'null' }],
  ['a number', { body: '7' }],
  ['an empty list', { body: '[]' }],
  ['JSON as plain text', { headers: { 'content-type': 'text/plain; charset=utf-16' }, body: '{"a":1}' }],
  ['prototype keys', { body: '{"__proto__":{"ok":true},"constructor":{"prototype":{"items":[]}}}' }],
  ['JSON nested 20,000 levels deep', { body: `${'['.repeat(20_000)}${']'.repeat(20_000)}` }],
  ['bytes that are no UTF-8', { body: Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x80]) }],
  ['control characters', { body: '\0\u0007\u001b[31mred\u202e' }],
];

function isObjectText(body: unknown): boolean {
  return typeof body === 'string' && /^\{.*\}$/.test(body);
}

function wrongBodyCheck([name, answer]: (typeof WRONG_BODIES)[number]): Check {
  return {
    name: `a success whose body is ${name}`,
    kinds: ['http'],
    async run(world, subject) {
      const status = subject.line.delivers?.[0] ?? 200;
      world.http.script = answering({ ...answer, status });
      const outcome = await attempt(world, subject);
      if (subject.line.anyBody || (subject.line.anyObject && isObjectText(answer.body)))
        expect(outcome.verdict).toMatchObject({ outcome: 'delivered' });
      else expectFailure(outcome, 'target_response_invalid', 'target_rejected');
      for (const refusal of [400, 500]) {
        world.http.script = answering({ ...answer, status: refusal });
        expectFailure(await attempt(world, subject), (subject.line.codeOf ?? usualCode)(refusal));
      }
    },
  };
}

async function expectTooLarge(world: World, subject: Subject, answer: ScriptedAnswer): Promise<void> {
  world.http.script = answering(answer);
  expectFailure(await attempt(world, subject), 'egress_response_too_large');
}

const ZEROS = Buffer.alloc(20 * 1024 * 1024);

export const answerChecks: readonly Check[] = [
  ...[...SUCCESSES, ...REFUSALS].map(statusCheck),
  ...RETRY_AFTER.map(retryAfterCheck),
  ...WRONG_BODIES.map(wrongBodyCheck),
  {
    name: 'answers of any JSON',
    kinds: ['http'],
    async run(world, subject) {
      const answers = fc.tuple(fc.constantFrom(200, 202, 400, 500), answerLike(subject));
      const property = fc.asyncProperty(answers, async ([status, body]) => {
        world.http.script = answering({ status, body });
        await attempt(world, subject);
      });
      await fc.assert(property, { seed: 7, numRuns: 40 });
    },
  },
  {
    name: 'a huge body',
    kinds: ['http'],
    async run(world, subject) {
      await expectTooLarge(world, subject, { body: 'x'.repeat(LIMITS.maxResponseContentLength + 1) });
      await expectTooLarge(world, subject, { status: 500, body: 'x'.repeat(LIMITS.maxResponseContentLength + 1) });
    },
  },
  {
    name: 'a small body that unpacks to a huge one',
    kinds: ['http'],
    async run(world, subject) {
      await expectTooLarge(world, subject, { headers: { 'content-encoding': 'gzip' }, body: gzipSync(ZEROS) });
      await expectTooLarge(world, subject, { headers: { 'content-encoding': 'deflate' }, body: deflateSync(ZEROS) });
      const twice = { headers: { 'content-encoding': 'gzip, gzip' }, body: gzipSync(gzipSync(ZEROS)) };
      await expectTooLarge(world, subject, twice);
    },
  },
  {
    name: 'a body that cannot be unpacked',
    kinds: ['http'],
    async run(world, subject) {
      world.http.script = answering({ headers: { 'content-encoding': 'gzip' }, body: 'not gzip at all' });
      expectFailure(await attempt(world, subject), 'target_response_invalid');
    },
  },
];

/** JSON of any shape, and the shape of the right answer with anything in its members. */
function answerLike({ line }: Subject): fc.Arbitrary<unknown> {
  const body = line.ok?.body;
  const any = fc.jsonValue({ maxDepth: 4 });
  if (typeof body !== 'object' || body === null) return any;
  const near = Object.keys(body).map((name) => any.map((value) => ({ ...body, [name]: value })));
  return fc.oneof(any, ...near);
}
