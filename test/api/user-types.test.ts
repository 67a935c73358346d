import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { create, expectError, folderWith, startTarget, type Target } from './support.ts';

const CANARY = 'hook-canary-5f2a91';

/** Members that every type needs, as source text. */
const COMMON =
  "description: 'For tests.', category: 'generic', features: ['alerting', 'mine'], minimumLicense: 'basic', sample: { config: {}, secrets: {}, params: {} },";

const FILES = {
  'flat.ts': `
    export default ({ defineConnectorType, action, bearer, failed, z, f }) => defineConnectorType({
      id: 'my-type', name: 'My type', ${COMMON.replace('config: {}', "config: { url: 'http://x.example' }")}
      config: z.strictObject({ url: f.url('URL'), size: f.of(z.number().int().default(3), 'Size') }),
      secrets: z.strictObject({ token: f.secret('Token').optional() }),
      auth: ({ secrets }) => secrets.token && bearer(secrets.token),
      style: 'flat',
      actions: { run: action(z.strictObject({ do: f.text('What').optional() }), async ({ http, params, config }) => {
        if (params.do === 'throw') throw new TypeError('a bug with ${CANARY}');
        if (params.do === 'throw null') throw null;
        if (params.do === 'fail') return failed('target_rejected', 'it said no', { retry: new Date(86400000), data: { n: 1 } });
        const { status } = await http.post('/sent', { json: { size: config.size } });
        return { status };
      }) },
    });`,
  'sub.ts': `
    export default ({ defineConnectorType, action, z, f }) => defineConnectorType({
      id: 'my-sub', name: 'My sub', ${COMMON.replace('params: {}', "params: { subAction: 'nothing' }")}
      config: z.strictObject({}), secrets: z.strictObject({}),
      style: 'subAction',
      actions: {
        nothing: action(z.strictObject({}), () => undefined),
        number: action(z.strictObject({ storyId: f.of(z.coerce.number(), 'Story') }), ({ params }) => params.storyId),
      },
    });`,
  'system.ts': `
    export default ({ defineConnectorType, action, z }) => defineConnectorType({
      id: '.sys', name: 'Sys', system: true, ${COMMON}
      config: z.strictObject({}), secrets: z.strictObject({}), style: 'flat',
      actions: { run: action(z.strictObject({}), () => undefined) },
    });`,
  'hooks.ts': `
    import { appendFileSync } from 'node:fs';
    const note = (hook, { settings, ...values }) =>
      appendFileSync(new URL('hooks.log', import.meta.url), JSON.stringify({ hook, ...values }) + '\\n');
    export default ({ defineConnectorType, action, z, f, refuse }) => defineConnectorType({
      id: 'my-hooks', name: 'My hooks', ${COMMON}
      config: z.strictObject({ fail: f.text('Which hook fails').default('none') }),
      secrets: z.strictObject({ token: f.secret('Token').optional() }), style: 'flat',
      hooks: {
        async beforeSave(values) {
          note('before', values);
          if (values.config.fail === 'refuse') refuse('Choose another hook.');
          if (values.config.fail === 'before') throw new Error('no: ' + values.secrets.token);
        },
        async afterSave(values) {
          note('after', values);
          if (values.config.fail === 'after') throw new Error('no: ' + values.secrets.token);
        },
        afterDelete(values) {
          note('deleted', values);
          if (values.config.fail === 'delete') throw new Error('no');
        },
      },
      actions: { run: action(z.strictObject({}), () => undefined) },
    });`,
};

let app: TestApp;
let target: Target;
let folder: string;
beforeAll(async () => {
  folder = await folderWith(FILES);
  [app, target] = await Promise.all([startTestApp({ 'patchbay.connectorTypes': [`${folder}/*.ts`] }), startTarget()]);
});
afterAll(() => app.stop());

const ONE = '/api/actions/connector';
const run = async (id: string, params: unknown) => (await app.call('POST', `${ONE}/${id}/_execute`, { params })).body;

