import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { Principal } from '../access/authorise.ts';
import type { Connector } from '../connectors/connector.ts';
import { errorText } from '../errors.ts';
import type { ExecutionLog, ExecutionStatus } from '../events/execution-log.ts';
import type { EndEvent } from '../events/run-events.ts';
import type { EnqueueItem, EnqueueResult } from '../queue/types.ts';
import { renderParams, variablesOf } from './params.ts';
import type { Message, Send } from './types.ts';

/** What the delivery of notices needs of the rest. */
export interface ChainParts {
  /** Stores one action in the background, for the system and with the source `notification`. */
  readonly enqueue: (principal: Principal, spaceId: string, items: readonly EnqueueItem[]) => Promise<EnqueueResult[]>;
  readonly principal: Principal;
  readonly connectors: {
    find(spaceId: string, id: string): Promise<Pick<Connector, 'typeId'> | undefined>;
  };
  /** What is wrong with params of a type's action, or nothing. */
  readonly paramsProblem: (typeId: string, params: Record<string, unknown>) => string | undefined;
  readonly executions: Pick<ExecutionLog, 'find'>;
  readonly log: Pick<Logger, 'error' | 'warn'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How often notices on their way are looked up, milliseconds. */
  readonly pollMs: number;
}

/** Brings a message to the first recipient that takes it, and to the next when that one fails after all. */
export interface Chain {
  readonly send: Send;
  /** A notice of ours may have ended. */
  ended(event: Pick<EndEvent, 'executionId' | 'status' | 'message'>): void;
  /** What waits for this connector would wait for its circuit, so it goes elsewhere. */
  circuitOpened(connectorId: string): void;
  stop(): void;
}

/** A message that was handed to a recipient, and what is left to try. */
interface Pending {
  readonly message: Message;
  readonly to: string;
  readonly rest: readonly string[];
  readonly undelivered: readonly string[];
  readonly sentAt: number;
}

/** A recipient gets this long for its attempts, before the next one is asked. */
export const DELIVER_WITHIN_MS = 5 * 60_000;
/** An execution that is nowhere to be found after this time is given up. */
const LOST_AFTER_MS = 3 * DELIVER_WITHIN_MS;

/** @param isOpen whether the circuit of a connector is open */
export function createChain(parts: ChainParts, isOpen: (connectorId: string) => boolean): Chain {
  const pending = new Map<string, Pending>();
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  async function next(message: Message, recipients: readonly string[], tried: readonly string[]) {
    const undelivered = [...tried];
    for (const [index, to] of recipients.entries()) {
      const offered = await offer(message, to, undelivered);
      if (offered.executionId !== undefined) {
        const rest = recipients.slice(index + 1);
        pending.set(offered.executionId, { message, to, rest, undelivered, sentAt: parts.now() });
        watch();
        return offered.executionId;
      }
      undelivered.push(sentence(to, offered.problem));
    }
    giveUp(message, undelivered);
    return undefined;
  }

  /** Hands the message to one recipient. */
  async function offer(message: Message, to: string, undelivered: readonly string[]): Promise<Offered> {
    const { notice, incident, key } = message;
    if (isStopped) return { problem: 'the server is stopping' };
    if (isOpen(to)) return { problem: 'its circuit is open' };
    try {
      const connector = await parts.connectors.find(incident.spaceId, to);
      if (connector === undefined) return { problem: `there is no such connector in the space "${incident.spaceId}"` };
      const at = new Date(parts.now());
      const variables = variablesOf(incident, undelivered, at);
      const fits = (params: Record<string, unknown>) => parts.paramsProblem(connector.typeId, params);
      const { params, problem = '' } = renderParams(notice.params, connector.typeId, variables, fits);
      if (params === undefined) return { problem };
      const item = {
        connectorId: to,
        params,
        idempotencyKey: idempotencyKey(key, to),
        deliverBy: new Date(at.getTime() + DELIVER_WITHIN_MS),
      };
      const [result] = await parts.enqueue(parts.principal, incident.spaceId, [item]);
      if (result?.response === 'success') return { executionId: result.executionId };
      return { problem: result?.message ?? 'the queue did not take it' };
    } catch (error) {
      return { problem: errorText(error) };
    }
  }

  function settle(executionId: string, status: ExecutionStatus, reason: string | undefined): void {
    const waiting = pending.get(executionId);
    if (waiting === undefined || isUnfinished(status)) return;
    pending.delete(executionId);
    // Somebody who cancels a notice does not want to get it another way.
    if (status === 'failed' || status === 'expired') moveOn(waiting, reason ?? `it ${status}`);
  }

  function moveOn({ message, to, rest, undelivered }: Pending, problem: string): void {
    void next(message, rest, [...undelivered, sentence(to, problem)]);
  }

  function giveUp(message: Message, undelivered: readonly string[]): void {
    if (isStopped) return;
    const { kind, connectorId } = message.incident;
    const why = undelivered.length > 0 ? undelivered.join(' ') : 'Its only recipient is that connector itself.';
    parts.log.error(
      `No notice (${kind}) about connector "${connectorId}" could be sent. ${why} Mend these connectors, or add another to "fallback" in patchbay.notices.`,
    );
    message.exhausted();
  }

  // Events tell of what ran on this node; another one may have run the notice.
  function watch(): void {
    timer ??= setTimeout(async () => {
      for (const [executionId, waiting] of pending) await lookUp(executionId, waiting);
      timer = undefined;
      if (pending.size > 0 && !isStopped) watch();
    }, parts.pollMs).unref();
  }

  async function lookUp(executionId: string, { message, sentAt }: Pending): Promise<void> {
    try {
      const found = await parts.executions.find(message.incident.spaceId, executionId);
      if (found !== undefined) settle(executionId, found.status, found.message);
      else if (parts.now() - sentAt > LOST_AFTER_MS) settle(executionId, 'failed', 'its execution is not recorded');
    } catch {
      // The database is away; the next look will tell.
    }
  }

  return {
    send(message) {
      const { to, fallback } = message.notice;
      // A connector is never told about through itself.
      const recipients = [...new Set([to, ...fallback])].filter((id) => id !== message.incident.connectorId);
      return next(message, recipients, []);
    },
    ended: ({ executionId, status, message }) => settle(executionId, status, message),
    circuitOpened(connectorId) {
      for (const [executionId, waiting] of pending) {
        if (waiting.to !== connectorId) continue;
        pending.delete(executionId);
        moveOn(waiting, 'its circuit opened');
      }
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

type Offered =
  | { readonly executionId: string; readonly problem?: undefined }
  | { readonly executionId?: undefined; readonly problem: string };

function sentence(to: string, problem: string): string {
  return `It could not be sent through "${to}": ${problem.replace(/[.\s]+$/, '')}.`;
}

function isUnfinished(status: ExecutionStatus): boolean {
  return status === 'queued' || status === 'running' || status === 'retrying';
}

/** A digest, because connector ids may be longer than a key, and of any characters. */
function idempotencyKey(key: string, to: string): string {
  return `notice:${createHash('sha256').update(`${key}\0${to}`).digest('hex')}`;
}
