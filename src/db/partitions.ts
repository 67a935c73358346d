import { type Kysely, sql } from 'kysely';
import type { Schema } from './schema.ts';

/** What was done, and what could not be done now because somebody else holds a lock. */
export interface Tidied {
  /** Days for which partitions were made: `20261122`. */
  readonly made: readonly string[];
  /** Days whose partitions were dropped. */
  readonly dropped: readonly string[];
  /** False when something is left to do; it may be tried again at once or later. */
  readonly isComplete: boolean;
}

export interface Partitions {
  /**
   * Makes the partitions of today and the days ahead, and of any day that has rows in a default partition; drops those of
   * days that lie whole before the retention; deletes idempotency keys that are older than a day. Days are UTC, and the
   * database's clock says which one it is. Nodes take turns, and a lock that is not to be had within
   * {@link LOCK_TIMEOUT_MS} ends it for this time.
   *
   * @throws {PatchbayError} `database_unavailable`
   */
  tidy(retentionMs: number): Promise<Tidied>;
}

/** Days for which partitions are made in advance, so that a server that cannot make them for a while goes on well. */
const AHEAD_DAYS = 3;
const DAY_MS = 86_400_000;
/** Inserts queue up behind whoever waits for the lock of a table, so nobody waits long. */
const LOCK_TIMEOUT_MS = 1_000;
/** Any number that no other program on the database uses; the letters "pblog" in ASCII. */
const LOCK_KEY = '482687610727';
const KEYS_AT_ONCE = 10_000;
const TABLES = ['executions', 'attempts'] as const;
type Table = (typeof TABLES)[number];

