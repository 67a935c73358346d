import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  action,
  app,
  CANARY,
  exportOf,
  importInto,
  listed,
  ndjson,
  newSpace,
  target,
} from './saved-objects-support.ts';
import { create, expectError, UUID, webhook } from './support.ts';

describe('import', () => {
  test('of an export into an empty server: the same ids, and what lacks secrets says so', async () => {
    const space = newSpace();
    const config = { url: `${target.url}/hook`, hasAuth: true };
    const secrets = { user: 'ann', password: CANARY };
    const protectedId = await create(app, webhook({ name: 'Protected', config, secrets }), space);
    const openId = await create(app, webhook({ name: 'Open', config: { ...config, hasAuth: false } }), space);
    const { text: file } = await exportOf({ type: 'action' }, space);
    for (const id of [protectedId, openId]) await app.call('DELETE', `${space}/api/actions/connector/${id}`);

    const report = await importInto(space, file);
    const results = [
      { id: protectedId, meta: { title: 'Connector: [Protected]' } },
      { id: openId, meta: { title: 'Connector: [Open]' } },
    ];
    expect(report).toEqual({
      success: true,
      successCount: 2,
      warnings: [
        {
          type: 'action_required',
          message: '1 connector has sensitive information that require updates.',
          actionPath: '/app/management/insightsAndAlerting/triggersActionsConnectors',
          buttonLabel: 'Go to connectors',
        },
      ],
      successResults: results
        .map((result) => ({ type: 'action', managed: false, ...result }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    });

    const run = (id: string) =>
      app.call('POST', `${space}/api/actions/connector/${id}/_execute`, { params: { body: '{}' } });
    expect((await run(openId)).body.status).toBe('ok');
    const queued = await app.call('POST', `${space}/api/actions/connector/${protectedId}/_enqueue`, { params: {} });
    expectError(queued, 400, /secrets/);
    const path = `${space}/api/actions/connector/${protectedId}`;
    expect((await app.call('GET', path)).body.is_missing_secrets).toBe(true);
    const saved = await app.call('PUT', path, { name: 'Protected', config, secrets });
    expect(saved.body.is_missing_secrets).toBe(false);
    expect((await run(protectedId)).body.status).toBe('ok');
  });

  test('twice conflicts and changes nothing; with overwrite it replaces, secrets and all', async () => {
    const space = newSpace();
    const id = await create(
      app,
      webhook({ config: { url: 'https://example.com', hasAuth: true }, secrets: { user: 'a', password: CANARY } }),
      space,
    );
    const { text } = await exportOf({ type: 'action' }, space);
    const file = text.replace('My webhook', 'From the file');
    const before = await listed(space);
    const report = await importInto(space, file);
    expect(report).toMatchObject({
      success: false,
      successCount: 0,
      warnings: [],
      errors: [{ type: 'action', id, meta: { title: 'Connector: [From the file]' }, error: { type: 'conflict' } }],
    });
    expect(report).not.toHaveProperty('successResults');
    expect(await listed(space)).toEqual(before);

    const again = await importInto(space, file, '?overwrite=true');
    expect(again).toMatchObject({ success: true, successResults: [{ id, overwrite: true }] });
    expect(await listed(space)).toMatchObject([
      { id, name: 'From the file', configured_secrets: [], is_missing_secrets: true, version: 2 },
    ]);
  });

  test('with one conflict writes nothing, but says what it would write', async () => {
    const space = newSpace();
    const taken = await create(app, webhook(), space);
    const fresh = randomUUID();
    const report = await importInto(space, ndjson(action(taken), action(fresh, { name: 'Fresh' })));
    expect(report).toMatchObject({
      success: false,
      successCount: 1,
      successResults: [{ id: fresh }],
      errors: [{ id: taken }],
    });
    expect((await listed(space)).map(({ id }: { id: string }) => id)).toEqual([taken]);
  });

  test('overwrites a connector of another type, and keeps tags that the file does not have', async () => {
    const space = newSpace();
    const id = await create(app, webhook({ tags: ['mine'] }), space);
    await importInto(space, ndjson(action(id)), '?overwrite=true');
    expect(await listed(space)).toMatchObject([{ connector_type_id: '.server-log', tags: ['mine'] }]);
    await importInto(space, ndjson(action(id, { tags: ['theirs'] })), '?overwrite=true');
    expect(await listed(space)).toMatchObject([{ tags: ['theirs'] }]);
  });

  test('the running server works with what was imported over it', async () => {
    const space = newSpace();
    const toTarget = (path: string) => ({ url: target.url + path, hasAuth: false });
    const id = await create(app, webhook({ config: toTarget('/before') }), space);
    const run = () => app.call('POST', `${space}/api/actions/connector/${id}/_execute`, { params: { body: '{}' } });
    await run();
    const attributes = { actionTypeId: '.webhook', name: 'N', config: toTarget('/after') };
    await importInto(space, ndjson(action(id, attributes)), '?overwrite=true');
    expect((await run()).body.status).toBe('ok');
    expect(target.received.at(-1)?.url).toBe('/after');
  });

  test('with createNewCopies gives every one a new id', async () => {
    const space = newSpace();
    const id = await create(app, webhook(), space);
    const { text: file } = await exportOf({ type: 'action' }, space);
    const report = await importInto(space, file, '?createNewCopies=true');
    const [result] = report.successResults;
    expect(result).toEqual({
      type: 'action',
      id,
      meta: { title: 'Connector: [My webhook]' },
      managed: false,
      destinationId: expect.stringMatching(UUID),
    });
    expect((await listed(space)).map((one: { id: string }) => one.id).sort()).toEqual(
      [id, result.destinationId].sort(),
    );
  });

  test('of other types is refused line by line; the others are written', async () => {
    const space = newSpace();
    const id = randomUUID();
    const report = await importInto(space, ndjson({ type: 'dashboard', id: 'd', attributes: {} }, action(id)));
    expect(report).toMatchObject({
      success: false,
      successCount: 1,
      successResults: [{ id }],
      errors: [{ type: 'dashboard', id: 'd', meta: {}, error: { type: 'unsupported_type' } }],
    });
    expect(await listed(space)).toMatchObject([{ id }]);
  });

  test('of a type that nobody registered, and of a config that its type refuses, is for people to mend', async () => {
    const space = newSpace();
    const [unknown, odd] = [randomUUID(), randomUUID()];
    const report = await importInto(
      space,
      ndjson(
        action(unknown, { actionTypeId: '.nobody', isMissingSecrets: true, name: 'A' }),
        action(odd, { actionTypeId: '.webhook', config: { nonsense: true }, name: 'B' }),
      ),
    );
    expect(report).toMatchObject({ success: true, successCount: 2 });
    expect(await listed(space)).toMatchObject([
      { id: unknown, connector_type_id: '.nobody', is_missing_secrets: true },
      { id: odd, config: { nonsense: true } },
    ]);
    const ran = await app.call('POST', `${space}/api/actions/connector/${odd}/_execute`, { params: { body: '{}' } });
    expect(ran.text).toContain('error validating connector type config');
    expect((await app.call('DELETE', `${space}/api/actions/connector/${unknown}`)).status).toBe(204);
  });

  test('fills in what a config left out', async () => {
    const space = newSpace();
    const id = randomUUID();
    const config = { url: 'https://example.com', hasAuth: false };
    await importInto(space, ndjson(action(id, { actionTypeId: '.webhook', config })));
    expect((await listed(space))[0].config).toMatchObject({ ...config, method: 'post' });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['no name', { name: undefined }, 'must be texts that are not blank'],
    ['a blank name', { name: ' ' }, 'must be texts that are not blank'],
    ['no type', { actionTypeId: 7 }, 'must be texts that are not blank'],
    ['a config that is a list', { config: [] }, '"config" of a connector must be an object'],
    ['a name that cannot be stored', { name: 'a\0b' }, 'U+0000'],
  ])('of one with %s says so, and writes the others', async (_what, attributes, message) => {
    const space = newSpace();
    const [bad, good] = [randomUUID(), randomUUID()];
    const report = await importInto(space, ndjson(action(bad, attributes), action(good)));
    expect(report.errors).toMatchObject([
      {
        id: bad,
        error: { type: 'unknown', statusCode: 400, error: 'Bad Request', message: expect.stringContaining(message) },
      },
    ]);
    expect(await listed(space)).toMatchObject([{ id: good }]);
  });

  test('never takes the place of a preconfigured connector', async () => {
    const space = newSpace();
    const report = await importInto(space, ndjson(action('pre')));
    expect(report).toMatchObject({
      success: false,
      errors: [
        {
          id: 'pre',
          error: { type: 'unknown', statusCode: 400, message: 'This pre already exists in a preconfigured action.' },
        },
      ],
    });
    expect(await importInto(space, ndjson(action('pre')), '?createNewCopies=true')).toMatchObject({ success: true });
  });

  test('never takes secrets from a file', async () => {
    const space = newSpace();
    const id = randomUUID();
    const secrets = { webhookUrl: `https://hooks.slack.com/${CANARY}` };
    await importInto(space, ndjson(action(id, { actionTypeId: '.slack', secrets })));
    expect(await listed(space)).toMatchObject([{ id, configured_secrets: [], is_missing_secrets: true }]);
  });

  test('skips blank lines, a byte order mark and the summary', async () => {
    const space = newSpace();
    const id = randomUUID();
    const file = `\uFEFF\r\n${JSON.stringify(action(id))}\r\n\n${JSON.stringify({ exportedCount: 1 })}\n`;
    expect(await importInto(space, file)).toMatchObject({ success: true, successCount: 1 });
  });
});

test('ten thousand connectors are exported and imported', async () => {
  const space = newSpace();
  const many = Array.from({ length: 10_000 }, (_, n) => action(`many-${n}`, { name: `Log ${n}` }));
  expect(await importInto(space, ndjson(...many))).toMatchObject({ success: true, successCount: 10_000 });
  const { text } = await exportOf({ type: 'action' }, space);
  expect(text.split('\n')).toHaveLength(10_001);
});
