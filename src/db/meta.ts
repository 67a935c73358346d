import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

/** Facts about this installation that all its nodes share, as JSON values by name. */
export interface MetaRows {
  /** Undefined when it was never set. */
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  /** Sets it unless another node was faster; either way the value that holds now. */
  setOnce(key: string, value: unknown): Promise<unknown>;
}

export function metaRows(db: Kysely<Schema>): MetaRows {
  async function get(key: string): Promise<unknown> {
    const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst();
    return row?.value;
  }

  return {
    get,

    async set(key, value) {
      const json = JSON.stringify(value);
      await db
        .insertInto('meta')
        .values({ key, value: json })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: json }))
        .execute();
    },

    async setOnce(key, value) {
      await db
        .insertInto('meta')
        .values({ key, value: JSON.stringify(value) })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute();
      return get(key);
    },
  };
}
