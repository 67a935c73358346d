import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { z as z3 } from 'zod/v3';
import { formatIssues, parseWithTexts } from './validation-text.ts';

type Zod = typeof z;
/** Makes the same schema with whichever zod it is given; only calls that both versions have. */
type Build = (zod: Zod) => z.ZodType;

const OK = 'valid';

function withZod4(build: Build, value: unknown): string {
  const result = parseWithTexts(build(z), value);
  return result.success ? OK : formatIssues(result.error);
}

interface Formatted {
  _errors: string[];
  [field: string]: Formatted | string[];
}

/** The reference: zod 3's own messages and its own `format()`, listed by the rules of http-api.md. */
function withZod3(build: Build, value: unknown): string {
  const result = (build(z3 as unknown as Zod) as unknown as z3.ZodType).safeParse(value);
  if (result.success) return OK;
  const formatted = result.error.format() as unknown as Formatted;
  const entries = [...formatted._errors];
  const visit = (node: Formatted, path: string) => {
    for (const key of Object.keys(node).filter((name) => name !== '_errors')) {
      const field = node[key] as Formatted;
      const name = path === '' ? key : `${path}.${key}`;
      if (field._errors.length > 0) entries.push(`Field "${name}": ${field._errors.join(', ')}`);
      else visit(field, name);
    }
  };
  visit(formatted, '');
  if (entries.length === 1) return entries[0] ?? '';
  const listed = entries.length > 5 ? [...entries.slice(0, 5), `and ${entries.length - 5} more`] : entries;
  return `${entries.length} errors:\n ${listed.map((entry, i) => `[${i + 1}]: ${entry}`).join(';\n ')}`;
}

describe('the texts of http-api.md section 2.1', () => {
  const methods = ['post', 'put'] as const;
  const cases: [name: string, build: Build, value: unknown, text: string][] = [
    ['missing', (v) => v.strictObject({ url: v.string() }), {}, 'Field "url": Required'],
    [
      'wrong type',
      (v) => v.strictObject({ encrypted: v.string() }),
      { encrypted: 42 },
      'Field "encrypted": Expected string, received number',
    ],
    [
      'unknown key before a missing field',
      (v) => v.strictObject({ encrypted: v.string() }),
      { foo: 1 },
      '2 errors:\n [1]: Unrecognized key(s) in object: \'foo\';\n [2]: Field "encrypted": Required',
    ],
    [
      'enum',
      (v) => v.strictObject({ method: v.enum(methods) }),
      { method: 'https' },
      "Field \"method\": Invalid enum value. Expected 'post' | 'put', received 'https'",
    ],
    ['enum, not a string', (v) => v.enum(methods), 5, "Expected 'post' | 'put', received number"],
    ['literal', (v) => v.literal('trace'), 'debug', 'Invalid literal value, expected "trace"'],
    [
      'array position',
      (v) => v.strictObject({ list: v.array(v.strictObject({ name: v.string() })) }),
      { list: [{}] },
      'Field "list.0.name": Required',
    ],
    ['length', (v) => v.string().min(1), '', 'String must contain at least 1 character(s)'],
    ['range', (v) => v.number().max(65535), 65536, 'Number must be less than or equal to 65535'],
    ['whole number', (v) => v.number().int(), 1.5, 'Expected integer, received float'],
    [
      'coerced',
      (v) => v.strictObject({ storyId: v.coerce.number() }),
      { storyId: 'x' },
      'Field "storyId": Expected number, received nan',
    ],
    ['coerced, missing', (v) => v.coerce.number(), undefined, 'Expected number, received nan'],
    ['url', (v) => v.string().url(), 'x', 'Invalid url'],
    [
      'a field hides what is below it',
      (v) => v.strictObject({ a: v.strictObject({ b: v.string() }) }),
      { a: { c: 1 } },
      'Field "a": Unrecognized key(s) in object: \'c\'',
    ],
    [
      'a union lists every alternative',
      (v) => v.strictObject({ x: v.union([v.string(), v.array(v.number())]) }),
      { x: 1 },
      'Field "x": Expected string, received number, Expected array, received number',
    ],
    [
      'an alternative that fits in type is listed alone',
      (v) => v.union([v.strictObject({ a: v.string() }), v.string().min(5)]),
      { a: 'x', b: 1 },
      "Unrecognized key(s) in object: 'b'",
    ],
    [
      'seven problems',
      (v) => v.array(v.string()),
      [1, 2, 3, 4, 5, 6, 7],
      `7 errors:\n ${[0, 1, 2, 3, 4].map((i) => `[${i + 1}]: Field "${i}": Expected string, received number`).join(';\n ')};\n [6]: and 2 more`,
    ],
  ];

  test.each(cases)('%s', (_name, build, value, text) => {
    expect(withZod4(build, value)).toBe(text);
    expect(withZod3(build, value)).toBe(text);
  });

  test('a discriminator', () => {
    const build: Build = (v) =>
      v.discriminatedUnion('subAction', [
        v.strictObject({ subAction: v.literal('a') }),
        v.strictObject({ subAction: v.literal('b') }),
      ]);
    for (const value of [{ subAction: 'c' }, {}, { subAction: 5 }]) {
      expect(withZod4(build, value)).toBe("Field \"subAction\": Invalid discriminator value. Expected 'a' | 'b'");
      expect(withZod3(build, value)).toBe(withZod4(build, value));
    }
  });
});

