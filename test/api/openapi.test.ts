import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Answer, startTestApp, type TestApp } from '../support/app.ts';
import { basic, create, startTarget, type Target, webhook } from './support.ts';

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  summary: string;
  parameters: { name: string; in: string; required: boolean; schema: Json }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Json }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Json }> }>;
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}

let app: TestApp;
let target: Target;
let api: Document;
beforeAll(async () => {
  [app, target] = await Promise.all([
    startTestApp({ 'xpack.actions.preconfigured': { pre: { name: 'Pre', actionTypeId: '.server-log' } } }),
    startTarget(),
  ]);
  api = (await app.call('GET', '/api/openapi.json')).body;
});
afterAll(() => app.stop());

const operations = () =>
  Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

describe('the document', () => {
  test('is OpenAPI 3.1 of all public calls', () => {
    expect(api.openapi).toMatch(/^3\.1\./);
    expect(api.info).toMatchObject({ title: 'Patchbay', version: expect.any(String) });
    const calls = operations().map(({ method, path }) => `${method} ${path}`);
    for (const call of [
      'POST /api/actions/connector',
      'POST /api/actions/connector/{id}',
      'GET /api/actions/connector/{id}',
      'PUT /api/actions/connector/{id}',
      'PATCH /api/actions/connector/{id}',
      'DELETE /api/actions/connector/{id}',
      'POST /api/actions/connector/{id}/_execute',
      'GET /api/actions/connectors',
      'GET /api/actions/connector_types',
      'GET /api/actions/connector_type/{type_id}',
      'GET /api/actions/executions',
      'GET /api/actions/execution/{execution_id}',
      'POST /api/actions/_test',
      'POST /api/actions/_preview',
      'POST /api/actions/connector/{id}/_enqueue',
      'POST /api/actions/_bulk_enqueue',
      'POST /api/actions/execution/{execution_id}/_retry',
      'POST /api/actions/execution/{execution_id}/_cancel',
      'POST /api/actions/executions/_retry',
      'POST /api/actions/executions/_cancel',
      'POST /api/encrypted_saved_objects/_rotate_key',
      'GET /api/status',
    ]) {
      expect(calls).toContain(call);
    }
  });

  test('names each operation once, and all its path parameters', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, method, operation } of operations()) {
      expect(operation.summary, `${method} ${path}`).toMatch(/^[A-Z].*[^.]$/);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name }) => name)).toEqual(inPath);
      expect(declared.every(({ required }) => required)).toBe(true);
      const header = operation.parameters.find(({ name }) => name === 'kbn-xsrf');
      expect(header === undefined).toBe(method === 'GET');
    }
  });

  test('refers only to what it holds', () => {
    const text = JSON.stringify(api);
    for (const [, pointer] of text.matchAll(/"\$ref":"([^"]+)"/g)) {
      const steps = pointer!.replace(/^#\//, '').split('/');
      expect(pointer).toMatch(/^#\//);
      expect(steps.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], api)).toBeDefined();
    }
  });

  test('every schema in it can be compiled', () => {
    const schemas = [
      ...Object.values(api.components.schemas),
      ...operations().flatMap(({ operation }) => [
        ...operation.parameters.map(({ schema }) => schema),
        ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema),
        ...Object.values(operation.responses).flatMap(({ content }) =>
          content?.['application/json'] ? [content['application/json'].schema] : [],
        ),
      ]),
    ];
    expect(schemas.length).toBeGreaterThan(30);
    for (const schema of schemas) expect(() => compile(schema)).not.toThrow();
  });

  test('describes the fields of each upload', async () => {
    const formOf = (call: string) => {
      const { required, content } = api.paths[`/api/saved_objects/${call}`]!.post!.requestBody!;
      expect([required, Object.keys(content)]).toEqual([true, ['multipart/form-data']]);
      return content['multipart/form-data']!.schema as { required: string[]; properties: Record<string, Json> };
    };
    const file = { type: 'string', format: 'binary', contentMediaType: 'application/x-ndjson' };
    const first = formOf('_import');
    expect(first).toMatchObject({ type: 'object', required: ['file'], properties: { file } });
    expect(Object.keys(first.properties)).toEqual(['file']);

    const second = formOf('_resolve_import_errors');
    expect(second).toMatchObject({ required: ['file', 'retries'], properties: { file } });
    const { contentMediaType, contentSchema } = second.properties.retries!;
    expect(contentMediaType).toBe('application/json');
    // What it says of the decisions is what is taken.
    const decisions = compile(contentSchema as Json);
    for (const [retries, status] of [
      [[{ type: 'action', id: 'of-the-upload', overwrite: true }], 200],
      [[{ type: 'action' }], 400],
      [{ type: 'action', id: 'of-the-upload' }, 400],
    ] as const) {
      expect(decisions.safeParse(retries).success).toBe(status === 200);
      const form = new FormData();
      form.set('file', new Blob(['']), 'export.ndjson');
      form.set('retries', JSON.stringify(retries));
      const answer = await fetch(`${app.url}/api/saved_objects/_resolve_import_errors`, {
        method: 'POST',
        headers: { authorization: basic(app.admin.username, app.admin.password), 'kbn-xsrf': 'test' },
        body: form,
      });
      expect([retries, answer.status]).toEqual([retries, status]);
    }
  });

  test('has config, secrets and params of every type', async () => {
    const { body: types } = await app.call('GET', '/api/actions/connector_types');
    for (const { id } of types) {
      const name = id.replace('.', '');
      const { body: type } = await app.call('GET', `/api/actions/connector_type/${id}`);
      const params = Object.keys(type.actions).map((action) => `${name}_${action}_params`);
      const names = Object.keys(api.components.schemas);
      expect(names).toEqual(expect.arrayContaining([`${name}_config`, `${name}_secrets`, ...params]));
      expect(params).not.toEqual([]);
    }
  });
});