describe('a flat type', () => {
  const made = (changes: Record<string, unknown> = {}) => ({
    name: 'Mine',
    connector_type_id: 'my-type',
    config: { url: target.url },
    secrets: { token: CANARY },
    ...changes,
  });

  test('is listed, described and documented like a built-in one', async () => {
    const { body: types } = await app.call('GET', '/api/actions/connector_types?feature_id=mine');
    const mine = types.find(({ id }: { id: string }) => id === 'my-type');
    expect(mine).toMatchObject({ name: 'My type', enabled: true, source: 'yml', is_system_action_type: false });
    const { body } = await app.call('GET', '/api/actions/connector_type/my-type');
    expect(body.config_schema.properties.size).toMatchObject({ title: 'Size', default: 3 });
    expect(body.secrets_schema.properties.token).toMatchObject({ 'x-secret': true });
    const { body: api } = await app.call('GET', '/api/openapi.json');
    expect(api.components.schemas).toHaveProperty('my-type_config');
  });

  test('is saved, checked and run like a built-in one', async () => {
    expectError(
      await app.call('POST', ONE, made({ config: { size: 1.5 } })),
      400,
      'error validating connector type config: 2 errors:\n [1]: Field "url": Required;\n [2]: Field "size": Expected integer, received float',
    );
    const id = await create(app, made());
    expect((await app.call('GET', `${ONE}/${id}`)).body.config).toEqual({ url: target.url, size: 3 });
    expect(await run(id, {})).toEqual({ connector_id: id, status: 'ok', data: { status: 200 } });
    expect(target.received.at(-1)).toMatchObject({
      url: '/sent',
      body: '{"size":3}',
      headers: { authorization: `Bearer ${CANARY}` },
    });
  });

  test('what it throws is an answer, without the secret', async () => {
    const id = await create(app, made());
    expect(await run(id, { do: 'throw' })).toEqual({
      connector_id: id,
      status: 'error',
      message: 'an error occurred while running the action',
      service_message: 'a bug with ●●●',
      retry: true,
      errorSource: 'framework',
    });
    expect(await run(id, { do: 'throw null' })).toMatchObject({
      status: 'error',
      retry: true,
      service_message: 'null',
    });
  });

  test('what it returns as failed is an error of the user', async () => {
    const id = await create(app, made());
    expect(await run(id, { do: 'fail' })).toEqual({
      connector_id: id,
      status: 'error',
      message: 'it said no',
      retry: '1970-01-02T00:00:00.000Z',
      errorSource: 'user',
      data: { n: 1 },
    });
  });
});

describe('a type with sub-actions', () => {
  const THROWN = 'an error occurred while running the action';
  let id: string;
  beforeAll(async () => {
    id = await create(app, { name: 'Sub', connector_type_id: 'my-sub' });
  });

  test('answers {} for nothing', async () => {
    expect(await run(id, { subAction: 'nothing' })).toEqual({ connector_id: id, status: 'ok', data: {} });
    expect((await run(id, { subAction: 'number', subActionParams: { storyId: '7' } })).data).toBe(7);
  });

  test.each(['nope', 'constructor', '__proto__'])('%s is not registered, whatever the params', async (subAction) => {
    expect(await run(id, { subAction, subActionParams: { a: 1 } })).toEqual({
      connector_id: id,
      status: 'error',
      message: THROWN,
      service_message: `Sub action "${subAction}" is not registered. Connector id: ${id}. Connector name: My sub. Connector type: my-sub`,
      retry: true,
      errorSource: 'framework',
    });
  });

  test('params of a sub-action are checked within the run', async () => {
    expect(await run(id, { subAction: 'number', subActionParams: { storyId: 'x' } })).toEqual({
      connector_id: id,
      status: 'error',
      message: THROWN,
      service_message: 'Request validation failed (Field "storyId": Expected number, received nan)',
      retry: true,
      errorSource: 'user',
    });
  });

  test.each([['x'], [1], [true], [null], [['x']]])(
    'subActionParams of %j are wrong params',
    async (subActionParams) => {
      const answer = await run(id, { subAction: 'nothing', subActionParams });
      expect(answer).toMatchObject({ status: 'error', retry: false, errorSource: 'user' });
      expect(answer.message).toMatch(
        /^error validating action params: Field "subActionParams": Expected object, received /,
      );
    },
  );
});

