import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector } from '../connectors/connector.ts';
import type { AnyConnectorType, ExecutionSource } from '../connectors/define.ts';
import type { Registry } from '../connectors/registry.ts';
import type { ConnectorStore } from '../connectors/store.ts';
import { failed, type Verdict } from '../connectors/verdict.ts';
import type { Settled } from '../db/queue.ts';
import { type ErrorCode, errorText, isPatchbayError } from '../errors.ts';
import type { AttemptEvent, EndEvent } from '../events/run-events.ts';
import { describe, type Runner, type RunResult, toAttempt } from '../runs/run.ts';
import { type ConnectorProblem, problemOf } from './connector-problem.ts';
import type { Item } from './lane.ts';
import { decide } from './retry.ts';

/** How an attempt ended and what follows from it. */
export interface Ended {
  readonly settled: Settled;
  /** Absent: delivered. */
  readonly code?: ErrorCode;
  /** Redacted. */
  readonly message?: string;
  /** When the target wants to be asked again, if it said so. */
  readonly retryAt?: Date;
  /** False when the action was not even begun: then it says nothing about the target. */
  readonly reachedTarget: boolean;
  readonly attemptEvent?: AttemptEvent;
  readonly endEvent?: EndEvent;
}

export interface AttemptParts {
  readonly store: Pick<ConnectorStore, 'find'>;
  readonly registry: Registry;
  readonly runner: Pick<Runner, 'attempt'>;
  readonly maxAttempts: (connectorTypeId: string, type: AnyConnectorType | undefined) => number;
}

const DATABASE_RETRY_MS = 500;

/** Kibana's queue repeats these although its HTTP API says that a repetition cannot help. */
const REPEATED: ReadonlySet<ErrorCode> = new Set([
  'params_invalid',
  'config_invalid',
  'secrets_invalid',
  'secrets_unreadable',
]);

/** A connector may come back, get its secrets or its type; a type that is switched off by the configuration stays so. */
const REFUSALS: Readonly<Record<ConnectorProblem['kind'], (message: string) => Verdict>> = {
  not_found: (message) => failed('connector_not_found', message, { retry: true, errorSource: 'user' }),
  not_registered: (message) => failed('handler_failed', message, { retry: true, errorSource: 'framework' }),
  not_enabled: (message) => failed('connector_type_disabled', message, { retry: false, errorSource: 'user' }),
  missing_secrets: (message) => failed('secrets_missing', message, { retry: true, errorSource: 'user' }),
};

/** One attempt of a claimed action: find the connector, run it, decide how it goes on. Never rejects. */
export function createAttempter(parts: AttemptParts): {
  attempt(item: Item): Promise<Ended>;
  /** The end of an attempt that took too long. */
  timedOut(item: Item, startedAt: Date, timeoutMs: number): Ended;
} {
  async function findConnector(item: Item): Promise<Connector | undefined> {
    for (;;) {
      try {
        return await parts.store.find(item.spaceId, item.connectorId);
      } catch (error) {
        // Without the database nothing can be stored either, so the action stays in hand until it is back.
        if (!isPatchbayError(error, 'database_unavailable')) throw error;
        await sleep(DATABASE_RETRY_MS);
      }
    }
  }

  async function run(item: Item, connector: Connector | undefined): Promise<RunResult & { name: string }> {
    const problem = problemOf(parts.registry, item.connectorId, connector);
    if (problem !== undefined || connector === undefined) {
      return notBegun(item, REFUSALS[problem!.kind](problem!.message), connector?.name ?? item.connectorName);
    }
    const result = await parts.runner.attempt({
      connector,
      type: parts.registry.get(connector.typeId),
      spaceId: item.spaceId,
      params: item.params,
      source: item.source as ExecutionSource,
      username: item.username,
      executionId: item.id,
      attempt: item.attempts + 1,
      traceparent: item.traceparent,
    });
    const { verdict } = result;
    const isRepeated = verdict.outcome === 'failed' && REPEATED.has(verdict.code);
    return {
      ...result,
      verdict: isRepeated ? { ...verdict, retry: true } : verdict,
      name: connector.name,
    };
  }

  return {
    async attempt(item) {
      const maxAttempts = parts.maxAttempts(item.connectorTypeId, parts.registry.find(item.connectorTypeId));
      try {
        const connector = await findConnector(item);
        // Not earlier: the look-up may have waited for the database.
        const early = endWithoutAttempt(item, maxAttempts);
        if (early !== undefined) return early;
        return conclude(item, await run(item, connector), maxAttempts, false);
      } catch (error) {
        const verdict = failed('internal', 'The action could not be run', { serviceMessage: errorText(error) });
        return conclude(item, notBegun(item, verdict, item.connectorName), maxAttempts, false);
      }
    },

    timedOut(item, startedAt, timeoutMs) {
      const message = `The attempt took longer than ${Math.round(timeoutMs / 1000)} s (patchbay.queue.timeout) and was given up`;
      const result = {
        executionId: item.id,
        verdict: failed('timed_out', message, { retry: false, errorSource: 'framework' }),
        startedAt,
        durationMs: timeoutMs,
        requests: [],
        attempted: true,
        hasSecretParams: false,
      };
      return conclude(item, { ...result, name: item.connectorName }, 1, true);
    },
  };
}

