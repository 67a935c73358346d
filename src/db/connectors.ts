import { type Kysely, sql } from 'kysely';
import { PatchbayError } from '../errors.ts';
import { isUniqueViolation } from './errors.ts';
import type { Schema } from './schema.ts';
import { assertKey, assertStorable, canBeKey } from './text.ts';

/** A row of the table `connectors`. */
export interface ConnectorRow {
  readonly id: string;
  readonly spaceId: string;
  readonly typeId: string;
  readonly name: string;
  readonly config: Record<string, unknown>;
  /** Sealed by the vault; null when there are none. */
  readonly secrets: string | null;
  readonly secretNames: readonly string[];
  readonly isMissingSecrets: boolean;
  readonly tags: readonly string[];
  /** Grows with every change, from 1. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type ListedRow = Omit<ConnectorRow, 'secrets'>;
export type NewConnectorRow = Omit<ConnectorRow, 'version' | 'createdAt' | 'updatedAt'>;
export type ConnectorChanges = Omit<NewConnectorRow, 'id' | 'spaceId' | 'typeId'>;

/** Sealed secrets of one connector, and what the vault binds them to. */
export type SealedRow = Pick<ConnectorRow, 'id' | 'spaceId' | 'typeId' | 'version'> & { readonly secrets: string };

/** The channel that gets the id of every connector that was written, by whichever node; see migration 1. */
export const CONNECTORS_CHANNEL = 'patchbay_connectors';

/** Queries on stored connectors. All fail with `database_unavailable` while the database is away. */
export interface ConnectorRows {
  /** @throws {PatchbayError} `conflict` when the id is taken in any space; `bad_request` for text that cannot be stored */
  insert(row: NewConnectorRow): Promise<ConnectorRow>;
  find(spaceId: string, id: string): Promise<ConnectorRow | undefined>;
  /** All of a space, in no particular order, without their secrets: a list has no use for them. */
  list(spaceId: string): Promise<ListedRow[]>;
  /** All spaces, by id, at most `limit` after `afterId`; begin with `''`. */
  page(afterId: string, limit: number): Promise<ConnectorRow[]>;
  count(): Promise<number>;
  /** Undefined when the row is gone or has another version by now. */
  update(spaceId: string, id: string, version: number, changes: ConnectorChanges): Promise<ConnectorRow | undefined>;
  /** The row that was removed. With a version, undefined also when it has another one by now. */
  remove(spaceId: string, id: string, version?: number): Promise<ConnectorRow | undefined>;
  /** Connectors that have secrets, of all spaces, by id, at most `limit` after `afterId`; begin with `''`. */
  pageSealed(afterId: string, limit: number): Promise<SealedRow[]>;
  /**
   * Replaces secrets by the same ones sealed anew. Rows that were changed since `version` are left alone.
   * @returns the ids that were written
   */
  reseal(rows: readonly SealedRow[]): Promise<string[]>;
  /** How many connectors have secrets, by the key they are sealed with: the second part of the sealed text. */
  countByKey(): Promise<{ keyId: string; count: number }[]>;
}

const LISTED_COLUMNS = [
  'id',
  'space_id as spaceId',
  'connector_type_id as typeId',
  'name',
  'config',
  'secret_names as secretNames',
  'is_missing_secrets as isMissingSecrets',
  'tags',
  'version',
  'created_at as createdAt',
  'updated_at as updatedAt',
] as const;
const COLUMNS = [...LISTED_COLUMNS, 'secrets'] as const;

export function connectorRows(db: Kysely<Schema>): ConnectorRows {
  return {
    async insert(row) {
      assertKey(row.id, 'The connector id');
      assertKey(row.spaceId, 'The space id');
      try {
        return await db
          .insertInto('connectors')
          .values({
            id: row.id,
            space_id: row.spaceId,
            connector_type_id: row.typeId,
            ...columnsOf(row),
          })
          .returning(COLUMNS)
          .executeTakeFirstOrThrow();
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        throw new PatchbayError('conflict', `Saved object [action/${row.id}] conflict`, { cause: error });
      }
    },

    async find(spaceId, id) {
      if (!canBeKey(spaceId) || !canBeKey(id)) return undefined;
      return db
        .selectFrom('connectors')
        .select(COLUMNS)
        .where('space_id', '=', spaceId)
        .where('id', '=', id)
        .executeTakeFirst();
    },

    async list(spaceId) {
      if (!canBeKey(spaceId)) return [];
      return db.selectFrom('connectors').select(LISTED_COLUMNS).where('space_id', '=', spaceId).execute();
    },

    page: (afterId, limit) =>
      db.selectFrom('connectors').select(COLUMNS).where('id', '>', afterId).orderBy('id').limit(limit).execute(),

    async count() {
      const { count } = await db
        .selectFrom('connectors')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return count;
    },

    async update(spaceId, id, version, changes) {
      if (!canBeKey(spaceId) || !canBeKey(id)) return undefined;
      return db
        .updateTable('connectors')
        .set({ ...columnsOf(changes), version: sql`version + 1`, updated_at: sql`now()` })
        .where('space_id', '=', spaceId)
        .where('id', '=', id)
        .where('version', '=', version)
        .returning(COLUMNS)
        .executeTakeFirst();
    },

    async remove(spaceId, id, version) {
      if (!canBeKey(spaceId) || !canBeKey(id)) return undefined;
      return db
        .deleteFrom('connectors')
        .where('space_id', '=', spaceId)
        .where('id', '=', id)
        .$if(version !== undefined, (query) => query.where('version', '=', version!))
        .returning(COLUMNS)
        .executeTakeFirst();
    },

    pageSealed: (afterId, limit) =>
      db
        .selectFrom('connectors')
        .select(['id', 'space_id as spaceId', 'connector_type_id as typeId', 'version', 'secrets'])
        .where('id', '>', afterId)
        .where('secrets', 'is not', null)
        .$narrowType<{ secrets: string }>()
        .orderBy('id')
        .limit(limit)
        .execute(),

    async reseal(rows) {
      // The version grows although nothing changed for people: who saves meanwhile must not bring the old seal back.
      const written = await sql<{ id: string }>`
        update patchbay.connectors as c set secrets = n.secrets, version = c.version + 1
        from unnest(${rows.map((row) => row.id)}::text[], ${rows.map((row) => row.version)}::bigint[],
          ${rows.map((row) => row.secrets)}::text[]) as n(id, version, secrets)
        where c.id = n.id and c.version = n.version
        returning c.id`.execute(db);
      return written.rows.map((row) => row.id);
    },

    countByKey: () =>
      db
        .selectFrom('connectors')
        .select(({ fn }) => [sql<string>`split_part(secrets, '.', 2)`.as('keyId'), fn.countAll<number>().as('count')])
        .where('secrets', 'is not', null)
        .groupBy('keyId')
        .execute(),
  };
}

function columnsOf(row: ConnectorChanges) {
  assertStorable(row.name, 'The connector name');
  for (const tag of row.tags) assertStorable(tag, 'A tag');
  for (const name of row.secretNames) assertStorable(name, 'The name of a secret');
  return {
    name: row.name,
    // Escapes lone surrogates and NUL (ECMAScript, "well-formed JSON.stringify"), and `json` keeps escapes as they are.
    config: JSON.stringify(row.config),
    secrets: row.secrets,
    secret_names: [...row.secretNames],
    is_missing_secrets: row.isMissingSecrets,
    tags: [...row.tags],
  };
}
