import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { create, expectError, webhook } from './support.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({
    'xpack.actions.enabledActionTypes': ['.webhook', '.server-log', '.index'],
    'xpack.actions.preconfiguredAlertHistoryEsIndex': true,
    'xpack.actions.preconfigured': {
      'a-slack': { name: 'Slack#xyz', actionTypeId: '.slack', secrets: { webhookUrl: 'https://hooks.slack.com/x' } },
      snow1: { name: 'ServiceNow#xyz', actionTypeId: '.servicenow' },
      snow2: { name: 'ServiceNow#xyz', actionTypeId: '.servicenow' },
      'no-type': { name: 'SystemABC', actionTypeId: 'system-abc-action-type' },
      es: { name: 'preconfigured_es_index_action', actionTypeId: '.index', config: { index: 'x' } },
      test: { name: 'Test:_Preconfigured_Index_Record', actionTypeId: 'test.index-record' },
      mail: { name: 'TestEmail#xyz', actionTypeId: '.email' },
      notify: { name: 'Notification Email Connector', actionTypeId: '.email' },
    },
  });
});
afterAll(() => app.stop());

describe('connectors', () => {
  test('are sorted as people sort, stored ones first among equal names', async () => {
    const mine = await create(app, webhook({ name: 'My Connector' }));
    const equal = await create(app, webhook({ name: 'ServiceNow#xyz' }));
    const { status, body } = await app.call('GET', '/api/actions/connectors');
    expect(status).toBe(200);
    // The order that Kibana's own tests assert; a byte-wise one would be another.
    expect(body.map(({ name }: { name: string }) => name)).toEqual([
      'Alert history Elasticsearch index',
      'My Connector',
      'Notification Email Connector',
      'preconfigured_es_index_action',
      'ServiceNow#xyz',
      'ServiceNow#xyz',
      'ServiceNow#xyz',
      'Slack#xyz',
      'SystemABC',
      'Test:_Preconfigured_Index_Record',
      'TestEmail#xyz',
    ]);
    expect(body.slice(4, 7).map(({ id }: { id: string }) => id)).toEqual([equal, 'snow1', 'snow2']);
    expect(body[1]).toEqual({
      id: mine,
      name: 'My Connector',
      connector_type_id: '.webhook',
      config: { url: 'http://localhost:1/x', hasAuth: false, headers: null, method: 'post' },
      is_missing_secrets: false,
      is_preconfigured: false,
      is_deprecated: false,
      is_system_action: false,
      is_connector_type_deprecated: false,
      referenced_by_count: 0,
    });
    expect(body[7]).toEqual({
      id: 'a-slack',
      name: 'Slack#xyz',
      connector_type_id: '.slack',
      is_preconfigured: true,
      is_deprecated: false,
      is_system_action: false,
      is_connector_type_deprecated: false,
      referenced_by_count: 0,
    });
  });

  test('extended: tags, names of secrets, times and the last execution', async () => {
    const id = await create(app, { name: 'Log', connector_type_id: '.server-log', tags: ['ops', 'ü'] });
    const read = async () => {
      const { body } = await app.call('GET', '/api/actions/connectors?extended=true');
      return body.find((connector: { id: string }) => connector.id === id);
    };
    expect(await read()).toMatchObject({
      tags: ['ops', 'ü'],
      configured_secrets: [],
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
      last_execution: null,
    });
    await app.call('POST', `/api/actions/connector/${id}/_execute`, { params: { message: 'hi' } });
    expect((await read()).last_execution).toEqual({ at: expect.stringMatching(/Z$/), outcome: 'succeeded' });
    await app.call('POST', `/api/actions/connector/${id}/_execute`, { params: {} });
    expect((await read()).last_execution).toEqual({
      at: expect.stringMatching(/Z$/),
      outcome: 'failed',
      message: 'error validating action params: Field "message": Required',
    });
    const { body: list } = await app.call('GET', '/api/actions/connectors?extended=true');
    const slack = list.find((connector: { id: string }) => connector.id === 'a-slack');
    expect(slack).toMatchObject({ tags: [], configured_secrets: ['webhookUrl'], last_execution: null });
    expect(JSON.stringify(list)).not.toContain('hooks.slack.com');
  });

  test('without ?extended=true no own field appears, also not in one', async () => {
    const id = await create(app, webhook({ tags: ['t'] }));
    for (const query of ['', '?extended=false']) {
      const { body } = await app.call('GET', `/api/actions/connector/${id}${query}`);
      expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['tags']));
      expect(Object.keys(body)).toHaveLength(9);
    }
    const { body } = await app.call('GET', `/api/actions/connector/${id}?extended=true`);
    expect(body).toMatchObject({ tags: ['t'], configured_secrets: [] });
    expect(body).not.toHaveProperty('last_execution');
  });

  test.each(['?extended=yes', '?extended=', '?page=1'])('refuse the query %s', async (query) => {
    expectError(await app.call('GET', `/api/actions/connectors${query}`), 400, /^\[request query\./);
  });

  test('of an unknown space are the preconfigured ones', async () => {
    const { body } = await app.call('GET', '/s/nowhere/api/actions/connectors');
    expect(body).toHaveLength(9);
    expect(body.every((connector: { is_preconfigured: boolean }) => connector.is_preconfigured)).toBe(true);
  });
});