describe('real answers fit the document', () => {
  /** Asserts that an answer's status is documented and its body is what the document says. */
  function expectDocumented(method: string, path: string, answer: Answer): void {
    const operation = api.paths[path]?.[method.toLowerCase()];
    const response = operation?.responses[answer.status];
    expect(response, `${method} ${path} ${answer.status}`).toBeDefined();
    const schema = response?.content?.['application/json']?.schema;
    if (schema === undefined) expect(answer.text).toBe('');
    else expectFits(answer.body, schema, `${method} ${path} ${answer.text}`);
  }

  test.each(['', '?extended=true'])('connectors, runs and lists %s', async (query) => {
    const one = '/api/actions/connector/{id}';
    const config = { url: `${target.url}/status/500`, hasAuth: false };
    const id = await create(app, webhook({ config, tags: ['t'] }));
    const at = (path: string) => path.replace('{id}', id);
    const try_ = async (method: string, path: string, body?: unknown, search = query) => {
      const answer = await app.call(method, at(path) + search, body);
      expectDocumented(method, path, answer);
      return answer;
    };
    await try_('POST', '/api/actions/connector', webhook());
    await try_('POST', one, webhook());
    await try_('GET', one);
    await try_('PUT', one, { name: 'x', config });
    await try_('PATCH', one, { name: 'y' });
    const ran = await app.call('POST', `${at(one)}/_execute?extended=true`, { params: { body: '{}' } });
    expectDocumented('POST', `${one}/_execute`, ran);
    await try_('POST', `${one}/_execute`, { params: { body: 5 } });
    await try_('POST', '/api/actions/_test', { connector_type_id: '.webhook', config, params: { body: '{}' } });
    const preview = { connector_id: id, params: { body: '{}' } };
    await try_('POST', '/api/actions/_preview', preview, '');
    await try_('GET', '/api/actions/connectors');
    await try_('GET', '/api/actions/connector_types');
    await try_('GET', '/api/actions/executions', undefined, '');
    const execution = await app.call('GET', `/api/actions/execution/${ran.body.execution_id}`);
    expect(execution.body.attempts[0].requests).toHaveLength(1);
    expectDocumented('GET', '/api/actions/execution/{execution_id}', execution);
    await try_('DELETE', one, undefined, '');
    await try_('DELETE', one, undefined, '');
    await try_('GET', '/api/actions/connectors', undefined, '?nope=1');
  });

  test('the queue', async () => {
    const start_at = new Date(Date.now() + 3_600_000).toISOString();
    const call = async (path: string, body?: unknown, id = '') => {
      const answer = await app.call('POST', path.replace(/\{\w+\}/, id), body);
      expectDocumented('POST', path, answer);
      return answer;
    };
    const enqueue = '/api/actions/connector/{id}/_enqueue';
    const { execution_id } = (await call(enqueue, { params: { message: 'x' }, start_at }, 'pre')).body;
    for (const [body, id] of [
      [{}, 'pre'],
      [{ params: {} }, 'nope'],
    ] as const)
      await call(enqueue, body, id);
    const many = '/api/actions/_bulk_enqueue';
    await call(many, { actions: [{ id: 'pre', params: { message: 'x' }, start_at }, { id: 'nope', params: {} }, {}] });
    await call(many, { actions: [] });
    const one = '/api/actions/execution/{execution_id}';
    await call(`${one}/_retry`, undefined, execution_id);
    await call(`${one}/_cancel`, undefined, execution_id);
    await call(`${one}/_cancel`, undefined, execution_id);
    await call(`${one}/_cancel`, undefined, 'nope');
    const again = await call(`${one}/_retry`, undefined, execution_id);
    expect(again.status).toBe(202);
    await call('/api/actions/executions/_cancel', { filter: { connector_id: 'pre' } });
    await call('/api/actions/executions/_retry', { filter: { connector_id: 'pre' } });
    await call('/api/actions/executions/_retry', {});
    const header = api.paths[enqueue]?.post?.parameters.find(({ name }) => name === 'idempotency-key');
    expect(header).toMatchObject({ in: 'header', required: false, schema: { type: 'string', maxLength: 255 } });
  });

  test('types, status and refusals', async () => {
    const { body: types } = await app.call('GET', '/api/actions/connector_types');
    for (const { id } of types) {
      const type = await app.call('GET', `/api/actions/connector_type/${id}`);
      expectDocumented('GET', '/api/actions/connector_type/{type_id}', type);
    }
    expectDocumented('GET', '/api/status', await app.call('GET', '/api/status'));
    const anonymous = await app.call('GET', '/api/status', undefined, { authorization: undefined });
    expectDocumented('GET', '/api/status', anonymous);
    const path = '/api/actions/connectors';
    expectDocumented('GET', path, await app.call('GET', path, undefined, { authorization: undefined }));
    const rotate = '/api/encrypted_saved_objects/_rotate_key';
    expectDocumented('POST', rotate, await app.call('POST', rotate));
  });

  test('the samples of the types fit the schemas of the document', async () => {
    const { body: types } = await app.call('GET', '/api/actions/connector_types');
    for (const { id } of types) {
      const { body: type } = await app.call('GET', `/api/actions/connector_type/${id}`);
      const name = id.replace('.', '');
      const { config, secrets, params } = type.sample;
      const isFlat = type.style === 'flat';
      for (const [part, value] of Object.entries({
        config,
        secrets,
        [`${isFlat ? 'run' : params.subAction}_params`]: isFlat ? params : params.subActionParams,
      })) {
        expectFits(value, api.components.schemas[`${name}_${part}`]!, `${id} ${part}`);
      }
    }
  });
});

/** A checker made of nothing but the document. */
function compile(schema: Json): z.ZodType {
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
}

function expectFits(value: unknown, schema: Json, what: string): void {
  expect(compile(schema).safeParse(value).error?.issues ?? [], what).toEqual([]);
}
