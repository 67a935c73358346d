import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ConnectorRows, connectorRows, type NewConnectorRow } from '../../src/db/connectors.ts';
import type { Database } from '../../src/db/index.ts';

function newConnector(changes: Partial<NewConnectorRow> = {}): NewConnectorRow {
  return {
    id: randomUUID(),
    spaceId: 'default',
    typeId: '.webhook',
    name: 'Hook',
    config: { url: 'https://example.com' },
    secrets: 'pb1.key.sealed',
    secretNames: ['password'],
    isMissingSecrets: false,
    tags: [],
    ...changes,
  };
}

/** Every query on connectors. */
export function connectorSuite(open: () => Database): void {
  describe('connectors', () => {
    let rows: ConnectorRows;
    beforeAll(() => {
      rows = connectorRows(open().kysely);
    });

    test('come back as they were stored', async () => {
      const config = { z: 1, a: { list: [1, 'two', null] }, '10': 'ten', text: 'NUL \0, half \ud800, 𝄞' };
      const connector = newConnector({ config, name: 'Ünï𝄞', tags: ['a,b', '{"', 'NULL', ''], secrets: null });
      const inserted = await rows.insert(connector);
      expect(inserted).toEqual({
        ...connector,
        version: 1,
        createdAt: expect.any(Date),
        updatedAt: inserted.createdAt,
      });
      const found = await rows.find('default', connector.id);
      expect(found).toEqual(inserted);
      expect(JSON.stringify(found?.config)).toBe(JSON.stringify(config));
    });

    test.each([[['ops', 'on-call', 'v1.2_x']], [['null']], [['a b', 'Ü', '{}']], [[]]])(
      'keep the tags %j',
      async (tags) => {
        const connector = newConnector({ tags });
        await rows.insert(connector);
        expect((await rows.find(connector.spaceId, connector.id))?.tags).toEqual(tags);
      },
    );

    test('keep a key named __proto__ as a key', async () => {
      const connector = newConnector({ config: JSON.parse('{"__proto__":{"admin":true},"constructor":1}') });
      await rows.insert(connector);
      const found = await rows.find('default', connector.id);
      expect(Object.keys(found!.config)).toEqual(['__proto__', 'constructor']);
      expect((found!.config as { admin?: boolean }).admin).toBeUndefined();
    });

    test('may have a name of 1 MB', async () => {
      const connector = newConnector({ name: 'x'.repeat(1_000_000) });
      await rows.insert(connector);
      expect((await rows.find('default', connector.id))?.name).toHaveLength(1_000_000);
    });

    test('of one id exist once over all spaces, also when inserted in parallel', async () => {
      const connector = newConnector();
      const results = await Promise.allSettled(
        ['default', 'other', 'default', 'third'].map((spaceId) => rows.insert({ ...connector, spaceId })),
      );
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'fulfilled') continue;
        expect(result.reason).toMatchObject({
          code: 'conflict',
          message: `Saved object [action/${connector.id}] conflict`,
        });
      }
    });

    test('are seen in their own space only', async () => {
      const connector = newConnector({ spaceId: `space-${randomUUID()}` });
      const inserted = await rows.insert(connector);
      expect(await rows.find('default', connector.id)).toBeUndefined();
      expect(await rows.update('default', connector.id, 1, connector)).toBeUndefined();
      expect(await rows.remove('default', connector.id)).toBeUndefined();
      const { secrets: _, ...listed } = inserted;
      expect(await rows.list(connector.spaceId)).toEqual([listed]);
    });

    test('are updated only from the version that was read', async () => {
      const inserted = await rows.insert(newConnector());
      const [first, second] = await Promise.all([
        rows.update('default', inserted.id, 1, { ...inserted, name: 'first' }),
        rows.update('default', inserted.id, 1, { ...inserted, name: 'second' }),
      ]);
      const winner = first ?? second;
      expect([first, second].filter((row) => row !== undefined)).toHaveLength(1);
      expect(winner).toMatchObject({ version: 2, createdAt: inserted.createdAt });
      expect(winner!.updatedAt.getTime()).toBeGreaterThanOrEqual(inserted.updatedAt.getTime());
      expect(await rows.find('default', inserted.id)).toEqual(winner);
    });

    test('are removed once', async () => {
      const inserted = await rows.insert(newConnector());
      expect(await rows.remove('default', inserted.id)).toEqual(inserted);
      expect(await rows.remove('default', inserted.id)).toBeUndefined();
      expect(await rows.find('default', inserted.id)).toBeUndefined();
    });

    test.each([
      ['name', newConnector({ name: 'a\0b' }), /^The connector name contains the character U\+0000/],
      ['name', newConnector({ name: 'a\ud800' }), /^The connector name contains half of a surrogate pair/],
      ['tag', newConnector({ tags: ['\0'] }), /^A tag contains/],
      ['id', newConnector({ id: 'i\0d' }), /^The connector id contains/],
      ['id', newConnector({ id: 'x'.repeat(1_001) }), /^The connector id is longer than 1000 bytes/],
    ])('with a %s that cannot be stored are refused', async (_what, connector, message) => {
      await expect(rows.insert(connector)).rejects.toMatchObject({
        code: 'bad_request',
        message: expect.stringMatching(message),
      });
    });

    test.each(['a\0b', '\ud800', 'x'.repeat(100_000), "'; drop table connectors; --", '../..', 'ö/𝄞'])(
      'are not found under the strange id %#',
      async (id) => {
        expect(await rows.find('default', id)).toBeUndefined();
        expect(await rows.find(id, 'x')).toBeUndefined();
        expect(await rows.remove('default', id)).toBeUndefined();
        expect(await rows.list(id)).toEqual([]);
      },
    );

    test('are paged by id over all spaces', async () => {
      const ids: string[] = [];
      for (let after = ''; ; after = ids.at(-1)!) {
        const page = await rows.page(after, 3);
        if (page.length === 0) break;
        ids.push(...page.map((row) => row.id));
      }
      expect(ids).toHaveLength(await rows.count());
      expect(new Set(ids).size).toBe(ids.length);
    });

    test('get new seals unless they were changed meanwhile', async () => {
      const [changed, kept] = [await rows.insert(newConnector()), await rows.insert(newConnector())];
      const withoutSecrets = await rows.insert(newConnector({ secrets: null, secretNames: [] }));
      const sealed = (await rows.pageSealed('', 1_000)).filter(({ id }) => id === changed.id || id === kept.id);
      expect(sealed).toHaveLength(2);
      expect((await rows.pageSealed('', 1_000)).map(({ id }) => id)).not.toContain(withoutSecrets.id);
      await rows.update('default', changed.id, 1, { ...changed, secrets: 'newer' });
      const written = await rows.reseal(sealed.map((row) => ({ ...row, secrets: `re-${row.secrets}` })));
      expect(written).toEqual([kept.id]);
      expect(await rows.find('default', kept.id)).toMatchObject({ secrets: 're-pb1.key.sealed', version: 2 });
      expect(await rows.find('default', changed.id)).toMatchObject({ secrets: 'newer', version: 2 });
    });
  });
}
