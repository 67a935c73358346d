import { describe, expect, test } from 'vitest';
import { app, CANARY, exportOf, linesOf, newSpace, spaces } from './saved-objects-support.ts';
import { create, expectError, webhook } from './support.ts';

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
