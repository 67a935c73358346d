import { useState } from 'react';
import type { ListedExecution } from '../../api/executions.ts';

interface Held {
  readonly viewKey: string | undefined;
  readonly readAt: number;
  readonly rows: readonly ListedExecution[];
  /** Newer ones that are not among the rows yet. */
  readonly newer: readonly ListedExecution[];
  readonly arrivedAt: ReadonlyMap<string, number>;
}

/** How long a row that came by itself is marked. */
const MARK_MS = 15_000;

export interface HeldRows {
  readonly rows: readonly ListedExecution[];
  /** How many wait to be shown. */
  readonly newer: number;
  isNew(row: ListedExecution): boolean;
  /** Shows what waits. */
  release(): void;
}

/**
 * The rows on the screen. While `isHeld`, no row comes or goes, so nothing moves under the eyes of whoever reads; what the
 * rows say is kept current all the same.
 *
 * @param viewKey of what is asked for: rows of another view replace these at once; undefined while they are on their way
 * @param readAt when `latest` was read
 */
export function useHeldRows(
  viewKey: string | undefined,
  latest: readonly ListedExecution[],
  readAt: number,
  isHeld: boolean,
): HeldRows {
  const [held, setHeld] = useState<Held>(() => fresh(viewKey, latest, readAt));
  let current = held;
  if (viewKey !== undefined && viewKey !== held.viewKey) current = fresh(viewKey, latest, readAt);
  else if (viewKey !== undefined && readAt !== held.readAt) {
    current = isHeld ? hold(held, latest, readAt) : follow(held, latest, readAt);
  } else if (!isHeld && held.newer.length > 0) current = follow(held, latest, readAt);
  if (current !== held) setHeld(current);

  return {
    rows: current.rows,
    newer: current.newer.length,
    isNew: (row) => current.readAt - (current.arrivedAt.get(row.execution_id) ?? Number.NEGATIVE_INFINITY) < MARK_MS,
    release: () => setHeld(follow(current, latest, readAt)),
  };
}

function fresh(viewKey: string | undefined, rows: readonly ListedExecution[], readAt: number): Held {
  return { viewKey, readAt, rows, newer: [], arrivedAt: new Map() };
}

function follow(held: Held, latest: readonly ListedExecution[], readAt: number): Held {
  const known = new Set(held.rows.map((row) => row.execution_id));
  const arrived = new Map<string, number>();
  for (const { execution_id: id } of latest) {
    const at = known.has(id) ? held.arrivedAt.get(id) : readAt;
    if (at !== undefined) arrived.set(id, at);
  }
  return { ...held, readAt, rows: latest, newer: [], arrivedAt: arrived };
}

function hold(held: Held, latest: readonly ListedExecution[], readAt: number): Held {
  const byId = new Map(latest.map((row) => [row.execution_id, row]));
  const known = new Set(held.rows.map((row) => row.execution_id));
  return {
    ...held,
    readAt,
    rows: held.rows.map((row) => byId.get(row.execution_id) ?? row),
    newer: latest.filter((row) => !known.has(row.execution_id)),
  };
}
