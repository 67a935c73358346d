import { type Answer, call, PASSWORD } from '../process/child.ts';
import type { Enqueued, History, Outcome } from './history.ts';
import type { ActionPlan, Operation } from './plan.ts';

/** Does what a plan says and writes down what came of it. */
export interface Client {
  /** Never throws: a server that is away is a part of the game. */
  perform(operation: Operation): Promise<void>;
  /** Everything the server answered so far. */
  answers(): string;
}

/** @param url of the server to ask at that moment */
export function createClient(history: History, url: () => string): Client {
  const answers: string[] = [];

  /** Undefined: no answer. */
  async function ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer | undefined> {
    try {
      const answer = await call(url(), method, path, body, PASSWORD, headers);
      answers.push(JSON.stringify(answer.body));
      return answer;
    } catch {
      return undefined;
    }
  }

  function note(plan: ActionPlan, sentMs: number, outcome: Outcome, executionId?: string, retryOf?: string): void {
    const { marker, connectorId, key, startInMs, deliverInMs } = plan;
    history.enqueued.push({
      marker,
      connectorId,
      outcome,
      executionId,
      key,
      retryOf,
      startAtMs: startInMs === undefined ? undefined : sentMs + startInMs,
      deliverByMs: deliverInMs === undefined ? undefined : sentMs + deliverInMs,
    });
  }

  async function enqueue(plan: ActionPlan): Promise<void> {
    const sentMs = Date.now();
    const { params, deliver_by, start_at } = bodyOf(plan, sentMs);
    const headers: Record<string, string> = plan.key === undefined ? {} : { 'idempotency-key': plan.key };
    const path = `/api/actions/connector/${plan.connectorId}/_enqueue`;
    const answer = await ask('POST', path, { params, deliver_by, start_at }, headers);
    note(plan, sentMs, outcomeOf(answer), answer?.body.execution_id);
  }

  async function bulk(plans: readonly ActionPlan[]): Promise<void> {
    const sentMs = Date.now();
    const actions = plans.map((plan) => ({ id: plan.connectorId, idempotency_key: plan.key, ...bodyOf(plan, sentMs) }));
    const answer = await ask('POST', '/api/actions/_bulk_enqueue', { actions });
    plans.forEach((plan, index) => {
      const item = answer?.body.items?.[index];
      const outcome = item === undefined ? outcomeOf(answer) : item.response === 'success' ? 'accepted' : 'refused';
      note(plan, sentMs, outcome, item?.execution_id);
    });
  }

  function pickAccepted(which: number, except: readonly string[] = []): Enqueued | undefined {
    // The latest ones are the ones that still wait.
    const accepted = history.enqueued
      .filter(({ outcome, connectorId }) => outcome === 'accepted' && !except.includes(connectorId))
      .slice(-40);
    return accepted[Math.floor(which * (accepted.length - 1))];
  }

  async function cancel(which: number): Promise<void> {
    const executionId = pickAccepted(which)?.executionId;
    if (executionId === undefined) return;
    const answer = await ask('POST', `/api/actions/execution/${executionId}/_cancel`);
    history.cancelled.push({ executionId, outcome: outcomeOf(answer), answeredMs: Date.now() });
  }

  async function retry(which: number, marker: string): Promise<void> {
    // A repetition has no deadline, and theirs would go on for minutes.
    const accepted = pickAccepted(which, ['hang', 'broken']);
    if (accepted?.executionId === undefined) return;
    const { executionId: retryOf, connectorId } = accepted;
    const plan = { marker, connectorId } as ActionPlan;
    const sentMs = Date.now();
    const answer = await ask('POST', `/api/actions/execution/${retryOf}/_retry`, {
      params: bodyOf(plan, sentMs).params,
    });
    note(plan, sentMs, outcomeOf(answer), answer?.body.execution_id, retryOf);
  }

  return {
    async perform(operation) {
      if (operation.kind === 'enqueue') await enqueue(operation.action);
      else if (operation.kind === 'bulk') await bulk(operation.actions);
      else if (operation.kind === 'cancel') await cancel(operation.which);
      else if (operation.kind === 'retry') await retry(operation.which, operation.marker);
      else await ask('GET', `/api/actions/executions${operation.query}`);
    },
    answers: () => answers.join('\n'),
  };
}

function bodyOf({ marker, startInMs, deliverInMs }: ActionPlan, sentMs: number) {
  const at = (ms: number | undefined) => (ms === undefined ? undefined : new Date(sentMs + ms).toISOString());
  return { params: { body: JSON.stringify({ marker }) }, start_at: at(startInMs), deliver_by: at(deliverInMs) };
}

function outcomeOf(answer: Answer | undefined): Outcome {
  if (answer === undefined || answer.status >= 500) return 'unknown';
  return answer.status < 300 ? 'accepted' : 'refused';
}
