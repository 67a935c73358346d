import { authorise, type Principal } from '../access/authorise.ts';
import type { ExecutionFilter } from '../db/executions.ts';
import type { RemovedRow } from '../db/queue.ts';
import { PatchbayError } from '../errors.ts';
import type { ExecutionLog, ExecutionStatus } from '../events/execution-log.ts';
import type { BulkOutcome, EnqueueItem, EnqueueResult, Queue } from './types.ts';

export interface CommandParts {
  readonly enqueue: (principal: Principal, spaceId: string, items: readonly EnqueueItem[]) => Promise<EnqueueResult[]>;
  readonly executions: Pick<ExecutionLog, 'find' | 'findIds' | 'findParams'>;
  /** Ends an action that this node has claimed and not begun; undefined: there is none. */
  readonly cancelInHand: (spaceId: string, executionId: string) => Promise<RemovedRow | undefined>;
  /** Ends those of the executions that nobody has claimed. */
  readonly cancelWaiting: (spaceId: string, executionIds: readonly string[]) => Promise<RemovedRow[]>;
  readonly onCancelled: (row: RemovedRow) => void;
}

/** Their parameters are in memory meanwhile, a megabyte each at most. */
const REPEATED_AT_ONCE = 100;

type Params = Readonly<Record<string, unknown>>;

/** What may be repeated without new parameters: only of these are they kept. */
const REPEATABLE: readonly ExecutionStatus[] = ['failed', 'expired', 'cancelled'];
const UNFINISHED: ReadonlySet<ExecutionStatus> = new Set(['queued', 'running', 'retrying']);
const WAITING: readonly ExecutionStatus[] = ['queued', 'retrying'];
const NO_PARAMS =
  'The parameters of this execution are not kept: they are only of executions that did not succeed. Send them as "params".';

/** Repeating and cancelling executions. */
export function createCommands(
  parts: CommandParts,
): Pick<Queue, 'retry' | 'retryMatching' | 'cancel' | 'cancelMatching'> {
  const { executions } = parts;

  async function found(spaceId: string, executionId: string) {
    const record = await executions.find(spaceId, executionId);
    if (record !== undefined) return record;
    throw new PatchbayError('not_found', `Execution ${executionId} not found in space "${spaceId}"`);
  }

  async function cancelAll(spaceId: string, ids: readonly string[]): Promise<string[]> {
    const gone = await parts.cancelWaiting(spaceId, ids);
    const inDatabase = new Set(gone.map((row) => row.id));
    for (const id of ids) {
      const row = inDatabase.has(id) ? undefined : await parts.cancelInHand(spaceId, id);
      if (row !== undefined) gone.push(row);
    }
    for (const row of gone) parts.onCancelled(row);
    return gone.map((row) => row.id);
  }

  return {
    async retry(principal, spaceId, executionId, params) {
      authorise(principal, 'execute');
      const record = await found(spaceId, executionId);
      if (UNFINISHED.has(record.status)) {
        throw new PatchbayError(
          'conflict',
          `Execution ${executionId} has not ended (${record.status}). Wait for its next attempt, or cancel it first.`,
        );
      }
      const again = params ?? (record.params as Params | undefined);
      if (again === undefined) throw new PatchbayError('bad_request', NO_PARAMS);
      const item = { connectorId: record.connectorId, params: again, retryOf: executionId };
      const [result] = await parts.enqueue(principal, spaceId, [item]);
      return result!;
    },

    async retryMatching(principal, spaceId, filter, limit, params) {
      authorise(principal, 'execute');
      const matching = await matchingIds(executions, spaceId, filter, limit, REPEATABLE);
      const skipped = new Map<string, number>();
      const skip = (message: string) => skipped.set(message, (skipped.get(message) ?? 0) + 1);
      const executionIds: string[] = [];
      for (let first = 0; first < matching.length; first += REPEATED_AT_ONCE) {
        const ids = matching.slice(first, first + REPEATED_AT_ONCE);
        const items: EnqueueItem[] = [];
        for (const record of await executions.findParams(spaceId, ids)) {
          const again = params ?? (record.params as Params | undefined);
          if (again === undefined) skip(NO_PARAMS);
          else items.push({ connectorId: record.connectorId, params: again, retryOf: record.id });
        }
        const results = items.length === 0 ? [] : await parts.enqueue(principal, spaceId, items);
        for (const result of results) {
          if (result.response === 'success') executionIds.push(result.executionId);
          else skip(result.message);
        }
      }
      return { matched: matching.length, executionIds, skipped: Object.fromEntries(skipped) };
    },

    async cancel(principal, spaceId, executionId) {
      authorise(principal, 'execute');
      const record = await found(spaceId, executionId);
      if (UNFINISHED.has(record.status) && (await cancelAll(spaceId, [executionId])).length === 1) return;
      const { status } = await found(spaceId, executionId);
      const why = UNFINISHED.has(status)
        ? 'is being attempted at this moment. Try again, it may have to wait for another attempt'
        : `has ended already (${status})`;
      throw new PatchbayError('conflict', `Execution ${executionId} ${why}.`);
    },

    async cancelMatching(principal, spaceId, filter, limit): Promise<BulkOutcome> {
      authorise(principal, 'execute');
      const matching = await matchingIds(executions, spaceId, filter, limit, WAITING);
      const executionIds = await cancelAll(spaceId, matching);
      const missed = matching.length - executionIds.length;
      const skipped: Record<string, number> =
        missed === 0 ? {} : { 'It was being attempted, or had ended, by then.': missed };
      return { matched: matching.length, executionIds, skipped };
    },
  };
}

/** The oldest that match and are in one of the given states. */
async function matchingIds(
  executions: Pick<ExecutionLog, 'findIds'>,
  spaceId: string,
  filter: ExecutionFilter,
  limit: number,
  states: readonly ExecutionStatus[],
): Promise<string[]> {
  const asked = filter.status === undefined ? undefined : [filter.status].flat();
  const status = asked === undefined ? states : states.filter((state) => asked.includes(state));
  return status.length === 0 ? [] : executions.findIds(spaceId, { ...filter, status }, { limit, sort: 'oldest' });
}