describe('disabled and unknown types', () => {
  const NOT_ENABLED = 'action type ".slack" is not enabled in the Kibana config xpack.actions.enabledActionTypes';
  const slack = {
    name: 'S',
    connector_type_id: '.slack',
    secrets: { webhookUrl: 'https://hooks.slack.com/services/x' },
  };

  test('creating is 403, with an invalid config 400', async () => {
    expectError(await app.call('POST', '/api/actions/connector', slack), 403, NOT_ENABLED);
    expectError(
      await app.call('POST', '/api/actions/connector', { ...slack, config: { a: 1 } }),
      400,
      "error validating connector type config: Unrecognized key(s) in object: 'a'",
    );
    expectError(
      await app.call('POST', '/api/actions/connector', { ...slack, secrets: {} }),
      400,
      'error validating connector type secrets: Field "webhookUrl": Required',
    );
  });

  test('stored ones are read, listed and deleted, but neither changed nor run; preconfigured ones run', async () => {
    const id = await create(app, { name: 'Log', connector_type_id: '.server-log' });
    const other = await startTestApp(
      {
        'xpack.actions.enabledActionTypes': [],
        'xpack.actions.preconfigured': { log: { name: 'Log too', actionTypeId: '.server-log' } },
      },
      app.database,
    );
    try {
      const disabled = 'action type ".server-log" is not enabled in the Kibana config xpack.actions.enabledActionTypes';
      const path = `/api/actions/connector/${id}`;
      const params = { params: { message: 'hi' } };
      expect((await other.call('GET', path)).body).toMatchObject({ id, is_connector_type_deprecated: false });
      expectError(await other.call('PUT', path, { name: 'new' }), 403, disabled);
      expectError(await other.call('PATCH', path, { name: 'new' }), 403, disabled);
      expectError(await other.call('POST', `${path}/_execute`, params), 403, disabled);
      expect((await other.call('GET', path)).body.name).toBe('Log');
      const { body: list } = await other.call('GET', '/api/actions/connectors');
      expect(list).toContainEqual(expect.objectContaining({ id }));
      const ran = await other.call('POST', '/api/actions/connector/log/_execute', params);
      expect(ran.body).toEqual({ connector_id: 'log', status: 'ok' });
      const unsaved = { connector_type_id: '.server-log', params: { message: 'hi' } };
      expectError(await other.call('POST', '/api/actions/_test', unsaved), 403, disabled);
      expect((await other.call('DELETE', path)).status).toBe(204);
    } finally {
      await other.stop();
    }
  });

  test('stored ones of a type that nobody registered are read, listed and deleted', async () => {
    const id = await create(app);
    await app.database.db.kysely
      .updateTable('connectors')
      .set({ connector_type_id: 'gone.type' })
      .where('id', '=', id)
      .execute();
    const path = `/api/actions/connector/${id}`;
    expect((await app.call('GET', path)).body).toMatchObject({ id, connector_type_id: 'gone.type' });
    const { body: list } = await app.call('GET', '/api/actions/connectors');
    expect(list).toContainEqual(expect.objectContaining({ id, connector_type_id: 'gone.type' }));
    const unknown = 'Action type "gone.type" is not registered.';
    expectError(await app.call('POST', `${path}/_execute`, { params: {} }), 400, unknown);
    expectError(await app.call('PUT', path, { name: 'new' }), 400, unknown);
    expect((await app.call('DELETE', path)).status).toBe(204);
  });
});

