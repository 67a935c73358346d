import { type Kysely, sql } from 'kysely';
import type { Schema } from './schema.ts';
import { assertKey, assertStorable, canBeKey } from './text.ts';

/** A stored connector that an imported one may stand for. */
export interface ImportTarget {
  readonly id: string;
  readonly spaceId: string;
  readonly name: string;
  /** The id that it had where it came from, if it could not keep it. */
  readonly originId: string | null;
  readonly updatedAt: Date;
}

/** A connector as imported: never with secrets. */
export interface ImportedRow {
  readonly id: string;
  readonly spaceId: string;
  readonly typeId: string;
  readonly name: string;
  readonly config: Record<string, unknown>;
  readonly isMissingSecrets: boolean;
  /** Left out: those of the connector that is replaced, else none. */
  readonly tags?: readonly string[];
  readonly originId?: string;
}

/** Queries of the import and export of connectors. */
export interface ConnectorImports {
  /** Connectors of any space with one of these ids, and those of this space that came from one of them. */
  targets(spaceId: string, ids: readonly string[]): Promise<ImportTarget[]>;
  /** Of the connectors of a space that have one, where they came from, by id. */
  origins(spaceId: string): Promise<Map<string, string>>;
  /**
   * Stores a connector without secrets.
   *
   * @param overwrite whether one with this id in this space is replaced; its secrets are removed
   * @returns false when the id is taken, by now or in another space
   * @throws {PatchbayError} `bad_request` for text that cannot be stored
   */
  write(row: ImportedRow, overwrite: boolean): Promise<boolean>;
}

export function connectorImports(db: Kysely<Schema>): ConnectorImports {
  return {
    async targets(spaceId, ids) {
      const keys = ids.filter(canBeKey);
      if (keys.length === 0 || !canBeKey(spaceId)) return [];
      const { rows } = await sql<ImportTarget>`
        select id, space_id as "spaceId", name, origin_id as "originId", updated_at as "updatedAt"
        from patchbay.connectors where id = any(${keys}::text[])
        union
        select id, space_id, name, origin_id, updated_at
        from patchbay.connectors where space_id = ${spaceId} and origin_id = any(${keys}::text[])`.execute(db);
      return rows;
    },

    async origins(spaceId) {
      if (!canBeKey(spaceId)) return new Map();
      const rows = await db
        .selectFrom('connectors')
        .select(['id', 'origin_id'])
        .where('space_id', '=', spaceId)
        .where('origin_id', 'is not', null)
        .$narrowType<{ origin_id: string }>()
        .execute();
      return new Map(rows.map(({ id, origin_id }) => [id, origin_id]));
    },

    async write(row, overwrite) {
      assertKey(row.id, 'The connector id');
      assertKey(row.spaceId, 'The space id');
      if (row.originId !== undefined) assertKey(row.originId, 'The origin of the connector');
      assertStorable(row.typeId, 'The connector type');
      assertStorable(row.name, 'The connector name');
      for (const tag of row.tags ?? []) assertStorable(tag, 'A tag');
      const tags = row.tags === undefined ? null : [...row.tags];
      const { rows } = await sql`
        insert into patchbay.connectors as stored (id, space_id, connector_type_id, name, config, secrets, secret_names,
          is_missing_secrets, tags, origin_id)
        values (${row.id}, ${row.spaceId}, ${row.typeId}, ${row.name}, ${JSON.stringify(row.config)}, null, '{}',
          ${row.isMissingSecrets}, coalesce(${tags}::text[], '{}'), ${row.originId ?? null})
        on conflict (id) do update set connector_type_id = excluded.connector_type_id, name = excluded.name,
          config = excluded.config, secrets = null, secret_names = '{}', is_missing_secrets = excluded.is_missing_secrets,
          tags = coalesce(${tags}::text[], stored.tags), origin_id = excluded.origin_id, version = stored.version + 1,
          updated_at = now()
        where stored.space_id = excluded.space_id and ${overwrite}
        returning id`.execute(db);
      return rows.length > 0;
    },
  };
}