export function partitions(db: Kysely<Schema>): Partitions {
  /**
   * One step of the work, alone among all nodes; false when a lock was not to be had. A step is about one table: writers
   * lock the partitions of both in an order of their own, so whoever held one and wanted the other could deadlock.
   */
  async function step(work: (trx: Kysely<Schema>) => Promise<void>): Promise<boolean> {
    try {
      await db.transaction().execute(async (trx) => {
        await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT_MS)}`.execute(trx);
        await sql`select pg_advisory_xact_lock(${sql.lit(LOCK_KEY)}::bigint)`.execute(trx);
        await work(trx);
      });
      return true;
    } catch (error) {
      if (isLockedOut(error)) return false;
      throw error;
    }
  }

  return {
    async tidy(retentionMs) {
      const now = await databaseTime(db);
      const made = new Set<string>();
      const dropped = new Set<string>();
      const steps: ((trx: Kysely<Schema>) => Promise<void>)[] = [];
      for (const table of TABLES) {
        const existing = await existingDays(db, table);
        const missing = (await neededDays(db, table, now, retentionMs)).filter((day) => !existing.includes(day));
        const over = existing.filter((day) => startOf(day) + DAY_MS <= now - retentionMs);
        const make = missing.map((day) => async (trx: Kysely<Schema>) => {
          if (await makeDay(trx, table, day)) made.add(day);
        });
        const drop = over.map((day) => async (trx: Kysely<Schema>) => {
          if (await dropDay(trx, table, day)) dropped.add(day);
        });
        steps.unshift(...make);
        steps.push(...drop);
      }
      steps.push(async (trx) => {
        await sweepDefaults(trx, new Date(now - retentionMs));
        if (dropped.size > 0) await forgetConnectors(trx);
      });
      let isComplete = true;
      for (const work of steps) {
        isComplete = await step(work);
        if (!isComplete) break;
      }
      await removeOldKeys(db);
      return { made: [...made], dropped: [...dropped], isComplete };
    },
  };
}

/** SQLSTATE 55P03 (lock timeout) or 40P01 (deadlock), which the pool reports as the database's being busy. */
function isLockedOut(error: unknown): boolean {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const { code } = (cause ?? {}) as { code?: unknown };
  return code === '55P03' || code === '40P01';
}

async function databaseTime(db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ now: Date }>`select now() as now`.execute(db);
  return rows[0]!.now.getTime();
}

/** `20261122` of a time in milliseconds. */
function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10).replaceAll('-', '');
}

function startOf(day: string): number {
  return Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6)));
}

async function existingDays(db: Kysely<Schema>, table: Table): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`
    select right(child.relname, 8) as day from pg_inherits join pg_class child on child.oid = inhrelid
    where inhparent = ${sql.lit(`patchbay.${table}`)}::regclass
      and child.relname ~ ${sql.lit(`^${table}_[0-9]{8}$`)} order by day`.execute(db);
  return rows.map((row) => row.day);
}

/** Today and the days ahead, and the days within the retention whose rows came before their partition. */
async function neededDays(db: Kysely<Schema>, table: Table, now: number, retentionMs: number): Promise<string[]> {
  const ahead = Array.from({ length: AHEAD_DAYS + 1 }, (_, days) => dayOf(now + days * DAY_MS));
  const first = new Date(startOf(dayOf(now - retentionMs)));
  const { rows } = await sql<{ day: string }>`
    select distinct to_char(created_at at time zone 'UTC', 'YYYYMMDD') as day
    from ${sql.table(`patchbay.${table}_default`)}
    where created_at >= ${first} and created_at < ${new Date(startOf(ahead[0]!))} order by day`.execute(db);
  return [...ahead, ...rows.map((row) => row.day)];
}

/**
 * Made and attached with the day's rows that were in the default partition. Writers wait for these milliseconds: one that
 * had chosen the default partition before would fail, as its row does not belong there any more.
 *
 * @returns false when another node was faster
 */
async function makeDay(trx: Kysely<Schema>, table: Table, day: string): Promise<boolean> {
  if ((await existingDays(trx, table)).includes(day)) return false;
  const from = sql.lit(new Date(startOf(day)).toISOString());
  const to = sql.lit(new Date(startOf(day) + DAY_MS).toISOString());
  const parent = sql.table(`patchbay.${table}`);
  const child = sql.table(`patchbay.${table}_${day}`);
  const others = sql.table(`patchbay.${table}_default`);
  await sql`lock table ${parent} in share row exclusive mode`.execute(trx);
  await sql`create table ${child} (like ${parent})`.execute(trx);
  await sql`with moved as (delete from ${others} where created_at >= ${from} and created_at < ${to} returning *)
    insert into ${child} select * from moved`.execute(trx);
  await sql`alter table ${parent} attach partition ${child} for values from (${from}) to (${to})`.execute(trx);
  return true;
}

async function dropDay(trx: Kysely<Schema>, table: Table, day: string): Promise<boolean> {
  if (!(await existingDays(trx, table)).includes(day)) return false;
  await sql`drop table ${sql.table(`patchbay.${table}_${day}`)}`.execute(trx);
  return true;
}

/** The age of what lies there is when it ended: what was created long ahead of its start has outlived its day. */
async function sweepDefaults(trx: Kysely<Schema>, before: Date): Promise<void> {
  await sql`delete from patchbay.executions_default where finished_at < ${before} and created_at < ${before}`.execute(
    trx,
  );
  await sql`delete from patchbay.attempts_default where started_at < ${before} and created_at < ${before}`.execute(trx);
}

/** Connectors that neither exist nor have an execution any more. */
async function forgetConnectors(trx: Kysely<Schema>): Promise<void> {
  await sql`
    delete from patchbay.logged_connectors as logged
    where not exists (select from patchbay.executions as e where e.space_id = logged.space_id and e.connector_id = logged.connector_id)
      and not exists (select from patchbay.connectors as c where c.id = logged.connector_id)
      and not exists (select from patchbay.queue as q where q.connector_id = logged.connector_id)`.execute(trx);
}

/** Twenty-four hours is how long a key is remembered; the queue treats older ones as new already. */
async function removeOldKeys(db: Kysely<Schema>): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`
      delete from patchbay.idempotency_keys where ctid = any(array(
        select ctid from patchbay.idempotency_keys where created_at < now() - interval '24 hours' limit ${KEYS_AT_ONCE}
      ))`.execute(db);
    if (Number(numAffectedRows ?? 0) < KEYS_AT_ONCE) return;
  }
}
