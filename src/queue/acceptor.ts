import type { NewQueueRow, QueueRows } from '../db/queue.ts';
import { isPatchbayError } from '../errors.ts';

/** Stores new actions, those of several requests in one statement. */
export interface Acceptor {
  /** @returns for each row the execution that it became, and whether this node has it in hand */
  add(rows: readonly NewQueueRow[]): Promise<readonly Accepted[]>;
}

export interface Accepted {
  /** Another one than the row's if its idempotency key was used before. */
  readonly executionId: string;
  readonly isNew: boolean;
  /** Claimed by this node in the same statement. */
  readonly isClaimed: boolean;
}

interface Request {
  readonly rows: readonly NewQueueRow[];
  resolve(accepted: readonly Accepted[]): void;
  reject(error: unknown): void;
}

const BATCH_MAX = 2_000;
/** Characters of params in one statement. */
const BATCH_CHARACTERS_MAX = 8 * 1024 * 1024;

/**
 * @param notification what other nodes are told of rows that were not claimed here; undefined: nothing
 */
export function createAcceptor(
  rows: Pick<QueueRows, 'insert'>,
  node: () => string,
  notification: (rows: readonly NewQueueRow[]) => string | undefined,
): Acceptor {
  let waiting: Request[] = [];
  let underWay = 0;

  /** Requests that go together: at least one, and no more than a statement should carry. */
  function nextBatch(): Request[] {
    let count = 0;
    let characters = 0;
    const fits = waiting.findIndex((request) => {
      count += request.rows.length;
      for (const row of request.rows) characters += row.params.length;
      return count > BATCH_MAX || characters > BATCH_CHARACTERS_MAX;
    });
    const batch = waiting.slice(0, fits < 0 ? waiting.length : Math.max(fits, 1));
    waiting = waiting.slice(batch.length);
    return batch;
  }

  async function store(batch: readonly Request[]): Promise<void> {
    try {
      const all = batch.flatMap((request) => request.rows);
      const accepted = await insert(all);
      let from = 0;
      for (const request of batch) {
        request.resolve(accepted.slice(from, from + request.rows.length));
        from += request.rows.length;
      }
    } catch (error) {
      const isShared = batch.length > 1 && !isPatchbayError(error, 'database_unavailable');
      if (!isShared) {
        for (const request of batch) request.reject(error);
        return;
      }
      // What the database refuses of one request must not fail the others.
      for (const request of batch) await store([request]);
    }
  }

  async function insert(all: readonly NewQueueRow[]): Promise<Accepted[]> {
    // A statement may carry a key once; the others of the same key get what the first one gets.
    const firstOfKey = new Map<string, NewQueueRow>();
    const isFirst = (row: NewQueueRow) => {
      const key = keyOf(row);
      if (key === undefined) return true;
      if (firstOfKey.has(key)) return false;
      firstOfKey.set(key, row);
      return true;
    };
    const unique = all.filter(isFirst);
    const { isRegistered, known } = await rows.insert(node(), unique, notification(unique));
    return all.map((row) => {
      const key = keyOf(row);
      const first = key === undefined ? row : firstOfKey.get(key)!;
      const executionId = known.get(first.id) ?? first.id;
      const isNew = executionId === row.id;
      return { executionId, isNew, isClaimed: isNew && row.isClaimed && isRegistered };
    });
  }

  function pump(): void {
    while (waiting.length > 0 && underWay < 2) {
      underWay += 1;
      void store(nextBatch()).finally(() => {
        underWay -= 1;
        pump();
      });
    }
  }

  return {
    add: (newRows) =>
      new Promise((resolve, reject) => {
        waiting.push({ rows: newRows, resolve, reject });
        pump();
      }),
  };
}

function keyOf({ spaceId, connectorId, idempotencyKey }: NewQueueRow): string | undefined {
  return idempotencyKey === undefined ? undefined : `${spaceId}\0${connectorId}\0${idempotencyKey}`;
}
