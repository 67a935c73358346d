import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startTestApp, type TestApp } from '../support/app.ts';
import { addUser, basic, create, expectError, startTarget, type Target, UUID, webhook } from './support.ts';

const CANARY = 'canary-4f8a1b7c';

let app: TestApp;
let target: Target;
let reader: { authorization: string };
beforeAll(async () => {
  [app, target] = await Promise.all([
    startTestApp({ 'xpack.actions.preconfigured': { pre: { name: 'Pre', actionTypeId: '.server-log' } } }),
    startTarget(),
  ]);
  reader = await addUser(app, 'reader', ['actions_read']);
});
afterAll(() => app.stop());

let spaces = 0;
/** A space of the test's own. */
function newSpace(): string {
  spaces += 1;
  return `/s/space-${spaces}`;
}

// biome-ignore lint/suspicious/noExplicitAny: lines of every shape
type Line = any;
const linesOf = (text: string): Line[] => text.split('\n').map((line) => JSON.parse(line));

const exportOf = (body: unknown, space = '', query = '') =>
  app.call('POST', `${space}/api/saved_objects/_export${query}`, body);

async function upload(
  path: string,
  fields: { file?: string | Uint8Array<ArrayBuffer>; filename?: string; retries?: unknown },
  headers: Record<string, string> = {},
): Promise<Answer> {
  const form = new FormData();
  if (fields.file !== undefined) form.append('file', new File([fields.file], fields.filename ?? 'export.ndjson'));
  if (fields.retries !== undefined) {
    form.append('retries', typeof fields.retries === 'string' ? fields.retries : JSON.stringify(fields.retries));
  }
  const response = await fetch(app.url + path, {
    method: 'POST',
    body: form,
    headers: { authorization: basic(app.admin.username, app.admin.password), 'kbn-xsrf': 'x', ...headers },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}

async function importInto(space: string, file: string, query = '') {
  const { status, body, text } = await upload(`${space}/api/saved_objects/_import${query}`, { file });
  expect(status, text).toBe(200);
  return body;
}

async function resolve(space: string, file: string, retries: unknown, query = '') {
  const path = `${space}/api/saved_objects/_resolve_import_errors${query}`;
  const { status, body, text } = await upload(path, { file, retries });
  expect(status, text).toBe(200);
  return body;
}

const action = (id: string, attributes: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) => ({
  id,
  type: 'action',
  attributes: { actionTypeId: '.server-log', name: 'Log', config: {}, secrets: {}, ...attributes },
  references: [],
  ...rest,
});
const ndjson = (...objects: unknown[]) => objects.map((object) => JSON.stringify(object)).join('\n');
const listed = async (space: string) =>
  (await app.call('GET', `${space}/api/actions/connectors?extended=true`)).body.filter(
    (connector: { is_preconfigured: boolean }) => !connector.is_preconfigured,
  );

describe('export', () => {
  test('gives Kibana’s lines in order of ids, without secrets, and a summary', async () => {
    const space = newSpace();
    const [a, b] = [`${spaces}-a`, `${spaces}-b`];
    const secrets = { user: 'ann', password: CANARY };
    await app.call('POST', `${space}/api/actions/connector/${b}`, webhook({ name: 'Second', tags: ['ops'] }));
    await app.call(
      'POST',
      `${space}/api/actions/connector/${a}`,
      webhook({ name: 'First', config: { url: 'https://example.com/x', hasAuth: true }, secrets }),
    );
    const answer = await exportOf({ type: 'action' }, space);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/ndjson');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="export.ndjson"');
    expect(answer.headers.get('elastic-api-version')).toBe('2023-10-31');
    expect(answer.text.endsWith('\n')).toBe(false);
    expect(answer.text).not.toContain(CANARY);
    const [first, second, summary] = linesOf(answer.text);
    expect(first).toEqual({
      id: a,
      type: 'action',
      attributes: {
        actionTypeId: '.webhook',
        name: 'First',
        config: expect.objectContaining({ url: 'https://example.com/x', hasAuth: true }),
        secrets: {},
        isMissingSecrets: true,
      },
      references: [],
      managed: false,
      version: expect.any(String),
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
      coreMigrationVersion: '8.8.0',
      typeMigrationVersion: '8.3.0',
    });
    expect(second).toMatchObject({ id: b, attributes: { isMissingSecrets: false } });
    expect(second.attributes).not.toHaveProperty('tags');
    expect(summary).toEqual({
      exportedCount: 2,
      missingRefCount: 0,
      missingReferences: [],
      excludedObjectsCount: 0,
      excludedObjects: [],
    });
    for (const line of linesOf(answer.text)) expect(Object.keys(line)).toEqual(Object.keys(line).sort());
    expect((await exportOf({ type: ['action'] }, space)).text).toBe(answer.text);
    expect((await exportOf({ type: '*' }, space)).text).toBe(answer.text);
    expect(linesOf((await exportOf({ type: 'action' }, space, '?extended=true')).text)[1].attributes.tags).toEqual([
      'ops',
    ]);
  });

  test('of chosen ones is in the order of the request, each once', async () => {
    const space = newSpace();
    const [a, b] = [await create(app, webhook(), space), await create(app, webhook(), space)];
    const objects = [b, a, b].map((id) => ({ type: 'action', id }));
    const { text } = await exportOf({ objects, includeReferencesDeep: true, excludeExportDetails: true }, space);
    expect(linesOf(text).map(({ id }) => id)).toEqual([b, a]);
  });

  test('finds by words of the name', async () => {
    const space = newSpace();
    for (const name of ['Pager of ops', 'Page two', 'Größe']) await create(app, webhook({ name }), space);
    const names = async (search: string) =>
      linesOf((await exportOf({ type: 'action', search, excludeExportDetails: true }, space)).text || '[]')
        .map((line) => line.attributes?.name)
        .sort();
    expect(await names('ops')).toEqual(['Pager of ops']);
    expect(await names('page')).toEqual(['Page two']);
    expect(await names('PAGE* größe')).toEqual(['Größe', 'Page two', 'Pager of ops']);
    expect((await exportOf({ type: 'action', search: 'nothing' }, space)).text).toContain('"exportedCount":0');
  });

  test('of an empty space, of rules, and of what refers to something is only the summary', async () => {
    const space = newSpace();
    expect(linesOf((await exportOf({ type: 'action' }, space)).text)).toMatchObject([{ exportedCount: 0 }]);
    await create(app, webhook(), space);
    expect(linesOf((await exportOf({ type: 'alert' }, space)).text)).toMatchObject([{ exportedCount: 0 }]);
    const hasReference = { type: 'tag', id: 'x' };
    expect(linesOf((await exportOf({ type: 'action', hasReference }, space)).text)).toMatchObject([
      { exportedCount: 0 },
    ]);
  });

  test('says for each type whether secrets will be missing', async () => {
    const space = newSpace();
    const add = (connector_type_id: string, body: Record<string, unknown>) =>
      create(app, { name: connector_type_id, connector_type_id, ...body }, space);
    await add('.server-log', {});
    await add('.index', { config: { index: 'x' } });
    await add('.slack', { secrets: { webhookUrl: `https://hooks.slack.com/services/${CANARY}` } });
    await add('.pagerduty', { config: {}, secrets: { routingKey: CANARY } });
    const mail = { from: 'a@example.com', host: 'localhost', port: 25, secure: false, service: 'other' };
    await add('.email', { config: { ...mail, hasAuth: false } });
    const { text } = await exportOf({ type: 'action', excludeExportDetails: true }, space);
    expect(text).not.toContain(CANARY);
    expect(
      Object.fromEntries(linesOf(text).map(({ attributes }) => [attributes.name, attributes.isMissingSecrets])),
    ).toEqual({ '.server-log': false, '.index': false, '.slack': true, '.pagerduty': true, '.email': false });
  });

  test.each<[unknown, string]>([
    [{}, 'Either `type` or `objects` are required.'],
    [{ type: 'action', objects: [] }, `Can't specify both "types" and "objects" properties when exporting`],
    [{ objects: [], search: 'x' }, `Can't specify both "search" and "objects" properties when exporting`],
    [
      { objects: [], hasReference: { type: 'tag', id: 'x' } },
      `Can't specify both "references" and "objects" properties when exporting`,
    ],
    [{ objects: Array(10_001).fill({ type: 'action', id: 'x' }) }, `Can't export more than 10000 objects`],
    [{ type: ['action', 'dashboard'] }, 'Trying to export non-exportable type(s): dashboard'],
    [
      { objects: [{ type: 'dashboard', id: 'x' }] },
      'Trying to export object(s) with non-exportable types: dashboard:x',
    ],
  ])('refuses %j', async (body, message) => {
    expectError(await exportOf(body), 400, message);
  });

  test('refuses unknown and preconfigured ones, and names them', async () => {
    const id = await create(app);
    const objects = [id, 'pre', 'nope'].map((one) => ({ type: 'action', id: one }));
    const { status, body } = await exportOf({ objects });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      message: 'Error fetching objects to export',
      attributes: {
        objects: [
          { id: 'pre', type: 'action', error: { statusCode: 404 } },
          { id: 'nope', type: 'action', error: { message: 'Saved object [action/nope] not found' } },
        ],
      },
    });
    expect((await exportOf({ objects: objects.slice(0, 1) }, '/s/elsewhere')).status).toBe(400);
  });

  test('is refused with one of a type that nobody registered', async () => {
    const space = newSpace();
    const id = await create(app, webhook(), space);
    const types = app.database.db.kysely.updateTable('connectors').set({ connector_type_id: 'gone' });
    await types.where('id', '=', id).execute();
    const { status, body } = await exportOf({ type: 'action' }, space);
    expect(status).toBe(400);
    expect(body).toMatchObject({
      message: 'Error transforming objects to export',
      attributes: { cause: 'Action type "gone" is not registered.' },
    });
  });
});

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

