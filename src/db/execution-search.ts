import { type Kysely, type RawBuilder, sql } from 'kysely';
import { ERROR_CODES } from '../errors.ts';
import { type ExecutionFilter, type ExecutionSort, type IdRange, TOTAL_MAX } from './execution-types.ts';
import { onConnectors } from './known-connectors.ts';
import type { Schema } from './schema.ts';
import { canBeKey, containsPattern, isUuid } from './text.ts';
import { firstUuidAt, timeOfUuid } from './uuid-time.ts';

export type Condition = RawBuilder<unknown>;

const TEXT_BYTES = sql`octet_length(space_id || connector_id || connector_type_id || coalesce(code, '')
  || coalesce(message, ''))`;
/** As the index `executions_with_short_text` has it, in which the texts themselves are. */
export const SHORT_TEXT = sql`(message is not null or code is not null) and ${TEXT_BYTES} <= 2000`;
/** All others with a text, as the index `executions_with_long_text` has it. */
export const LONG_TEXT = sql`${TEXT_BYTES} > 2000`;
/** How many rows with a text are looked at to see how frequent a word is. */
const SAMPLE = 2_000;
/** The share of rows from which a word counts as frequent. */
const FREQUENT = 0.3;

export const UNFINISHED = ['queued', 'running', 'retrying'];

/** Where an unfinished execution stands, from its row in the queue. */
export const QUEUE_STATUS = sql`case when node is not null then 'running' when attempts > 0 then 'retrying' else 'queued' end`;

/**
 * Ids of the executions that match, finished or not, in order: one snapshot, so none is missed on its way from the queue
 * to the log.
 *
 * No index serves each filter, as each would cost every execution. What makes it fast instead: conditions that few
 * connectors can meet are turned into a list of these; only rows with a message or a code are searched for a text; and nothing is counted beyond {@link TOTAL_MAX}.
 *
 * @returns how many match, up to {@link TOTAL_MAX}, and of these the ids from `offset` on
 */
export async function searchIds(
  db: Kysely<Schema>,
  spaceId: string,
  filter: ExecutionFilter,
  { sort, after, limit, offset = 0 }: IdRange & { offset?: number },
): Promise<{ total: number; ids: string[] }> {
  if (!isFindable(spaceId, filter, after)) return { total: 0, ids: [] };
  const order = sql.raw(sort === 'newest' ? 'id desc' : 'id');
  const statuses = filter.status === undefined ? undefined : [filter.status].flat();
  const shared = sharedConditions(spaceId, filter, sort, after);

  const parts: RawBuilder<unknown>[] = [];
  const finished = statuses?.filter((status) => !UNFINISHED.includes(status));
  if (finished === undefined || finished.length > 0) {
    const scope = [...shared, ...timeConditions(filter, sort, after)];
    parts.push(...(await finishedParts(db, spaceId, filter, scope, finished, order)));
  }
  const unfinished = statuses?.filter((status) => UNFINISHED.includes(status));
  if (unfinished === undefined || unfinished.length > 0) {
    const conditions = [...shared, ...connectorTests(filter), ...isOneOf(QUEUE_STATUS, unfinished)];
    if (filter.text !== undefined) conditions.push(holdsText(filter.text, ['connector_name', 'message', 'code']));
    parts.push(firstIds(sql`patchbay.queue`, conditions, order));
  }
  if (parts.length === 0) return { total: 0, ids: [] };

  const found = sql`with found as materialized (${sql.join(
    parts.map((part) => sql`(${part})`),
    sql` union `,
  )})`;
  const { rows } = await sql<{ total: number; ids: string[] }>`${found}
    select least((select count(*) from found), ${TOTAL_MAX}::int) as total,
      array(select id::text from found order by found.${order} offset ${offset}
        limit ${Math.max(0, Math.min(limit, TOTAL_MAX - offset))}) as ids`.execute(db);
  return rows[0]!;
}

export function isFindable(spaceId: string, filter: ExecutionFilter, after: string | undefined): boolean {
  const keys = [spaceId, filter.connectorId, filter.connectorTypeId, filter.source, ...[filter.status ?? []].flat()];
  return (
    keys.every((key) => key === undefined || canBeKey(key)) &&
    (filter.text === undefined || (!filter.text.includes('\0') && filter.text.isWellFormed())) &&
    (after === undefined || isUuid(after))
  );
}

/** Those that mean the same in the log and in the queue. Time is asked by id, as that is what the indexes are sorted by. */
export function sharedConditions(
  spaceId: string,
  filter: ExecutionFilter,
  sort: ExecutionSort,
  after: string | undefined,
): Condition[] {
  const conditions = [sql`space_id = ${spaceId}`];
  if (filter.connectorId !== undefined) conditions.push(sql`connector_id = ${filter.connectorId}`);
  if (filter.from !== undefined) conditions.push(sql`id >= ${firstUuidAt(filter.from)}::uuid`);
  if (filter.to !== undefined) conditions.push(sql`id < ${firstUuidAt(filter.to)}::uuid`);
  if (after !== undefined) conditions.push(sql`id ${sql.raw(sort === 'newest' ? '<' : '>')} ${after}::uuid`);
  return conditions;
}

