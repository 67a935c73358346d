import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isPatchbayError } from '../errors.ts';
import { assertNoBlankStrings, assertNoNul, validateRequestPart } from './validate-request.ts';

const body = z.strictObject({
  name: z.string(),
  config: z.record(z.string(), z.unknown()).default({}),
  tags: z.array(z.string().min(2)).max(2).optional(),
  size: z.coerce.number().int().min(1).optional(),
  status: z.enum(['queued', 'running']).optional(),
  extra: z.strictObject({ deep: z.boolean() }).optional(),
  either: z.union([z.string(), z.number()]).optional(),
});

/** The message of the `bad_request` that `call` throws. */
function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (isPatchbayError(error, 'bad_request')) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('validateRequestPart', () => {
  test('answers the parsed value', () => {
    expect(validateRequestPart('body', body, { name: 'a', size: '3' })).toEqual({ name: 'a', config: {}, size: 3 });
  });

  test.each<[unknown, string]>([
    [{}, '[request body.name]: expected value of type [string] but got [undefined]'],
    [{ name: {} }, '[request body.name]: expected value of type [string] but got [Object]'],
    [{ name: 'a', config: null }, '[request body.config]: expected value of type [object] but got [null]'],
    [{ name: 'a', config: [] }, '[request body.config]: expected value of type [object] but got [Array]'],
    [null, '[request body]: expected a plain object value, but found [null] instead.'],
    [{ name: 'a', foo: 1 }, "[request body.foo]: Additional properties are not allowed ('foo' was unexpected)"],
    [{ foo: 1 }, '[request body.name]: expected value of type [string] but got [undefined]'],
    [
      { name: 'a', extra: { deep: true, x: 1 } },
      "[request body.extra.x]: Additional properties are not allowed ('x' was unexpected)",
    ],
    [
      { name: 'a', tags: ['ok', 'x'] },
      '[request body.tags.1]: value has length [1] but it must have a minimum length of [2].',
    ],
    [{ name: 'a', tags: ['aa', 'bb', 'cc'] }, '[request body.tags]: array size is [3], but cannot be greater than [2]'],
    [{ name: 'a', size: 'many' }, '[request body.size]: expected value of type [number] but got [string]'],
    [{ name: 'a', size: 0 }, '[request body.size]: Value must be equal to or greater than [1].'],
    [{ name: 'a', status: 'x' }, '[request body.status]: expected value to equal [queued] or [running] but got [x]'],
    [{ name: 'a', either: true }, '[request body.either]: expected value of type [string] but got [boolean]'],
  ])('refuses %j', (value, message) => {
    expect(refusal(() => validateRequestPart('body', body, value))).toBe(message);
  });

  test('names the part', () => {
    expect(refusal(() => validateRequestPart('query', z.strictObject({}), { a: '1' }))).toBe(
      "[request query.a]: Additional properties are not allowed ('a' was unexpected)",
    );
  });

  test('refuses __proto__ in free objects, which zod would drop without a word', () => {
    const value = JSON.parse('{"name":"a","config":{"x":{"__proto__":{}}}}') as unknown;
    expect(refusal(() => validateRequestPart('body', body, value))).toBe(
      "[request body.config.x.__proto__]: Additional properties are not allowed ('__proto__' was unexpected)",
    );
  });

  test('repeats only so much of what was sent', () => {
    const value = { name: 'a', ['k'.repeat(1_000_000)]: 1 };
    expect(refusal(() => validateRequestPart('body', body, value)).length).toBeLessThan(400);
  });
});

describe('assertNoBlankStrings', () => {
  test.each<[Parameters<typeof assertNoBlankStrings>[0], string]>([
    [{ name: '' }, 'name'],
    [{ name: 'a', connector_type_id: ' \t' }, 'connector_type_id'],
    [{ name: 'a', config: { unencrypted: '  ' } }, 'config.unencrypted'],
    [{ name: 'a', config: { headers: { a: [{ b: '' }] } } }, 'config.headers'],
    [{ name: 'a', secrets: { user: 'x', password: '' } }, 'secrets.password'],
  ])('refuses %j', (value, path) => {
    expect(refusal(() => assertNoBlankStrings(value))).toBe(`[request body.${path}]: value '' is not valid`);
  });

  test('lets null, numbers and padded text pass', () => {
    expect(() => assertNoBlankStrings({ name: ' a ', config: { a: null, b: 0, c: [] }, secrets: {} })).not.toThrow();
  });
});

describe('assertNoNul', () => {
  test('finds the character in values and keys', () => {
    expect(refusal(() => assertNoNul({ id: 'a\0b' }, 'params'))).toContain('[request params.id]: the character U+0000');
    expect(refusal(() => assertNoNul({ a: [{ 'b\0': 1 }] }, 'body'))).toContain(
      '[request body.a.0]: the character U+0000',
    );
    expect(() => assertNoNul({ a: ['b', null, 1, '\u0001'] }, 'body')).not.toThrow();
  });
});
