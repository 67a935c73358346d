import type { Principal } from '../../src/access/authorise.ts';
import { BUILT_IN_TYPES } from '../../src/connector-types/index.ts';
import type { CheckContext, ExecutionSource } from '../../src/connectors/define.ts';
import { paramsProblem } from '../../src/connectors/params-problem.ts';
import type { ExecutionRecord, ExecutionStatus } from '../../src/events/execution-log.ts';
import { createRunEvents, type RunEvents } from '../../src/events/run-events.ts';
import { createNotices, type Notices } from '../../src/notices/index.ts';
import type { NoticeSettings } from '../../src/notices/types.ts';
import type { EnqueueItem, EnqueueResult, QueuedSource } from '../../src/queue/types.ts';

export const HOUR_MS = 3_600_000;
export const SYSTEM: Principal = { username: 'system', roles: ['superuser'], authentication: 'basic' };
export const CONTEXT: CheckContext = {
  settings: { actions: { email: { servicesEnabled: ['*'] } } } as unknown as CheckContext['settings'],
  egress: { assertUrlAllowed: () => {}, assertHostAllowed: () => {} } as unknown as CheckContext['egress'],
};

/** Settings of a notice to `pager`. */
export const setting = (changes: Partial<NoticeSettings> = {}): NoticeSettings => ({
  to: 'pager',
  fallback: [],
  params: {},
  failures: 3,
  circuit: true,
  throttle: HOUR_MS,
  ...changes,
});

/** What was given to the queue. */
export interface Sent {
  readonly executionId: string;
  readonly to: string;
  readonly spaceId: string;
  readonly principal: Principal;
  readonly source?: QueuedSource;
  readonly text: string;
  readonly item: EnqueueItem;
}

/** A node: its events and clock, and the queue and log that it may share with another node. */
export interface Node {
  readonly events: RunEvents;
  readonly notices: Notices;
  readonly errors: string[];
  readonly warnings: string[];
  advance(ms: number): void;
  /** A run of a connector ended. */
  run(connectorId: string, status: ExecutionStatus, source?: ExecutionSource, executionId?: string): void;
  attempt(connectorId: string, outcome: 'delivered' | 'failed', code?: 'cancelled'): void;
  circuit(connectorId: string, state: 'open' | 'half_open' | 'closed'): void;
  settled(): Promise<void>;
}

export interface Cluster {
  readonly sent: Sent[];
  readonly statuses: Map<string, ExecutionStatus>;
  readonly refused: Map<string, string | Error>;
  readonly connectors: Map<string, string>;
  node(...settings: NoticeSettings[]): Node;
}

/** Nodes on one queue, which keeps what it was given and has idempotency keys like the real one, and on one log. */
export function cluster(): Cluster {
  const sent: Sent[] = [];
  const statuses = new Map<string, ExecutionStatus>();
  const refused = new Map<string, string | Error>();
  const connectors = new Map([
    ['pager', '.slack'],
    ['second', '.slack'],
    ['log', '.server-log'],
    ['hook', '.webhook'],
    ['mail', '.email'],
  ]);
  const keys = new Map<string, string>();
  let time = Date.UTC(2026, 0, 1);

  async function enqueue(
    principal: Principal,
    spaceId: string,
    items: readonly EnqueueItem[],
    source?: QueuedSource,
  ): Promise<EnqueueResult[]> {
    return items.map((item) => {
      const { connectorId } = item;
      const refusal = refused.get(connectorId);
      if (refusal instanceof Error) throw refusal;
      if (refusal !== undefined) return { connectorId, response: 'missingSecrets', message: refusal };
      const known = keys.get(`${connectorId} ${item.idempotencyKey}`);
      const executionId = known ?? `execution-${sent.length}`;
      if (known === undefined) {
        keys.set(`${connectorId} ${item.idempotencyKey}`, executionId);
        const text = String(item.params.message ?? item.params.body);
        sent.push({ executionId, to: connectorId, spaceId, principal, source, text, item });
        statuses.set(executionId, 'queued');
      }
      return { connectorId, executionId, response: 'success' };
    });
  }

  function node(...settings: NoticeSettings[]): Node {
    const events = createRunEvents();
    const errors: string[] = [];
    const warnings: string[] = [];
    const notices = createNotices({
      settings,
      queue: { enqueue },
      events,
      principal: SYSTEM,
      connectors: {
        async find(_spaceId, id) {
          const typeId = connectors.get(id);
          return typeId === undefined ? undefined : { typeId };
        },
      },
      paramsProblem: (typeId, params) =>
        paramsProblem(BUILT_IN_TYPES.find(({ id }) => id === typeId)!, params, CONTEXT),
      executions: {
        find: async (_spaceId, id) =>
          statuses.has(id) ? ({ status: statuses.get(id)!, message: 'said no' } as ExecutionRecord) : undefined,
      },
      log: { error: (text: string) => void errors.push(text), warn: (text: string) => void warnings.push(text) },
      now: () => time,
      pollMs: 5,
    });
    const subject = (connectorId: string) => ({
      spaceId: 'default',
      connectorId,
      connectorTypeId: '.webhook',
      connectorName: `The ${connectorId}`,
    });
    let runs = 0;
    return {
      events,
      notices,
      errors,
      warnings,
      advance(ms) {
        time += ms;
      },
      run(connectorId, status, source = 'queue', executionId = `run-${runs++}`) {
        statuses.set(executionId, status);
        events.ended({ ...subject(connectorId), executionId, source, status, message: 'it broke' });
      },
      attempt(connectorId, outcome, code) {
        const executionId = `run-${runs++}`;
        const common = { attempt: 1, startedAt: new Date(time), durationMs: 1, message: 'it broke' };
        events.attempt({ ...subject(connectorId), executionId, source: 'http_request', outcome, code, ...common });
      },
      circuit(connectorId, state) {
        const open = state === 'open' ? { reason: 'no answer', probeAt: new Date(time + 30_000) } : {};
        events.circuit({ ...subject(connectorId), state, ...open });
      },
      // Nothing here waits for a timer, except for what the look-up is asked for.
      settled: () => new Promise((resolve) => setImmediate(resolve)),
    };
  }
  return { sent, statuses, refused, connectors, node };
}