export function connectorTests({ connectorTypeId, source }: ExecutionFilter): Condition[] {
  return [
    ...(connectorTypeId === undefined ? [] : [sql`connector_type_id = ${connectorTypeId}`]),
    ...(source === undefined ? [] : [sql`source = ${source}`]),
  ];
}

/** The same times again, for PostgreSQL to leave out days. */
export function timeConditions(filter: ExecutionFilter, sort: ExecutionSort, after: string | undefined): Condition[] {
  const conditions: Condition[] = [];
  const since1970 = (time: Date) => new Date(Math.max(0, time.getTime()));
  if (filter.from !== undefined) conditions.push(sql`created_at >= ${since1970(filter.from)}`);
  if (filter.to !== undefined) conditions.push(sql`created_at < ${since1970(filter.to)}`);
  if (after !== undefined) {
    conditions.push(sql`created_at ${sql.raw(sort === 'newest' ? '<=' : '>=')} ${timeOfUuid(after)}`);
  }
  return conditions;
}

export function isOneOf(what: RawBuilder<unknown>, values: readonly string[] | undefined): Condition[] {
  if (values === undefined) return [];
  return [values.length === 1 ? sql`${what} = ${values[0]}` : sql`${what} = any(${values}::text[])`];
}

export function holdsText(text: string, columns: readonly string[]): Condition {
  const pattern = containsPattern(text);
  return sql`(${sql.join(
    columns.map((column) => sql`${sql.raw(column)} ilike ${pattern}`),
    sql` or `,
  )})`;
}

/** As a table of its own (`offset 0`): PostgreSQL takes them for a third of all, and goes by any other condition first. */
function longTexts(scope: readonly Condition[]): RawBuilder<unknown> {
  return sql`(select * from patchbay.executions
    where ${sql.join([...scope, LONG_TEXT], sql` and `)} offset 0) as long_texts`;
}

function firstIds(table: RawBuilder<unknown>, conditions: readonly Condition[], order: RawBuilder<unknown>) {
  return sql`select id from ${table} where ${sql.join(conditions, sql` and `)} order by ${order} limit ${TOTAL_MAX}`;
}

/** Selects of ids from the log that together hold what matches; none when nothing can. */
async function finishedParts(
  db: Kysely<Schema>,
  spaceId: string,
  filter: ExecutionFilter,
  scope: readonly Condition[],
  statuses: readonly string[] | undefined,
  order: RawBuilder<unknown>,
): Promise<RawBuilder<unknown>[]> {
  const { text, connectorId } = filter;
  const on = (test: Condition) => onConnectors(db, spaceId, connectorId, test);
  // The indexes of those that did not succeed and of texts have the columns of these conditions.
  const areIndexed = text !== undefined || statuses?.includes('succeeded') === false;
  const tests = areIndexed ? [connectorTests(filter)] : await Promise.all(connectorTests(filter).map(on));
  if (tests.includes(undefined)) return [];
  const base = [...scope, ...isOneOf(sql`status`, statuses), ...tests.flatMap((test) => test ?? [])];
  const table = sql`patchbay.executions`;
  if (text === undefined) return [firstIds(table, base, order)];
  const named = await on(holdsText(text, ['connector_name']));
  if (named?.length === 0) return [firstIds(table, base, order)];
  const codes = Object.keys(ERROR_CODES).filter((code) => code.includes(text.toLowerCase()));
  return [
    await withMessage(db, [...scope, SHORT_TEXT], [...base, SHORT_TEXT], text, order),
    ...(codes.length === 0 ? [] : [firstIds(table, [...base, SHORT_TEXT, ...isOneOf(sql`code`, codes)], order)]),
    firstIds(longTexts(scope), [...base, holdsText(text, ['message', 'code'])], order),
    ...(named === undefined ? [] : [firstIds(table, [...base, ...named], order)]),
  ];
}

/**
 * Those with the text in their short message. A frequent word is found by looking at one row after the other, a rare one
 * by the index of words; PostgreSQL cannot tell the two apart beforehand, so a sample does. Whatever it says, the result is
 * complete: where looking did not settle it, the index does.
 *
 * @param sampled conditions for the sample, which a single index serves
 * @param base all but the text
 */
async function withMessage(
  db: Kysely<Schema>,
  sampled: readonly Condition[],
  base: readonly Condition[],
  text: string,
  order: RawBuilder<unknown>,
): Promise<RawBuilder<unknown>> {
  const table = sql`patchbay.executions`;
  const hit = holdsText(text, ['message']);
  const look = (conditions: readonly Condition[], limit: number) => sql`
    select id, coalesce(${hit}, false) as hit from ${table}
    where ${sql.join(conditions, sql` and `)} order by ${order} limit ${limit}`;
  const { rows } = await sql<{ seen: number; hits: number }>`
    select count(*) as seen, count(*) filter (where hit) as hits from (${look(sampled, SAMPLE)}) as sample`.execute(db);
  const { seen, hits } = rows[0]!;
  const all = firstIds(table, [...base, hit], order);
  if (seen < SAMPLE || hits < SAMPLE * FREQUENT) return all;
  const worth = Math.ceil((TOTAL_MAX * 1.1 * seen) / hits);
  return sql`with looked as materialized (${look(base, worth)})
    select id from looked where hit union
    select id from (${all}) as rest
    where (select count(*) = ${worth} and count(*) filter (where hit) < ${TOTAL_MAX} from looked)`;
}
