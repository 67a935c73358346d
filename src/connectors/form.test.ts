import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BUILT_IN_TYPES } from '../connector-types/index.ts';
import { defineConnectorType } from './define.ts';
import { f, inFormOrder } from './fields.ts';
import { assertSecretsMarked, describeType, formSchema, hasField, secretPaths, secretValues } from './form.ts';

const type = defineConnectorType({
  id: '.paper',
  name: 'Paper Mail',
  description: 'Prints and posts a letter.',
  category: 'messaging',
  features: ['alerting'],
  minimumLicense: 'basic',
  setup: ['Ask the post office.'],
  config: z.strictObject({
    url: f.url('URL', 'Where the printer is.'),
    label: f.text('A field called label').optional(),
    method: f.select(['post', 'put'], 'Method', undefined, { options: { post: 'POST', put: 'PUT' } }).default('post'),
    user: f
      .text('User', undefined, { when: { field: 'method', is: ['put'] } })
      .nullable()
      .default(null),
    proxy: z
      .strictObject({ host: f.text('Host'), pin: f.of(z.number(), 'PIN', undefined, { secret: true }) })
      .optional(),
  }),
  secrets: z.strictObject({
    token: f.secret('Token').nullable().default(null),
    headers: f.secretMap('Secret headers').optional(),
    either: z.union([z.strictObject({ key: f.secret('Key') }), z.strictObject({ pass: f.secret('Pass') })]).optional(),
    list: f.of(z.array(z.strictObject({ any: z.unknown() })), 'List', undefined, { secret: true }).optional(),
    pre: z.preprocess((x) => x, f.secret('Preprocessed')).optional(),
  }),
  style: 'subAction',
  actions: {
    print: {
      params: z.strictObject({
        text: f.longText('Text', undefined, { tool: { label: 'Draw it', url: 'https://draw.example/' } }),
      }),
      description: 'Prints.',
      run: () => ({}),
    },
    shred: { params: z.strictObject({}), destructive: true, run: () => ({}) },
  },
  sample: { config: { url: 'https://a.example' }, secrets: {}, params: {}, expect: { method: 'POST', url: '/' } },
});

describe('describeType', () => {
  const described = describeType(type);
  const config = described.config_schema as { properties: Record<string, unknown>; required: string[] };

  test('fields carry label, help, order and hints', () => {
    expect(config).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', required: ['url'] });
    expect(config.properties.url).toEqual({
      type: 'string',
      title: 'URL',
      description: 'Where the printer is.',
      'x-widget': 'text',
      'x-placeholder': 'https://',
      'x-order': 0,
    });
    expect(config.properties.label).toMatchObject({ title: 'A field called label', 'x-order': 1 });
    expect(config.properties.method).toMatchObject({
      enum: ['post', 'put'],
      default: 'post',
      'x-options': { put: 'PUT' },
    });
  });

  test('a nullable field has its label outside the alternatives', () => {
    expect(config.properties.user).toMatchObject({
      title: 'User',
      'x-when': { field: 'method', is: ['put'] },
      'x-order': 3,
      default: null,
    });
  });

  test('secrets are write-only', () => {
    const { properties } = described.secrets_schema as { properties: Record<string, unknown> };
    for (const name of ['token', 'headers', 'list', 'pre']) {
      expect([name, properties[name]]).toEqual([name, expect.objectContaining({ 'x-secret': true, writeOnly: true })]);
    }
    expect(config.properties.url).not.toHaveProperty('writeOnly');
  });

  test('actions, sample and set-up', () => {
    expect(Object.keys(described.actions)).toEqual(['print', 'shred']);
    expect(described.actions.print).toMatchObject({
      description: 'Prints.',
      params_schema: {
        required: ['text'],
        properties: { text: { 'x-tool': { label: 'Draw it', url: 'https://draw.example/' } } },
      },
    });
    expect(described.actions.shred).toMatchObject({ destructive: true });
    expect(described.sample).toEqual({ config: { url: 'https://a.example' }, secrets: {}, params: {} });
    expect(described).toMatchObject({ id: '.paper', style: 'subAction', setup: ['Ask the post office.'] });
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
  });
});

