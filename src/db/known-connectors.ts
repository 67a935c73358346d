import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** Longer lists of connectors cost the planner more than they save. */
const LIST_MAX = 200;

/**
 * A condition on what executions have from their connector (its type, its name, the source), in the words that PostgreSQL
 * plans best, from `logged_connectors`, which knows all there are. What few connectors meet becomes a list of these, which
 * an index serves. What a list says already is left out: PostgreSQL takes conditions for independent of each other, and one
 * that says nothing new makes it expect far too few rows.
 *
 * @param scope the connector that is asked for, if one is
 * @param test on the columns that `executions` and `logged_connectors` share
 * @returns conditions on `executions`; undefined when none meets them
 */
export async function onConnectors(
  db: Kysely<Schema>,
  spaceId: string,
  scope: string | undefined,
  test: RawBuilder<unknown>,
): Promise<RawBuilder<unknown>[] | undefined> {
  const where =
    scope === undefined ? sql`space_id = ${spaceId}` : sql`space_id = ${spaceId} and connector_id = ${scope}`;
  const { rows } = await sql<{ ids: string[]; is_exact: boolean; is_everything: boolean }>`
    with known as materialized (
      select connector_id, bool_or(met) as sometimes, bool_and(met) as always
      from (select connector_id, ${test} as met from patchbay.logged_connectors where ${where}) as logged
      group by connector_id
    )
    select array(select connector_id from known where sometimes limit ${LIST_MAX + 1}) as ids,
      not exists (select from known where sometimes and not always) as is_exact,
      not exists (select from known where not always) as is_everything`.execute(db);
  const { ids, is_exact, is_everything } = rows[0]!;
  if (ids.length === 0) return undefined;
  if (is_everything) return [];
  if (ids.length > LIST_MAX) {
    // Of "is true" PostgreSQL expects half of the rows to pass, and so goes by the order of ids until it has enough.
    const met = sql`select connector_id, connector_type_id, connector_name, source from patchbay.logged_connectors
      where ${where} and ${test}`;
    return [sql`((connector_id, connector_type_id, connector_name, source) in (${met})) is true`];
  }
  const isListed = sql`connector_id = any(${ids}::text[])`;
  return is_exact ? [isListed] : [isListed, test];
}
