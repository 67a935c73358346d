import { spellings } from '../api/database-dump.ts';
import type { AttemptSeen, Delivery, Enqueued, ExecutionSeen, Final, History, Limits } from './history.ts';

type Detail = ExecutionSeen & { readonly attempts: readonly AttemptSeen[] };

/** Times of the database and of the servers are rounded differently. */
const ROUNDING_MS = 5;
const FINAL = ['succeeded', 'failed', 'expired', 'cancelled'];

/**
 * Every promise that was broken, one sentence each; none when all is well.
 *
 * Deliveries are told apart by the execution id that they carry, actions by their marker.
 */
export function check(history: History, final: Final, limits: Limits): string[] {
  const deliveries = groupBy(history.deliveries, ({ executionId }) => executionId);
  const requests = groupBy(
    history.enqueued.filter(({ executionId }) => executionId !== undefined),
    ({ executionId }) => executionId!,
  );
  const details = [...final.details.values()].filter((detail) => detail !== undefined);
  // The times that a server with a wrong clock gives or goes by cannot be compared; all else must hold.
  const isClockRight = history.faults.every(({ kind }) => kind !== 'turn clock');
  return [
    ...history.enqueued.flatMap((request) => acceptedIsThere(request, final)),
    ...details.flatMap((detail) => {
      const received = deliveries.get(detail.execution_id) ?? [];
      return [
        ...isSettled(detail),
        ...attemptsAreInOrder(detail, limits, isClockRight),
        ...statusFits(detail, received),
        ...deliveriesFit(detail, received),
        ...(isClockRight ? timesAreKept(detail, requests.get(detail.execution_id) ?? []) : []),
      ];
    }),
    ...interruptionsHaveCauses(history, details, limits),
    ...keysGaveOne(history),
    ...cancellationsHold(history, final, deliveries),
    ...nothingCameFromNowhere(history, final, deliveries),
    ...logAgrees(final),
    ...secretsStayedIn(final, limits),
  ];
}

function acceptedIsThere({ outcome, executionId, marker, connectorId, retryOf }: Enqueued, final: Final): string[] {
  if (outcome !== 'accepted') return [];
  const detail = final.details.get(executionId!);
  if (detail === undefined) return [`${executionId} (${marker}) was accepted and is not there`];
  return [
    ...(detail.connector_id === connectorId
      ? []
      : [`${executionId} was for ${connectorId}, not ${detail.connector_id}`]),
    ...(detail.retry_of === retryOf ? [] : [`${executionId} should repeat ${retryOf}, but repeats ${detail.retry_of}`]),
  ];
}

function isSettled({ execution_id, status }: Detail): string[] {
  return FINAL.includes(status) ? [] : [`${execution_id} is still ${status}`];
}

function attemptsAreInOrder(
  { execution_id, attempts }: Detail,
  { maxAttempts }: Limits,
  isClockRight: boolean,
): string[] {
  const problems: string[] = [];
  if (attempts.length > maxAttempts) problems.push(`${execution_id} has ${attempts.length} attempts of ${maxAttempts}`);
  attempts.forEach((attempt, index) => {
    if (attempt.attempt !== index + 1)
      problems.push(`${execution_id} has attempt ${attempt.attempt} in place ${index + 1}`);
    const before = attempts[index - 1];
    if (before === undefined) return;
    if (isClockRight && Date.parse(attempt.started_at) < Date.parse(before.started_at) - ROUNDING_MS) {
      problems.push(`${execution_id}: attempt ${attempt.attempt} began before attempt ${before.attempt}`);
    }
    if (before.outcome === 'delivered') problems.push(`${execution_id} was attempted again after it was delivered`);
  });
  return problems;
}

function statusFits({ execution_id, status, code, attempts }: Detail, received: readonly Delivery[]): string[] {
  const last = attempts.at(-1);
  const isDelivered = last?.outcome === 'delivered';
  if (status === 'succeeded') {
    const isReceived = received.some((delivery) => isOk(delivery));
    if (!isDelivered) return [`${execution_id} succeeded without a delivered attempt`];
    return isReceived ? [] : [`${execution_id} succeeded, and its target never accepted it`];
  }
  if (isDelivered) return [`${execution_id} was delivered and is ${status}`];
  if (status === 'failed' && last === undefined && code === undefined) {
    return [`${execution_id} failed without an attempt and without a reason`];
  }
  return [];
}

