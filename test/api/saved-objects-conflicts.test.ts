import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  action,
  app,
  exportOf,
  importInto,
  linesOf,
  listed,
  ndjson,
  newSpace,
  reader,
  resolve,
  upload,
} from './saved-objects-support.ts';
import { basic, create, expectError, UUID, webhook } from './support.ts';

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
