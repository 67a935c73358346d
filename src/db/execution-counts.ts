import { type Kysely, type RawBuilder, sql } from 'kysely';
import { ERROR_CODES } from '../errors.ts';
import {
  type Condition,
  connectorTests,
  holdsText,
  isFindable,
  isOneOf,
  LONG_TEXT,
  QUEUE_STATUS,
  SHORT_TEXT,
  sharedConditions,
  timeConditions,
  UNFINISHED,
} from './execution-search.ts';
import type { ExecutionFilter } from './execution-types.ts';
import { onConnectors } from './known-connectors.ts';
import type { Schema } from './schema.ts';
import { canBeKey } from './text.ts';
import { firstUuidAt } from './uuid-time.ts';

/** How many executions of one status were created in one bucket, from 0. */
export interface BucketCount {
  readonly bucket: number;
  readonly status: string;
  readonly count: number;
}

/** A connector and how many of its finished executions failed or expired. */
export interface FailingConnector {
  readonly connectorId: string;
  /** Name and type as they were in its latest execution. */
  readonly connectorName: string;
  readonly connectorTypeId: string;
  readonly failed: number;
  /** All of its finished ones of that time, whatever else the filter asks. */
  readonly total: number;
}

/** What became of the executions of one connector, by bucket. */
export interface ConnectorActivity {
  readonly connectorId: string;
  readonly buckets: readonly { readonly bucket: number; readonly succeeded: number; readonly failed: number }[];
}

export interface ExecutionCountRows {
  /**
   * Counts by bucket and status; pairs without any are left out. `from` and `to` of the filter are ignored.
   *
   * @param bounds in order, one more than there are buckets; each bucket begins at its bound and ends before the next
   */
  byBucket(spaceId: string, filter: ExecutionFilter, bounds: readonly Date[]): Promise<BucketCount[]>;
  /** The connectors with the most failed and expired executions between the first and the last of `bounds`. */
  failing(
    spaceId: string,
    filter: ExecutionFilter,
    bounds: readonly Date[],
    limit: number,
  ): Promise<FailingConnector[]>;
  /** Each connector that ran between the first and the last of `bounds`. */
  activity(spaceId: string, bounds: readonly Date[]): Promise<ConnectorActivity[]>;
}

const TABLE = sql`patchbay.executions`;
/** Every status of a finished execution but the one that nearly all have. */
const UNSUCCESSFUL = ['failed', 'expired', 'cancelled'] as const;
/** The action did not get through; a cancelled one was not meant to any more. */
const FAILED = ['failed', 'expired'] as const;