describe('connector types', () => {
  const read = async (query = '') => (await app.call('GET', `/api/actions/connector_types${query}`)).body;

  test('have exactly the fields of 9.3', async () => {
    const types = await read();
    expect(types.map(({ id }: { id: string }) => id).sort()).toEqual(
      expect.arrayContaining(['.email', '.index', '.server-log', '.slack', '.webhook']),
    );
    expect(types.find(({ id }: { id: string }) => id === '.slack')).toEqual({
      id: '.slack',
      name: 'Slack',
      enabled: false,
      enabled_in_config: false,
      enabled_in_license: true,
      minimum_license_required: 'gold',
      supported_feature_ids: ['alerting', 'uptime', 'siem'],
      is_system_action_type: false,
      is_deprecated: false,
      source: 'stack',
    });
    expect(types.find(({ id }: { id: string }) => id === '.webhook')).toMatchObject({ enabled: true });
  });

  test('say more where they are asked to: what they do, their shelf, whether they have a check', async () => {
    const types = await read('?extended=true');
    expect(types.find(({ id }: { id: string }) => id === '.slack')).toMatchObject({
      source: 'stack',
      description: expect.stringMatching(/Slack/),
      category: 'messaging',
      has_check: expect.any(Boolean),
    });
    const checked = new Map(types.map(({ id, has_check }: { id: string; has_check: boolean }) => [id, has_check]));
    expect([checked.get('.webhook'), checked.get('.server-log')]).toEqual([true, false]);
    expect(await read('?extended=false')).toEqual(await read());
    for (const type of types) {
      const { body } = await app.call('GET', `/api/actions/connector_type/${type.id}`);
      const { description, category, has_check } = body;
      expect({ id: type.id, description, category, has_check }).toEqual({
        id: type.id,
        description: type.description,
        category: type.category,
        has_check: type.has_check,
      });
    }
  });

  test('are filtered by feature', async () => {
    const types = await read('?feature_id=alerting');
    expect(types.length).toBeGreaterThan(0);
    expect(await read('?feature_id=nope')).toEqual([]);
  });

  test('take no other query', async () => {
    const message = "[request query.foo]: Additional properties are not allowed ('foo' was unexpected)";
    expectError(await app.call('GET', '/api/actions/connector_types?foo=1'), 400, message);
  });

  test('are described in full, one by one', async () => {
    for (const { id } of await read()) {
      const { status, body } = await app.call('GET', `/api/actions/connector_type/${id}`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ id, config_schema: { type: 'object' }, secrets_schema: { type: 'object' } });
      for (const action of Object.values<{ params_schema: unknown }>(body.actions)) {
        expect(action.params_schema).toMatchObject({ type: 'object' });
      }
      expect(Object.keys(body.sample)).toEqual(expect.arrayContaining(['config', 'secrets', 'params']));
    }
    const { body } = await app.call('GET', '/api/actions/connector_type/.webhook');
    expect(body.config_schema.properties.url).toMatchObject({ title: 'URL', 'x-order': 1 });
    expect(body.secrets_schema.properties.password).toMatchObject({ title: 'Password', 'x-secret': true });
  });

  test('of an unknown id is 404', async () => {
    expectError(
      await app.call('GET', '/api/actions/connector_type/.nope'),
      404,
      'Action type ".nope" is not registered.',
    );
  });
});
