import { attemptJson, LOGGED_NAME_MAX, loggedText } from './attempt-json.ts';
import {
  CLAIM,
  CLAIM_INTERRUPTED,
  COUNTS,
  HAS_DEAD,
  INSERT_ANSWER,
  INSERT_ANSWER_QUIET,
  INTERRUPTED,
  insertKeyed,
  insertPlain,
  KNOWN_KEYS,
  LANES,
  RELEASE_OTHERS,
  REMOVE,
  REMOVE_EXPIRED,
  SETTLE,
  TAKE_OVER,
} from './queue-sql.ts';
import type { ClaimedRow, NewQueueRow, QueueRows, RemovedRow, Settled } from './queue-types.ts';
import type { Statements } from './statements.ts';
import { recordable } from './text.ts';

export { QUEUE_CHANNEL } from './queue-sql.ts';
export type { ClaimedRow, Lane, NewQueueRow, QueueCounts, QueueRows, RemovedRow, Settled } from './queue-types.ts';

export function queueRows({ query }: Statements): QueueRows {
  async function insert(
    node: string,
    rows: readonly NewQueueRow[],
    notify: string | undefined,
  ): Promise<{ isRegistered: boolean; known: ReadonlyMap<string, string> }> {
    const answer = notify === undefined ? INSERT_ANSWER_QUIET : INSERT_ANSWER;
    const values = [node, newRowsJson(rows), notify ?? null];
    const keyed = rows.filter((row) => row.idempotencyKey !== undefined);
    if (keyed.length === 0) {
      const [stored] = await query<{ registered: number }>(insertPlain(answer), values);
      return { isRegistered: stored?.registered === 1, known: new Map() };
    }
    const [stored] = await query<{ registered: number; fresh: string[] | null }>(insertKeyed(answer), values);
    const isRegistered = stored?.registered === 1;
    const fresh = new Set(stored?.fresh);
    const used = keyed.filter((row) => !fresh.has(row.id));
    if (used.length === 0) return { isRegistered, known: new Map() };
    // A second statement, as one that waited for another node's key does not see that node's row.
    const found = await query<{ id: string; execution_id: string }>(KNOWN_KEYS, [newRowsJson(used)]);
    const known = new Map(found.map((row) => [row.id, row.execution_id]));
    // Keys that grew old and were removed between the two statements are free again.
    const freed = used.filter((row) => !known.has(row.id));
    if (freed.length === 0) return { isRegistered, known };
    const again = await insert(node, freed, notify);
    return { isRegistered: isRegistered && again.isRegistered, known: new Map([...known, ...again.known]) };
  }

  return {
    insert,

    async countUpTo(limit) {
      const [row] = await query<{ count: number }>(
        'select count(*) as count from (select from patchbay.queue limit $1) as counted',
        [limit],
      );
      return row?.count ?? 0;
    },

    async claim(node, wanted) {
      const rows = await query<StoredRow>(CLAIM, [
        node,
        wanted.map((lane) => lane.connectorId),
        wanted.map((lane) => lane.wanted),
      ]);
      return rows.map(toClaimed);
    },

    async claimInterrupted(node, { least, most, limit, except }) {
      return (await query<StoredRow>(CLAIM_INTERRUPTED, [node, least, most, limit, except])).map(toClaimed);
    },

    async settle(node, settled) {
      const [row] = await query<{ settled: number }>(SETTLE, [node, ...settledJson(settled)]);
      return row?.settled ?? 0;
    },

    async release(node, ids) {
      await query('update patchbay.queue set node = null where node = $1 and id = any($2::uuid[])', [node, ids]);
    },

    async releaseOthers(node, kept) {
      const [row] = await query<{ count: number }>(RELEASE_OTHERS, [node, kept]);
      return row?.count ?? 0;
    },

    async remove(spaceId, ids, { status, code, message }) {
      return (await query<StoredRow>(REMOVE, [ids, spaceId, status, code ?? null, message])).map(toRemoved);
    },

    async removeExpired(limit) {
      return (await query<StoredRow>(REMOVE_EXPIRED, [limit])).map(toRemoved);
    },

    async lanes(limit) {
      const rows = await query<StoredRow & { is_due: boolean }>(LANES, [limit]);
      return rows.map((row) => ({
        connectorId: row.connector_id,
        connectorTypeId: row.connector_type_id,
        dueAt: row.due_at,
        isDue: row.is_due,
      }));
    },

    async register(node, name) {
      await query('insert into patchbay.nodes (id, name) values ($1, $2)', [node, recordable(name, 200)]);
    },

    async beat(node, lastAttemptAt) {
      const [row] = await query<{ nodes: number }>(
        `update patchbay.nodes set seen_at = now(), last_attempt_at = coalesce($2, last_attempt_at) where id = $1
         returning (select count(*) from patchbay.nodes) as nodes`,
        [node, lastAttemptAt ?? null],
      );
      return row?.nodes ?? 0;
    },

    async unregister(node) {
      await query('delete from patchbay.nodes where id = $1', [node]);
    },

    async hasDead(node, silentMs) {
      const [row] = await query<{ dead: boolean }>(HAS_DEAD, [node, silentMs]);
      return row?.dead === true;
    },

    async takeOver(node, silentMs) {
      const [row] = await query<{ freed: number }>(TAKE_OVER, [node, silentMs, INTERRUPTED]);
      return row?.freed ?? 0;
    },

    async counts() {
      const [byType, [nodes]] = await Promise.all([
        query<{ connector_type_id: string; waiting: number; due: number; claimed: number; retrying: number }>(
          COUNTS,
          [],
        ),
        query<{ at: Date; nodes: number; last: Date | null }>(
          'select now() as at, count(*) as nodes, max(last_attempt_at) as last from patchbay.nodes',
          [],
        ),
      ]);
      return {
        at: nodes!.at,
        byType: byType.map(({ connector_type_id, ...counts }) => ({ connectorTypeId: connector_type_id, ...counts })),
        nodes: nodes!.nodes,
        lastAttemptAt: nodes!.last ?? undefined,
      };
    },

    async vacuum() {
      await query('vacuum (skip_locked) patchbay.queue', []);
    },
  };
}