describe('secrets', () => {
  test('secretPaths', () => {
    expect(secretPaths(type)).toEqual([
      'config.proxy.pin',
      'secrets.token',
      'secrets.headers.*',
      'secrets.either.key',
      'secrets.either.pass',
      'secrets.list.*',
      'secrets.pre',
    ]);
  });

  test('secretValues finds every marked value and nothing else', () => {
    const config = { url: 'https://a.example', user: 'bob', proxy: { host: 'p', pin: 4711 } };
    const secrets = {
      token: 't0ken',
      headers: { 'X-A': 'h1', 'X-B': 'h2' },
      either: { pass: 'p1' },
      list: [{ any: { deep: ['d1', '', null] } }],
      pre: 't0ken',
    };
    expect(secretValues(type, config, secrets).sort()).toEqual(['4711', 'd1', 'h1', 'h2', 'p1', 't0ken']);
  });

  test('secretValues takes values that do not fit', () => {
    for (const value of [undefined, null, 5, 'x', [], { proxy: 'x', headers: 5, token: {} }]) {
      expect(secretValues(type, value, value).filter((text) => text !== '5')).toEqual([]);
    }
  });

  test('assertSecretsMarked names the field that was forgotten', () => {
    expect(() => assertSecretsMarked(type)).not.toThrow();
    const forgotten = {
      ...type,
      secrets: z.strictObject({ a: f.secret('A'), b: z.strictObject({ c: f.text('C') }).optional() }),
    };
    expect(() => assertSecretsMarked(forgotten)).toThrow('connector type ".paper": the field "secrets.b.c"');
    const map = { ...type, secrets: z.strictObject({ headers: f.map('Headers') }) };
    expect(() => assertSecretsMarked(map)).toThrow('"secrets.headers.*"');
    const decided = { ...type, secrets: z.strictObject({ user: f.text('User', undefined, { secret: false }) }) };
    expect(() => assertSecretsMarked(decided)).not.toThrow();
    expect(secretValues(decided, {}, { user: 'bob' })).toEqual([]);
  });
});

test('whether a schema has a field', () => {
  const schema = z.strictObject({
    to: z.array(z.string()).default([]),
    link: z.strictObject({ path: z.string(), text: z.string() }).nullable(),
    either: z.union([z.strictObject({ a: z.string() }), z.strictObject({ b: z.string() })]).optional(),
    map: z.record(z.string(), z.strictObject({ c: z.string() })),
    documents: z.array(z.looseObject({})),
  });
  const has = (path: string) => hasField(schema, path.split('.'));
  const known = 'to to.* link link.* link.text either.a either.b map.*.c map.x.c documents documents.*.x.y'.split(' ');
  const unknown = 'too to.*.x link.txt link.text.x either.c map.*.d x.y'.split(' ');
  expect(known.filter((path) => !has(path))).toEqual([]);
  expect(unknown.filter(has)).toEqual([]);
});

test('the form may have another order than the schema, and must then name every field', () => {
  const fields = { b: f.text('B').optional(), a: f.text('A', 'Help.') };
  const ordered = z.strictObject(inFormOrder(fields, ['a', 'b']));
  expect(formSchema(ordered).properties).toMatchObject({
    b: { title: 'B', 'x-order': 1 },
    a: { title: 'A', description: 'Help.', 'x-order': 0 },
  });
  expect(Object.keys(ordered.shape)).toEqual(['b', 'a']);
  expect(() => inFormOrder(fields, ['a'])).toThrow('must name each of its fields once: b, a');
  expect(() => inFormOrder(fields, ['a', 'a'])).toThrow(TypeError);
});

test.each<[string, string[]]>([
  ['.email', ['from', 'service', 'host', 'port', 'secure', 'hasAuth', 'tenantId', 'clientId', 'oauthTokenUrl']],
  ['.webhook', ['method', 'url', 'hasAuth', 'authType']],
])('the form of %s begins as in Kibana', (id, names) => {
  const { config_schema } = describeType(BUILT_IN_TYPES.find((type) => type.id === id)!);
  const properties = Object.entries(config_schema.properties as Record<string, { 'x-order': number }>);
  const inOrder = properties.sort(([, a], [, b]) => a['x-order'] - b['x-order']).map(([name]) => name);
  expect(inOrder.slice(0, names.length)).toEqual(names);
});