/** An attempt sends one request, so what was received is at most what is recorded, interrupted attempts included. */
function deliveriesFit({ execution_id, attempts }: Detail, received: readonly Delivery[]): string[] {
  const interrupted = attempts.filter(isInterrupted).length;
  const good = received.filter(isOk).length;
  return [
    ...(received.length > attempts.length
      ? [`${execution_id} reached its target ${received.length} times with ${attempts.length} attempts`]
      : []),
    ...(good > 1 + interrupted
      ? [`${execution_id} was taken by its target ${good} times with ${interrupted} interrupted attempts`]
      : []),
  ];
}

function timesAreKept({ execution_id, status, attempts }: Detail, requests: readonly Enqueued[]): string[] {
  // Of requests with one key, the first that was stored decides, and which one that was is not known.
  if (requests.length !== 1 || requests[0]!.key !== undefined) return [];
  const { startAtMs, deliverByMs } = requests[0]!;
  const begun = attempts.filter((attempt) => !isInterrupted(attempt)).map(({ started_at }) => Date.parse(started_at));
  return [
    ...(begun.some((ms) => startAtMs !== undefined && ms < startAtMs - ROUNDING_MS)
      ? [`${execution_id} began before its start_at`]
      : []),
    ...(begun.some((ms) => deliverByMs !== undefined && ms > deliverByMs + ROUNDING_MS)
      ? [`${execution_id} was attempted after its deliver_by`]
      : []),
    ...(status === 'expired' && deliverByMs === undefined ? [`${execution_id} expired without a deliver_by`] : []),
  ];
}

/** An attempt is interrupted by a fault, once at most by each, and a fault interrupts no more than what was in hand. */
function interruptionsHaveCauses({ faults }: History, details: readonly Detail[], { inHand }: Limits): string[] {
  const causes = faults.filter(({ interrupts }) => interrupts);
  const problems: string[] = [];
  let total = 0;
  for (const { execution_id, attempts } of details) {
    const interrupted = attempts.filter(isInterrupted);
    total += interrupted.length;
    interrupted.forEach((attempt, index) => {
      // The moment at which the interruption was noticed.
      const noticedMs = Date.parse(attempt.started_at) + ROUNDING_MS;
      const before = causes.filter(({ fromMs }) => fromMs <= noticedMs).length;
      if (before <= index)
        problems.push(`${execution_id}: no fault explains that attempt ${attempt.attempt} was interrupted`);
    });
  }
  const most = causes.length * inHand;
  if (total > most) problems.push(`${total} attempts were interrupted, where ${causes.length} faults explain ${most}`);
  return problems;
}

function keysGaveOne({ enqueued }: History): string[] {
  const keyed = enqueued.filter(({ key, executionId }) => key !== undefined && executionId !== undefined);
  return [...groupBy(keyed, ({ connectorId, key }) => `${connectorId} ${key}`)].flatMap(([name, requests]) => {
    const ids = new Set(requests.map(({ executionId }) => executionId));
    return ids.size > 1 ? [`the key "${name}" gave ${ids.size} executions: ${[...ids].join(', ')}`] : [];
  });
}

function cancellationsHold(
  { cancelled }: History,
  final: Final,
  deliveries: ReadonlyMap<string, readonly Delivery[]>,
): string[] {
  const asked = new Set(cancelled.filter(({ outcome }) => outcome !== 'refused').map(({ executionId }) => executionId));
  const unasked = final.listed
    .filter(({ status, execution_id }) => status === 'cancelled' && !asked.has(execution_id))
    .map(({ execution_id }) => `${execution_id} is cancelled, and nobody asked for it`);
  const done = cancelled.filter(({ outcome }) => outcome === 'accepted');
  const broken = done.flatMap(({ executionId, answeredMs }) => {
    const status = final.details.get(executionId)?.status;
    const late = (deliveries.get(executionId) ?? []).some(({ receivedMs }) => receivedMs > answeredMs);
    return [
      ...(status === 'cancelled' ? [] : [`${executionId} was cancelled and is ${status}`]),
      ...(late ? [`${executionId} reached its target after it was cancelled`] : []),
    ];
  });
  return [...unasked, ...broken];
}