export function executionCountRows(db: Kysely<Schema>): ExecutionCountRows {
  return {
    async byBucket(spaceId, filter, bounds) {
      const range = within(filter, bounds);
      if (!isFindable(spaceId, filter, undefined)) return [];
      const wanted = filter.status === undefined ? undefined : [filter.status].flat();
      const isWanted = (status: string) => wanted === undefined || wanted.includes(status);
      const ids = bounds.map(firstUuidAt);
      const parts: RawBuilder<unknown>[] = [];
      const finished = ['succeeded', ...UNSUCCESSFUL].filter(isWanted);
      const scope = finished.length === 0 ? undefined : await scopeOf(db, spaceId, range);
      if (scope !== undefined) parts.push(...finishedCounts(scope, range, finished, ids));
      const unfinished = UNFINISHED.filter(isWanted);
      if (unfinished.length > 0) parts.push(queueCounts(spaceId, range, unfinished, ids));
      if (parts.length === 0) return [];
      // One statement, so that an execution which ends meanwhile is counted in one of the two places.
      const { rows } = await sql<BucketCount>`${sql.join(
        parts.map((part) => sql`(${part})`),
        sql` union all `,
      )}`.execute(db);
      return withSucceeded(rows).filter(({ status, count }) => count > 0 && isWanted(status));
    },

    async failing(spaceId, filter, bounds, limit) {
      const [range, times] = [within(filter, bounds), within({}, bounds)];
      if (!isFindable(spaceId, filter, undefined)) return [];
      const wanted = filter.status === undefined ? undefined : [filter.status].flat();
      const statuses = FAILED.filter((status) => wanted === undefined || wanted.includes(status));
      const scope = statuses.length === 0 ? undefined : await scopeOf(db, spaceId, range);
      if (scope === undefined) return [];
      const matching = sql.join([...scope.conditions, ...days(range)], sql` and `);
      // Only what indexes answer.
      const own = sql`${sql.join(sharedConditions(spaceId, times, 'oldest', undefined), sql` and `)}
        and connector_id = top.connector_id`;
      const { rows } = await sql<FailingConnector>`
        with top as materialized (
          select connector_id, count(*) as failed from ${TABLE}
          where ${matching} and status = any(${literals(statuses)})
          group by connector_id order by failed desc, connector_id limit ${limit}
        )
        select top.connector_id as "connectorId", last.connector_name as "connectorName",
          last.connector_type_id as "connectorTypeId", top.failed,
          (select count(*) from ${TABLE} where ${own}) as total
        from top cross join lateral (
          select connector_name, connector_type_id from ${TABLE} where ${own} order by id desc limit 1
        ) as last
        order by top.failed desc, top.connector_id`.execute(db);
      return rows;
    },

    async activity(spaceId, bounds) {
      if (!canBeKey(spaceId)) return [];
      const range = within({}, bounds);
      const conditions = [...sharedConditions(spaceId, range, 'oldest', undefined), ...days(range)];
      // One row a connector: as one for each of its hours they would take longer to read than to count.
      const { rows } = await sql<{ connector_id: string; counts: string }>`
        select connector_id, string_agg(bucket || ' ' || succeeded || ' ' || failed, ',') as counts
        from (
          select connector_id, ${bucketOf(bounds.map(firstUuidAt))} as bucket,
            count(*) filter (where status = 'succeeded') as succeeded,
            count(*) filter (where status = any(${literals(FAILED)})) as failed
          from ${TABLE} where ${sql.join(conditions, sql` and `)} group by connector_id, bucket
        ) as hours
        group by connector_id`.execute(db);
      return rows.map(({ connector_id, counts }) => ({
        connectorId: connector_id,
        buckets: counts.split(',').map((text) => {
          const [bucket, succeeded, failed] = text.split(' ').map(Number) as [number, number, number];
          return { bucket, succeeded, failed };
        }),
      }));
    },
  };
}

type Range = ExecutionFilter & { readonly from: Date; readonly to: Date };

function within(filter: ExecutionFilter, bounds: readonly Date[]): Range {
  return { ...filter, from: bounds[0]!, to: bounds.at(-1)! };
}

/** What finished executions have to meet, whatever their status. */
interface Scope {
  readonly conditions: readonly Condition[];
  /**
   * Nothing is asked but space, connector and time by id, so indexes answer without the table. The time as such is not in
   * them: asked for as well, it would make PostgreSQL leave out days, but look at every row of the others, which costs more.
   */
  readonly isIndexed: boolean;
}

/** @returns undefined when nothing can match */
async function scopeOf(db: Kysely<Schema>, spaceId: string, range: Range): Promise<Scope | undefined> {
  const { text, connectorId } = range;
  const on = (test: Condition) => onConnectors(db, spaceId, connectorId, test);
  const [tests, named] = await Promise.all([
    Promise.all(connectorTests(range).map(on)),
    text === undefined ? [] : on(holdsText(text, ['connector_name'])),
  ]);
  if (tests.includes(undefined)) return undefined;
  const own = tests.flatMap((test) => test ?? []);
  // An empty list: every connector has the text in its name.
  if (text !== undefined && named?.length !== 0) {
    const codes = Object.keys(ERROR_CODES).filter((code) => code.includes(text.toLowerCase()));
    const hit = sql.join(
      [holdsText(text, ['message']), ...(codes.length === 0 ? [] : isOneOf(sql`code`, codes))],
      sql` or `,
    );
    const ways = [SHORT_TEXT, LONG_TEXT].map((texts) => sql`(${texts} and (${hit}))`);
    if (named !== undefined) ways.push(sql`(${sql.join(named, sql` and `)})`);
    own.push(sql`(${sql.join(ways, sql` or `)})`);
  }
  const shared = sharedConditions(spaceId, range, 'oldest', undefined);
  return { conditions: [...shared, ...own], isIndexed: own.length === 0 };
}