function newRowsJson(rows: readonly NewQueueRow[]): string {
  return JSON.stringify(
    rows.map((row) => ({
      id: row.id,
      space_id: row.spaceId,
      connector_id: row.connectorId,
      connector_type_id: row.connectorTypeId,
      connector_name: loggedText(row.connectorName, LOGGED_NAME_MAX),
      source: row.source,
      username: row.username,
      // Text within the JSON: its own escapes of NUL and lone surrogates, which PostgreSQL would refuse, stay escapes.
      params: row.params,
      due_at: row.dueAt,
      deliver_by: row.deliverBy,
      retry_of: row.retryOf,
      traceparent: row.traceparent,
      key: row.idempotencyKey,
      is_claimed: row.isClaimed,
    })),
  );
}

function settledJson(settled: readonly Settled[]): [ended: string, again: string, attempts: string] {
  const ended: unknown[] = [];
  const again: unknown[] = [];
  const attempts: unknown[] = [];
  for (const row of settled) {
    const why = { code: loggedText(row.code), message: loggedText(row.message) };
    if ('delayMs' in row)
      again.push({ id: row.id, before: row.before, ended: row.ended, delay_ms: row.delayMs, ...why });
    else
      ended.push({
        id: row.id,
        before: row.before,
        status: row.status,
        finished_at: row.finishedAt,
        drop_params: row.dropParams || undefined,
        ...why,
      });
    for (const attempt of row.attempts) attempts.push(attemptJson(row.id, attempt));
  }
  return [JSON.stringify(ended), JSON.stringify(again), JSON.stringify(attempts)];
}

interface StoredRow {
  id: string;
  space_id: string;
  connector_id: string;
  connector_type_id: string;
  connector_name: string;
  source: string;
  username: string | null;
  params: string;
  due_at: Date;
  deliver_by: Date | null;
  retry_of: string | null;
  traceparent: string | null;
  attempts: number;
  interrupted: number;
  message: string | null;
}

function toClaimed(row: StoredRow): ClaimedRow {
  return {
    id: row.id,
    spaceId: row.space_id,
    connectorId: row.connector_id,
    connectorTypeId: row.connector_type_id,
    connectorName: row.connector_name,
    source: row.source,
    username: row.username ?? undefined,
    params: row.params,
    dueAt: row.due_at,
    deliverBy: row.deliver_by ?? undefined,
    retryOf: row.retry_of ?? undefined,
    traceparent: row.traceparent ?? undefined,
    attempts: row.attempts,
    interrupted: row.interrupted,
  };
}

function toRemoved(row: StoredRow): RemovedRow {
  return {
    id: row.id,
    spaceId: row.space_id,
    connectorId: row.connector_id,
    connectorTypeId: row.connector_type_id,
    connectorName: row.connector_name,
    source: row.source,
    message: row.message ?? undefined,
  };
}