describe('import into another space', () => {
  test('gets new ids, which a third import finds', async () => {
    const [one, two] = [newSpace(), newSpace()];
    const id = await create(app, webhook({ name: 'Original' }), one);
    const { text: file } = await exportOf({ type: 'action' }, one);

    const report = await importInto(two, file);
    const { destinationId } = report.successResults[0];
    expect(report).toMatchObject({
      success: true,
      successResults: [{ id, destinationId: expect.stringMatching(UUID) }],
    });
    expect(await listed(two)).toMatchObject([{ id: destinationId, name: 'Original' }]);
    expect(await listed(one)).toMatchObject([{ id }]);

    const again = await importInto(two, file);
    expect(again.errors).toMatchObject([{ id, error: { type: 'conflict', destinationId } }]);
    const over = await importInto(two, file.replace('Original', 'Newer'), '?overwrite=true');
    expect(over.successResults).toMatchObject([{ id, destinationId, overwrite: true }]);
    expect(await listed(two)).toMatchObject([{ id: destinationId, name: 'Newer', version: 2 }]);

    // Its own export knows where it came from, so the way back is found as well.
    const { text: back } = await exportOf({ type: 'action', excludeExportDetails: true }, two);
    expect(linesOf(back)).toMatchObject([{ id: destinationId, originId: id }]);
    expect((await importInto(one, back)).errors).toMatchObject([
      { id: destinationId, error: { type: 'conflict', destinationId: id } },
    ]);
  });

  test('asks which one is meant when several came from the same', async () => {
    const space = newSpace();
    const origin = randomUUID();
    const copies = ['A', 'B'].map((name) => action(randomUUID(), { name }, { originId: origin }));
    expect(await importInto(space, ndjson(...copies))).toMatchObject({ success: true });
    const file = ndjson(action(origin));
    const report = await importInto(space, file);
    const [{ error }] = report.errors;
    expect(error.type).toBe('ambiguous_conflict');
    expect(error.destinations.map(({ id }: { id: string }) => id).sort()).toEqual(copies.map(({ id }) => id).sort());
    expect(error.destinations[0]).toEqual({
      id: expect.any(String),
      title: expect.stringMatching(/^Connector: \[[AB]\]$/),
      updatedAt: expect.stringMatching(/Z$/),
    });

    const retries = [{ type: 'action', id: origin, overwrite: true, destinationId: copies[1]!.id }];
    expect(await resolve(space, file, retries)).toMatchObject({
      success: true,
      successResults: [{ id: origin, overwrite: true, destinationId: copies[1]!.id }],
    });
    expect((await listed(space)).map(({ name }: { name: string }) => name)).toEqual(['A', 'Log']);
  });

  test('a relative that the file holds itself is nobody else’s destination', async () => {
    const space = newSpace();
    const origin = randomUUID();
    const [stored, fresh] = [randomUUID(), randomUUID()].map((id) => action(id, {}, { originId: origin }));
    await importInto(space, ndjson(stored));
    expect(await importInto(space, ndjson(fresh, stored), '?overwrite=true')).toMatchObject({
      success: true,
      successResults: [{ id: fresh!.id }, { id: stored!.id, overwrite: true }],
    });
    expect(await listed(space)).toHaveLength(2);
  });

  test('several from the same origin, of which one is there, become their own', async () => {
    const space = newSpace();
    const origin = randomUUID();
    await importInto(space, ndjson(action(randomUUID(), {}, { originId: origin })));
    const two = [randomUUID(), randomUUID()].map((id) => action(id, {}, { originId: origin }));
    const report = await importInto(space, ndjson(...two));
    expect(report.successResults).toMatchObject(two.map(({ id }) => ({ id, createNewCopy: true })));
    expect(await listed(space)).toHaveLength(3);
  });
});