function notBegun(item: Item, verdict: Verdict, name: string): RunResult & { name: string } {
  return {
    executionId: item.id,
    verdict,
    startedAt: new Date(),
    durationMs: 0,
    requests: [],
    attempted: false,
    hasSecretParams: false,
    name,
  };
}

/** Too late, or its attempts were used up by servers that died with it in hand. */
function endWithoutAttempt(item: Item, maxAttempts: number): Ended | undefined {
  const now = new Date();
  if (item.deliverBy !== undefined && item.deliverBy <= now) {
    const why = item.attempts === 0 ? ' and was not attempted' : '';
    const message = `It could not be delivered by ${item.deliverBy.toISOString()}${why}`;
    return endAs(item, 'expired', 'expired', message, now);
  }
  if (item.attempts < maxAttempts) return undefined;
  const message =
    item.interrupted === 0
      ? `All ${maxAttempts} attempts are used up`
      : `The server ended ${item.interrupted} times while this action was in hand, so it is not attempted again: it may be what ends the server`;
  return endAs(item, 'failed', item.interrupted === 0 ? 'handler_failed' : 'interrupted', message, now);
}

function endAs(item: Item, status: 'failed' | 'expired', code: ErrorCode, message: string, at: Date): Ended {
  return {
    settled: { id: item.id, before: item.attempts, attempts: [], status, finishedAt: at, code, message },
    code,
    message,
    reachedTarget: false,
    endEvent: { ...subjectOf(item, item.connectorName), status, code, message },
  };
}

/** From the verdict to what is stored. */
function conclude(item: Item, result: RunResult & { name: string }, maxAttempts: number, timedOut: boolean): Ended {
  const attempt = item.attempts + 1;
  const { verdict, startedAt, durationMs } = result;
  const endedAt = new Date(startedAt.getTime() + durationMs);
  const record = { ...toAttempt(attempt, result), dueAt: item.dueAt };
  const code = verdict.outcome === 'failed' ? verdict.code : undefined;
  const message = describe(verdict);
  const next = decide({ verdict, attempt, maxAttempts, now: endedAt, timedOut, deliverBy: item.deliverBy });
  const subject = subjectOf(item, result.name);
  const attemptEvent = {
    ...subject,
    attempt,
    outcome: verdict.outcome,
    code,
    message,
    startedAt,
    durationMs,
    delayMs: Math.max(0, startedAt.getTime() - item.dueAt.getTime()),
  };
  const about = {
    code,
    message,
    retryAt: verdict.outcome === 'failed' && verdict.retry instanceof Date ? verdict.retry : undefined,
    reachedTarget: result.attempted,
  };
  if ('retryAt' in next) {
    return {
      ...about,
      settled: {
        id: item.id,
        before: item.attempts,
        status: 'again',
        ended: attempt,
        delayMs: Math.max(0, next.retryAt.getTime() - endedAt.getTime()),
        code,
        message,
        attempts: [{ ...record, nextAttemptAt: next.retryAt }],
      },
      attemptEvent: { ...attemptEvent, nextAttemptAt: next.retryAt },
    };
  }
  const end = { status: next.end, code: next.code ?? code, message: next.message ?? message };
  return {
    ...about,
    settled: {
      id: item.id,
      before: item.attempts,
      attempts: [record],
      finishedAt: endedAt,
      ...end,
      dropParams: result.hasSecretParams,
    },
    attemptEvent,
    endEvent: { ...subject, ...end },
  };
}

function subjectOf(item: Item, connectorName: string): Omit<EndEvent, 'status'> {
  return {
    executionId: item.id,
    spaceId: item.spaceId,
    connectorId: item.connectorId,
    connectorTypeId: item.connectorTypeId,
    connectorName,
    source: item.source as ExecutionSource,
  };
}