describe('zod 3 says the same', () => {
  const builds: [string, Build][] = [
    [
      'text checks',
      (v) => v.string().min(3).max(5).email().url().regex(/^a/).startsWith('q').endsWith('z').includes('m'),
    ],
    ['exact length', (v) => v.string().length(4)],
    ['other formats', (v) => v.string().uuid().datetime()],
    ['number checks', (v) => v.number().min(2).max(8).multipleOf(3)],
    ['whole numbers', (v) => v.strictObject({ a: v.number().min(1).int(), b: v.number().int().optional() })],
    ['number bounds, exclusive', (v) => v.number().gt(2).lt(8)],
    ['array bounds', (v) => v.array(v.number()).min(2).max(3)],
    ['array length', (v) => v.array(v.number()).length(2)],
    ['record', (v) => v.record(v.string(), v.string())],
    ['record with checked keys', (v) => v.record(v.string().min(3), v.any())],
    ['literals', (v) => v.union([v.literal('a'), v.literal(1), v.literal(true), v.literal(null)])],
    [
      'nullable and default',
      (v) => v.strictObject({ a: v.string().nullable().default(null), b: v.number().optional() }),
    ],
    ['boolean', (v) => v.boolean()],
    ['null', (v) => v.null()],
    ['never', (v) => v.object({ a: v.never().optional() })],
    ['date', (v) => v.coerce.date()],
    ['loose object', (v) => v.object({ a: v.string() })],
    ['refined', (v) => v.strictObject({ a: v.string() }).refine((o) => (o as { a: string }).a === 'q', 'must be q')],
    ['refined field', (v) => v.strictObject({ a: v.string().refine((s) => s === 'q', { message: 'must be q' }) })],
    [
      'super-refined with a path',
      (v) =>
        v.strictObject({ a: v.string(), b: v.string().optional() }).superRefine((_o, context) => {
          context.addIssue({ code: 'custom', message: 'one' });
          context.addIssue({ code: 'custom', message: 'two', path: ['b'] });
        }),
    ],
    ['own message', (v) => v.strictObject({ a: v.string({ message: 'give a text' }).min(2, 'two at least') })],
    ['own enum of one', (v) => v.enum(['only'])],
    ['nested unions', (v) => v.union([v.union([v.string().min(9), v.number()]), v.strictObject({ a: v.string() })])],
    ['intersection', (v) => v.intersection(v.object({ a: v.string() }), v.object({ b: v.number() }))],
    ['transform', (v) => v.strictObject({ a: v.string().transform((s) => s.length) })],
    ['pipe', (v) => v.string().pipe(v.enum(['a', 'b']))],
    ['preprocess', (v) => v.preprocess((x) => (typeof x === 'string' ? Number(x) : x), v.number().min(3))],
  ];
  const values: unknown[] = [
    { a: 0.5 },
    { a: 1, b: 0.5 },
    undefined,
    null,
    true,
    0,
    1,
    2.5,
    9,
    -1,
    '',
    'a',
    'q',
    'm',
    'qmz',
    'abcdef',
    'only',
    '7',
    'x@example.org',
    'https://example.org/',
    [],
    [1],
    [1, 2, 3, 4],
    ['a', null],
    {},
    { a: 'q' },
    { a: '' },
    { a: 1 },
    { a: null },
    { a: 'q', b: 1, c: 2 },
    { ab: 'x', abc: 'y' },
    { a: { b: 1 } },
    { b: 'x' },
    { constructor: 1 },
    { a: ['x'] },
  ];

  test.each(builds)('%s', (_name, build) => {
    for (const value of values) expect([value, withZod4(build, value)]).toEqual([value, withZod3(build, value)]);
  });

  /** A schema and values near it: right, nearly right, and anything. */
  interface Twin {
    readonly build: Build;
    readonly value: fc.Arbitrary<unknown>;
  }
  const junk = fc.oneof(
    fc.constantFrom<unknown>(undefined, null, true, 0, 1.5, -3, '', 'a', 'b', 'post', [], {}),
    fc.array(fc.constantFrom('a', 1, null), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'kind', 'foo', '10', '2'), fc.constantFrom<unknown>('a', 1, null, {}, []), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  );
  const near = (value: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: junk });

  const leaf: fc.Arbitrary<Twin> = fc.constantFrom<Twin>(
    { build: (v) => v.string(), value: fc.string({ maxLength: 4 }) },
    { build: (v) => v.string().min(2).max(3), value: fc.string({ maxLength: 5 }) },
    { build: (v) => v.string().regex(/^a/), value: fc.constantFrom('abc', 'b') },
    { build: (v) => v.number().min(1).max(5), value: fc.integer({ min: -2, max: 8 }) },
    { build: (v) => v.coerce.number(), value: fc.constantFrom('1', 'x', 2) },
    { build: (v) => v.boolean(), value: fc.boolean() },
    { build: (v) => v.enum(['post', 'put']), value: fc.constantFrom('post', 'get') },
    { build: (v) => v.literal('a'), value: fc.constantFrom('a', 'b') },
    {
      build: (v) => v.record(v.string(), v.number()),
      value: fc.dictionary(fc.constantFrom('a', '10', '2'), fc.constantFrom<unknown>(1, 'x'), {
        noNullPrototype: true,
      }),
    },
    { build: (v) => v.string().refine((s) => s !== 'b', 'not b'), value: fc.constantFrom('a', 'b') },
  );
  const objectOf = (member: fc.Arbitrary<Twin>): fc.Arbitrary<Twin> =>
    fc.tuple(member, member, fc.constantFrom('strict', 'strip', 'optional')).map(([a, b, mode]) => ({
      build: (v) => {
        const shape = { a: a.build(v), b: mode === 'optional' ? b.build(v).optional() : b.build(v) };
        return mode === 'strip' ? v.object(shape) : v.strictObject(shape);
      },
      value: fc.record(
        { a: near(a.value), b: near(b.value), foo: fc.constant(1) },
        { requiredKeys: [], noNullPrototype: true },
      ),
    }));
  const arrayOf = (member: fc.Arbitrary<Twin>): fc.Arbitrary<Twin> =>
    member.map((item) => ({
      build: (v) => v.array(item.build(v)).min(2),
      value: fc.array(near(item.value), { maxLength: 8 }),
    }));
  // Alternatives that are unions themselves are left out: see the differences listed in validation-text.ts.
  const alternative = fc.oneof(leaf, objectOf(leaf), arrayOf(leaf), objectOf(objectOf(leaf)));
  const union: fc.Arbitrary<Twin> = fc.tuple(alternative, alternative).map(([a, b]) => ({
    build: (v) => v.union([a.build(v), b.build(v)]),
    value: fc.oneof(near(a.value), near(b.value)),
  }));
  const discriminated = (member: fc.Arbitrary<Twin>): fc.Arbitrary<Twin> =>
    member.map((inner) => ({
      build: (v) =>
        v.discriminatedUnion('kind', [
          v.strictObject({ kind: v.literal('one'), a: inner.build(v) }),
          v.strictObject({ kind: v.enum(['two', 'three']), b: v.string() }),
        ]),
      value: fc.record(
        { kind: fc.constantFrom('one', 'two', 'four'), a: near(inner.value), b: fc.constantFrom<unknown>('x', 1) },
        { requiredKeys: [], noNullPrototype: true },
      ),
    }));
  const nullable = (member: fc.Arbitrary<Twin>): fc.Arbitrary<Twin> =>
    member.map((inner) => ({
      build: (v) => inner.build(v).nullable(),
      value: fc.oneof(fc.constant(null), inner.value),
    }));
  const { twin } = fc.letrec<{ twin: Twin }>((tie) => ({
    twin: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      objectOf(tie('twin')),
      arrayOf(tie('twin')),
      union,
      discriminated(tie('twin')),
      nullable(tie('twin')),
    ),
  }));

  test('for generated schemas and values', () => {
    const pair = twin.chain(({ build, value }) => near(value).map((input) => ({ build, input })));
    const seen = { valid: 0, invalid: 0 };
    fc.assert(
      fc.property(pair, ({ build, input }) => {
        const text = withZod4(build, input);
        seen[text === OK ? 'valid' : 'invalid'] += 1;
        expect(text).toBe(withZod3(build, input));
      }),
      { numRuns: 3_000, seed: 20_261 },
    );
    expect(seen.valid).toBeGreaterThan(100);
    expect(seen.invalid).toBeGreaterThan(1_000);
  });
});