describe('resolving import errors', () => {
  test('imports what the retries name, as they say', async () => {
    const space = newSpace();
    const ids = Array.from({ length: 4 }, () => randomUUID());
    const [kept, replaced, copied, skipped] = ids as [string, string, string, string];
    const stored = [replaced, copied].map((id) => action(id, { name: `Stored ${id}` }));
    await importInto(space, ndjson(...stored));
    const file = ndjson(...ids.map((id) => action(id, { name: 'From the file' })));
    const report = await resolve(space, file, [
      { type: 'action', id: kept },
      { type: 'action', id: replaced, overwrite: true },
      { type: 'action', id: copied, createNewCopy: true },
    ]);
    expect(report).toMatchObject({
      success: true,
      successCount: 3,
      successResults: [
        { id: kept },
        { id: replaced, overwrite: true },
        { id: copied, createNewCopy: true, destinationId: expect.stringMatching(UUID) },
      ],
    });
    const all = await listed(space);
    expect(all).toHaveLength(4);
    expect(all.map(({ id }: { id: string }) => id)).not.toContain(skipped);
    expect(all.find(({ id }: { id: string }) => id === copied).name).toBe(`Stored ${copied}`);
    expect(all.find(({ id }: { id: string }) => id === replaced).name).toBe('From the file');
  });

  test('still conflicts where no decision was made', async () => {
    const space = newSpace();
    const [id, other] = [randomUUID(), randomUUID()];
    const file = ndjson(action(id));
    await importInto(space, ndjson(action(id), action(other)));
    expect(await resolve(space, file, [{ type: 'action', id }])).toMatchObject({
      success: false,
      errors: [{ id, error: { type: 'conflict' } }],
    });
    expect(await resolve(space, file, [{ type: 'action', id, destinationId: other }])).toMatchObject({
      errors: [{ error: { type: 'conflict', destinationId: other } }],
    });
    expect(await resolve(space, file, [])).toEqual({ success: true, successCount: 0, warnings: [] });
  });

  test.each<[unknown, RegExp]>([
    ['{', /^\[request body\.retries\]: must be a list/],
    [{}, /^\[request body\.retries\]/],
    [[{ type: 'action' }], /^\[request body\.retries\.0\.id\]/],
    [
      [
        { type: 'action', id: 'x' },
        { type: 'action', id: 'x' },
      ],
      /^Non-unique retry objects: \[action:x\]$/,
    ],
    [
      [
        { type: 'action', id: 'x', destinationId: 'd' },
        { type: 'action', id: 'y', destinationId: 'd' },
      ],
      /^Non-unique retry destinations: \[action:d\]$/,
    ],
  ])('refuses the retries %j', async (retries, message) => {
    const path = '/api/saved_objects/_resolve_import_errors';
    expectError(await upload(path, { file: ndjson(action('x')), retries }), 400, message);
  });

  test('refuses a form without retries', async () => {
    const answer = await upload('/api/saved_objects/_resolve_import_errors', { file: ndjson(action('x')) });
    expectError(answer, 400, /^\[request body\.retries\]/);
  });
});