/** Lets PostgreSQL leave out the days that lie outside. */
function days(range: Range): Condition[] {
  return timeConditions(range, 'oldest', undefined);
}

/**
 * Where indexes answer: all of each bucket, as status `''`, and those that did not succeed; those that did are what is left.
 * Else one pass over the rows.
 */
function finishedCounts(
  scope: Scope,
  range: Range,
  statuses: readonly string[],
  ids: readonly string[],
): RawBuilder<unknown>[] {
  const conditions = sql.join(scope.conditions, sql` and `);
  if (!scope.isIndexed) {
    const all = [...scope.conditions, ...days(range), ...isOneOfLiterals(statuses)];
    return [
      sql`select ${bucketOf(ids)} as bucket, status, count(*) as count from ${TABLE}
        where ${sql.join(all, sql` and `)} group by 1, 2`,
    ];
  }
  return [
    sql`select ${bucketOf(ids)} as bucket, status, count(*) as count from ${TABLE}
      where ${conditions} and status = any(${literals(UNSUCCESSFUL)}) group by 1, 2`,
    ...(statuses.includes('succeeded')
      ? [
          sql`select (bucket.number - 1)::int as bucket, '' as status, counted.count
            from unnest(${ids.slice(0, -1)}::uuid[], ${ids.slice(1)}::uuid[]) with ordinality as bucket(first, next, number)
            cross join lateral (
              select count(*) as count from ${TABLE}
              where ${conditions} and id >= bucket.first and id < bucket.next
            ) as counted`,
        ]
      : []),
  ];
}

function queueCounts(
  spaceId: string,
  range: Range,
  statuses: readonly string[],
  ids: readonly string[],
): RawBuilder<unknown> {
  const conditions = [
    ...sharedConditions(spaceId, range, 'oldest', undefined),
    ...connectorTests(range),
    ...(range.text === undefined ? [] : [holdsText(range.text, ['connector_name', 'message', 'code'])]),
    ...(statuses.length === UNFINISHED.length ? [] : isOneOf(QUEUE_STATUS, statuses)),
  ];
  return sql`select ${bucketOf(ids)} as bucket, ${QUEUE_STATUS} as status, count(*) as count from patchbay.queue
    where ${sql.join(conditions, sql` and `)} group by 1, 2`;
}

/** Turns the counts of status `''` into those that succeeded. */
function withSucceeded(rows: readonly BucketCount[]): BucketCount[] {
  const unsuccessful = new Map<number, number>();
  for (const { bucket, status, count } of rows) {
    if (!(UNSUCCESSFUL as readonly string[]).includes(status)) continue;
    unsuccessful.set(bucket, (unsuccessful.get(bucket) ?? 0) + count);
  }
  return rows.map((row) =>
    row.status === ''
      ? { bucket: row.bucket, status: 'succeeded', count: row.count - (unsuccessful.get(row.bucket) ?? 0) }
      : row,
  );
}

function bucketOf(ids: readonly string[]): RawBuilder<unknown> {
  return sql`width_bucket(id, ${ids}::uuid[]) - 1`;
}

/** As constants: PostgreSQL uses an index of some statuses only when it sees that no other is asked for. */
function literals(values: readonly string[]): RawBuilder<unknown> {
  return sql`array[${sql.join(values.map((value) => sql.lit(value)))}]`;
}

function isOneOfLiterals(statuses: readonly string[]): Condition[] {
  return statuses.length > UNSUCCESSFUL.length ? [] : [sql`status = any(${literals(statuses)})`];
}