describe('hostile input', () => {
  test('a message repeats only so much of it', () => {
    const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`${'k'.repeat(5_000)}${i}`, 1]));
    expect(withZod4((v) => v.strictObject({}), keys).length).toBeLessThan(3_000);
    expect(withZod4((v) => v.enum(['a']), 'x'.repeat(100_000)).length).toBeLessThan(200);
  });

  test('a deeply nested problem ends at twenty levels', () => {
    const tree: z.ZodType = z.lazy(() => z.union([z.string(), z.strictObject({ a: tree })]));
    const nested: z.ZodType = z.lazy(() => z.strictObject({ a: z.optional(nested) }));
    let value: unknown = { b: 1 };
    for (let i = 0; i < 30; i += 1) value = { a: value };
    const result = parseWithTexts(nested, value);
    expect(result.success || formatIssues(result.error)).toMatch(
      /^Field "a(\.a){20}": has problems too many levels deep/,
    );
  });

  test('a field may be called __proto__', () => {
    expect(formatIssues({ issues: [{ code: 'custom', path: ['__proto__', 'x'], message: 'no', input: 1 }] })).toBe(
      'Field "__proto__.x": no',
    );
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  test('received values of secrets stay out', () => {
    const result = parseWithTexts(z.enum(['a', 'b']), 'hunter2', { hideValues: true });
    expect(result.success || formatIssues(result.error)).toBe("Invalid enum value. Expected 'a' | 'b'");
  });
});