describe('an import is refused', () => {
  const path = '/api/saved_objects/_import';
  const file = ndjson(action('refused'));

  test.each<[string, Parameters<typeof upload>[1], string, string | RegExp]>([
    ['with another extension', { file, filename: 'export.json' }, '', 'Invalid file extension .json'],
    ['without an extension', { file, filename: 'export' }, '', 'Invalid file extension '],
    ['without a file', {}, '', /^\[request body\.file\]/],
    [
      'with overwrite and new copies',
      { file },
      '?overwrite=true&createNewCopies=true',
      'cannot use [overwrite] with [createNewCopies]',
    ],
    [
      'with new copies and compatibility mode',
      { file },
      '?createNewCopies=true&compatibilityMode=true',
      'cannot use [createNewCopies] with [compatibilityMode]',
    ],
    ['with another query', { file }, '?nope=1', /^\[request query\.nope\]/],
    ['with a line that is no JSON', { file: `${file}\n{"a":` }, '', /^Line 2 of the file is not JSON/],
    ['with a line that is no object', { file: '[]' }, '', /^Line 1 of the file is no saved object/],
    ['with a line without an id', { file: '{"type":"action"}' }, '', /^Line 1 of the file is no saved object/],
    ['with a key that sets a prototype', { file: '{"type":"action","id":"x","__proto__":{}}' }, '', /__proto__/],
    ['with bytes that are no text', { file: new Uint8Array([0xff, 0xfe, 0x41]) }, '', /not UTF-8/],
    [
      'with the same object twice',
      { file: `${file}\n${file}` },
      '',
      'Non-unique import objects detected: [action:refused]',
    ],
    [
      'with too many',
      { file: ndjson(...Array.from({ length: 10_001 }, (_, n) => ({ type: 'action', id: `${n}` }))) },
      '',
      "Can't import more than 10000 objects",
    ],
  ])('%s', async (_what, fields, query, message) => {
    expectError(await upload(path + query, fields), 400, message);
  });

  test('when it is larger than 25 MiB, with 413', async () => {
    expectError(await upload(path, { file: 'x'.repeat(26_214_401) }), 413, /larger than 26214400 bytes/);
  });

  test('when it is no form, with 415; without a body with 400', async () => {
    expectError(await app.call('POST', path, {}), 415, /multipart\/form-data/);
    expectError(await app.call('POST', path), 400, /^\[request body\.file\]/);
    const broken = { 'content-type': 'multipart/form-data; boundary=x' };
    expectError(await app.call('POST', path, 'nothing', broken), 400, /^The upload cannot be read/);
  });

  test('without credentials, without the XSRF header, without the right to create', async () => {
    expectError(await upload(path, { file }, { authorization: '' }), 401, 'Unauthorized');
    const authorization = basic(app.admin.username, app.admin.password);
    const bare = await fetch(app.url + path, { method: 'POST', body: new FormData(), headers: { authorization } });
    expect(bare.status).toBe(400);
    expect(await bare.text()).toContain('Request must contain a kbn-xsrf header.');
    expectError(await upload(path, { file }, reader), 403, 'Unauthorized to create actions');
    expect((await app.call('POST', '/api/saved_objects/_export', { type: 'action' }, reader)).status).toBe(200);
  });

  test('and no other route takes a form', async () => {
    const form = { 'content-type': 'multipart/form-data; boundary=x' };
    expectError(await app.call('POST', '/api/actions/connector', '--x--', form), 415);
  });
});

test('ten thousand connectors are exported and imported', async () => {
  const space = newSpace();
  const many = Array.from({ length: 10_000 }, (_, n) => action(`many-${n}`, { name: `Log ${n}` }));
  expect(await importInto(space, ndjson(...many))).toMatchObject({ success: true, successCount: 10_000 });
  const { text } = await exportOf({ type: 'action' }, space);
  expect(text.split('\n')).toHaveLength(10_001);
});
