import { createHash } from 'node:crypto';
import type pg from 'pg';
import { toDatabaseError } from './errors.ts';

/** Runs SQL that is always the same text, planned once for each connection. */
export interface Statements {
  /** @throws {PatchbayError} `database_unavailable` while the database is away; otherwise as {@link toDatabaseError} makes it */
  query<Row>(text: string, values: readonly unknown[]): Promise<Row[]>;
}

/**
 * Sessions for such statements. A plan that is kept must suit a queue of ten rows and of a million, whatever its size was
 * when it was made: all of these statements look rows up by index, so plans that read whole tables where an index
 * would do are ruled out. (Planning one of them anew costs the database 0.7 to 1.5 ms each time: docs/performance.md.)
 */
export const STATEMENT_SETTINGS =
  '-c statement_timeout=8000 -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off';

/**
 * Longer than the server's own limit, whose answer says more. A connection that died without a word is given up after
 * this time, and the queue has to go on within 15 s.
 */
export const STATEMENT_QUERY_TIMEOUT_MS = 9_000;

/** @param onError sees each error first */
export function createStatements(pool: pg.Pool, onError: (error: unknown) => void): Statements {
  const names = new Map<string, string>();
  const nameOf = (text: string) => {
    let name = names.get(text);
    if (name === undefined) {
      name = createHash('sha256').update(text).digest('hex').slice(0, 16);
      names.set(text, name);
    }
    return name;
  };

  return {
    async query<Row>(text: string, values: readonly unknown[]) {
      try {
        const { rows } = await pool.query({ name: nameOf(text), text, values: [...values] });
        return rows as Row[];
      } catch (error) {
        onError(error);
        throw toDatabaseError(error);
      }
    },
  };
}
