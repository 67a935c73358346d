import type { Logger } from 'pino';
import type { EndEvent, RunEvents } from '../events/run-events.ts';
import type { Queue } from '../queue/types.ts';
import { type ChainParts, createChain } from './chain.ts';
import { renderParams, variablesOf } from './params.ts';
import { createTracker } from './tracker.ts';
import type { Incident, NoticeSettings } from './types.ts';

export interface NoticeParts extends Omit<ChainParts, 'enqueue' | 'log' | 'pollMs'> {
  readonly settings: readonly NoticeSettings[];
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly events: Pick<RunEvents, 'listen'>;
  readonly log: Pick<Logger, 'error' | 'warn'>;
  /** Default: {@link POLL_MS}. */
  readonly pollMs?: number;
}

export interface Notices {
  /** Looks whether each recipient exists and can be given its params, and warns of what would fail later. Never throws. */
  check(): Promise<void>;
  /** Sends nothing any more. */
  stop(): void;
}

const POLL_MS = 5_000;
/** A space that always exists; recipients of other spaces are not known before something fails there. */
const CHECKED_SPACE = 'default';

/**
 * Tells people, through connectors, that a connector is in trouble: its circuit opened, or its last runs failed. Listens
 * from the moment it is made; state is in the memory of this node.
 *
 * What counts as a run: a queued execution when it ends (`failed` and `expired` are failures, `cancelled` is neither), and
 * an attempt of `_execute`. Notices themselves do not count as failures: whoever comes next in the chain is told why the
 * ones before could not be reached, which is how a broken pager is noticed without notices about notices. Their success
 * counts, and the circuit of a recipient is watched like any other.
 */
export function createNotices(parts: NoticeParts): Notices {
  const { settings, queue, events, log, now } = parts;
  const tracker = createTracker(settings, (message) => chain.send(message), now);
  const chain = createChain(
    {
      ...parts,
      enqueue: (principal, spaceId, items) => queue.enqueue(principal, spaceId, items, 'notification'),
      pollMs: parts.pollMs ?? POLL_MS,
    },
    tracker.isOpen,
  );

  function ended(event: EndEvent): void {
    if (event.source === 'notification') chain.ended(event);
    // Those of `_execute` are told apart by their attempts: one whose params were refused has none, and says nothing
    // about the connector; its caller has the answer.
    if (event.source === 'http_request' || event.source === 'test') return;
    if (event.status === 'succeeded') tracker.succeeded(event.connectorId);
    else if (event.status !== 'cancelled' && event.source !== 'notification') tracker.failed(event);
  }

  if (settings.length > 0) {
    events.listen({
      ended,
      attempt(event) {
        if (event.source !== 'http_request') return;
        if (event.outcome === 'delivered') tracker.succeeded(event.connectorId);
        // Cut off by a caller who went away, or by a stop.
        else if (event.code !== 'cancelled') tracker.failed(event);
      },
      circuit(event) {
        tracker.circuit(event);
        if (event.state === 'open') chain.circuitOpened(event.connectorId);
      },
    });
  }

  async function problemOf(notice: NoticeSettings, to: string): Promise<string | undefined> {
    const connector = await parts.connectors.find(CHECKED_SPACE, to);
    if (connector === undefined) {
      return `there is no connector "${to}" in the space "${CHECKED_SPACE}". Make it, best as a preconfigured connector, which exists in every space.`;
    }
    const { params, problem } = renderParams(
      notice.params,
      connector.typeId,
      variablesOf(EXAMPLE, [], new Date(now())),
      (rendered) => parts.paramsProblem(connector.typeId, rendered),
    );
    if (params === undefined) {
      return `nothing can be sent through "${to}" (${connector.typeId}): ${problem}. Give params that fit its action.`;
    }
    // Fallbacks are often of other types, for which the params were never meant.
    if (problem === undefined || to !== notice.to) return undefined;
    return `the params do not fit "${to}" (${connector.typeId}), which gets the default text instead: ${problem}.`;
  }

  return {
    async check() {
      for (const [index, notice] of settings.entries()) {
        for (const to of new Set([notice.to, ...notice.fallback])) {
          // A database that is away is told of elsewhere.
          const problem = await problemOf(notice, to).catch(() => undefined);
          if (problem !== undefined) log.warn(`[patchbay.notices[${index}]]: ${problem}`);
        }
      }
    },
    stop: chain.stop,
  };
}

/** With something in every variable, so that a template that needs one is not refused for its lack. */
const EXAMPLE: Incident = {
  kind: 'circuit_open',
  spaceId: CHECKED_SPACE,
  connectorId: 'example',
  connectorTypeId: '.webhook',
  connectorName: 'Example',
  reason: 'an example',
  failures: 5,
  since: new Date(0),
  probeAt: new Date(0),
  executionId: '00000000-0000-7000-8000-000000000000',
  suppressed: 0,
};