describe('a system type', () => {
  const id = 'system-connector-.sys';
  const path = `${ONE}/${id}`;

  test('is in no list', async () => {
    const { body: types } = await app.call('GET', '/api/actions/connector_types');
    expect(types.map((type: { id: string }) => type.id)).not.toContain('.sys');
    const { body: list } = await app.call('GET', '/api/actions/connectors');
    expect(list.map((connector: { id: string }) => connector.id)).not.toContain(id);
    expectError(await app.call('GET', '/api/actions/connector_type/.sys'), 404);
  });

  test('its connector can be neither read nor changed nor run', async () => {
    expectError(await app.call('GET', path), 404, `Connector ${id} not found`);
    expectError(await app.call('PUT', path, { name: 'x' }), 400, `System action ${id} can not be updated.`);
    expectError(await app.call('PATCH', path, { name: 'x' }), 400, `System action ${id} can not be updated.`);
    expectError(await app.call('DELETE', path), 400, `System action ${id} is not allowed to delete.`);
    const forbidden = 'Execution of system action is not allowed';
    expectError(await app.call('POST', `${path}/_execute`, { params: {} }), 400, forbidden);
    expectError(await app.call('POST', '/api/actions/_preview', { connector_id: id, params: {} }), 400, forbidden);
    const unsaved = { connector_type_id: '.sys', params: {} };
    expectError(await app.call('POST', '/api/actions/_test', unsaved), 400, forbidden);
  });

  test('nobody can create one', async () => {
    const system = { name: 'x', connector_type_id: '.sys' };
    const message = 'System action creation is forbidden. Action type: .sys.';
    expectError(await app.call('POST', ONE, system), 400, message);
    expectError(
      await app.call('POST', path, { name: 'x', connector_type_id: '.server-log' }),
      400,
      'System action creation is forbidden. Action type: .server-log.',
    );
  });

  test('cannot be preconfigured', async () => {
    const settings = {
      'patchbay.connectorTypes': [`${folder}/system.ts`],
      'xpack.actions.preconfigured': { mine: { name: 'Mine', actionTypeId: '.sys' } },
    };
    await expect(startTestApp(settings, app.database)).rejects.toThrow(
      /xpack\.actions\.preconfigured\.mine\.actionTypeId\]: Setting system action types in preconfigured connectors are not allowed/,
    );
  });
});

describe('hooks', () => {
  const made = (fail = 'none') => ({
    name: 'Hooked',
    connector_type_id: 'my-hooks',
    config: { fail },
    secrets: { token: CANARY },
  });
  const notes = async (id: string) =>
    (await readFile(join(folder, 'hooks.log'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ connectorId }) => connectorId === id);

  test('run once each, in order, around the write; the one after deleting sees no secrets', async () => {
    const id = await create(app, made());
    await app.call('PATCH', `${ONE}/${id}`, { name: 'new' });
    await app.call('DELETE', `${ONE}/${id}`);
    const values = { connectorId: id, config: { fail: 'none' }, secrets: { token: CANARY } };
    expect(await notes(id)).toEqual([
      { hook: 'before', ...values, isUpdate: false },
      { hook: 'after', ...values, isUpdate: false, wasSuccessful: true },
      { hook: 'before', ...values, isUpdate: true },
      { hook: 'after', ...values, isUpdate: true, wasSuccessful: true },
      { hook: 'deleted', connectorId: id, config: { fail: 'none' } },
    ]);
  });

  test('do not run when an earlier check refused', async () => {
    expectError(await app.call('POST', `${ONE}/refused`, { ...made(), config: { nope: 1 } }), 400);
    expect(await notes('refused')).toEqual([]);
  });

  test('learn that the write failed', async () => {
    const id = await create(app, made());
    expectError(await app.call('POST', `${ONE}/${id}`, made()), 409, `Saved object [action/${id}] conflict`);
    const [, , before, after] = await notes(id);
    expect([before.hook, after.hook, after.wasSuccessful]).toEqual(['before', 'after', false]);
  });

  test('a failure before the write refuses it, and its words go nowhere', async () => {
    const answer = await app.call('POST', `${ONE}/no-hook`, made('before'));
    expectError(
      answer,
      500,
      'The hook of the connector type "my-hooks" before saving connector "no-hook" failed (Error).',
    );
    expectError(await app.call('GET', `${ONE}/no-hook`), 404);
    expect((await notes('no-hook')).map(({ hook }) => hook)).toEqual(['before']);
  });

  test('may refuse the save with words of their own', async () => {
    expectError(await app.call('POST', `${ONE}/refused-by-hook`, made('refuse')), 400, 'Choose another hook.');
    expectError(await app.call('GET', `${ONE}/refused-by-hook`), 404);
  });

  test('a failure after the write is only logged', async () => {
    const id = await create(app, made('after'));
    expect(app.log()).toContain(`after saving connector \\"${id}\\" failed (Error)`);
    const other = await create(app, made('delete'));
    expect((await app.call('DELETE', `${ONE}/${other}`)).status).toBe(204);
    expect(app.log()).toContain(`after deleting connector \\"${other}\\" failed (Error)`);
  });

  test('no secret of all this is in the log', () => {
    expect(app.log()).not.toContain(CANARY);
  });
});

test('a type with the id of a built-in one does not start', async () => {
  const taken = await folderWith({ 'taken.ts': FILES['flat.ts'].replace("'my-type'", "'.webhook'") });
  const settings = { 'patchbay.connectorTypes': [`${taken}/taken.ts`] };
  await expect(startTestApp(settings, app.database)).rejects.toThrow(/"\.webhook"/);
});