/** Whatever is there was asked for; what is there without a confirmed request is no more than what was left unanswered. */
function nothingCameFromNowhere(
  { enqueued }: History,
  { listed, details }: Final,
  deliveries: ReadonlyMap<string, readonly Delivery[]>,
): string[] {
  const problems: string[] = [];
  const confirmed = new Set(enqueued.map(({ executionId }) => executionId));
  const unconfirmed = groupBy(
    listed.filter(({ execution_id }) => !confirmed.has(execution_id)),
    ({ connector_id }) => connector_id,
  );
  for (const [connectorId, executions] of unconfirmed) {
    const open = enqueued.filter((request) => request.connectorId === connectorId && request.outcome === 'unknown');
    if (executions.length > open.length) {
      problems.push(
        `${connectorId} has ${executions.length} executions that nobody had confirmed, of ${open.length} unanswered requests`,
      );
    }
  }
  const markers = groupBy(enqueued, ({ marker }) => marker);
  const executionOf = new Map<string, string>();
  for (const [executionId, received] of deliveries) {
    if (!details.has(executionId)) problems.push(`a target got ${executionId}, which is not there`);
    for (const marker of new Set(received.map((delivery) => delivery.marker))) {
      const requests = markers.get(marker) ?? [];
      if (requests.every(({ outcome }) => outcome === 'refused')) {
        problems.push(`a target got ${marker} (${executionId}), which was never accepted`);
      }
      const other = executionOf.get(marker);
      // Without a key, a request that was left unanswered is not sent again, so a marker is one execution in any case.
      if (other !== undefined && other !== executionId)
        problems.push(`${marker} ran as ${other} and as ${executionId}`);
      executionOf.set(marker, executionId);
      const expected = requests.find((request) => request.outcome === 'accepted')?.executionId;
      if (expected !== undefined && expected !== executionId) {
        problems.push(`${marker} was accepted as ${expected} and ran as ${executionId}`);
      }
    }
  }
  return problems;
}

function logAgrees({ listed, details, queue, logged }: Final): string[] {
  const problems: string[] = [];
  const twice = (ids: readonly string[], where: string) =>
    [...groupBy(ids, (id) => id)].flatMap(([id, found]) => (found.length > 1 ? [`${id} is ${where} twice`] : []));
  problems.push(
    ...twice(
      listed.map(({ execution_id }) => execution_id),
      'listed',
    ),
    ...twice(logged, 'logged'),
  );
  const finished = new Set(logged);
  problems.push(...queue.map((id) => `${id} is still in the queue${finished.has(id) ? ', and logged as well' : ''}`));
  const listedIds = new Set(listed.map(({ execution_id }) => execution_id));
  for (const [id, detail] of details) {
    if (detail !== undefined && !listedIds.has(id)) problems.push(`${id} is there, and no search finds it`);
  }
  for (const seen of listed) {
    const detail = details.get(seen.execution_id);
    const differences = (['status', 'connector_id', 'code', 'created_at', 'finished_at'] as const).filter(
      (name) => detail?.[name] !== seen[name],
    );
    if (differences.length > 0)
      problems.push(`${seen.execution_id}: search and GET differ in ${differences.join(', ')}`);
  }
  return problems;
}

function secretsStayedIn({ texts }: Final, { secrets }: Limits): string[] {
  return Object.entries(texts).flatMap(([place, text]) =>
    secrets.flatMap((secret) =>
      spellings(secret)
        .filter((spelling) => text.includes(spelling))
        .map((spelling) => {
          const at = text.indexOf(spelling);
          return `a secret is in ${place}: …${text.slice(Math.max(0, at - 100), at + spelling.length)}`;
        }),
    ),
  );
}

function isInterrupted({ code }: AttemptSeen): boolean {
  return code === 'interrupted';
}

function isOk({ status }: Delivery): boolean {
  return status !== undefined && status < 300;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  return Map.groupBy(items, keyOf);
}
