import { KIBANA_VERSION } from '../version.ts';
import type { AttemptRecord, ExecutionRecord } from './execution-log.ts';

/** Of this server, for the documents. */
export interface EventServer {
  readonly uuid: string;
}

type Json = Record<string, unknown>;

/** The version of the Elastic Common Schema that these fields belong to. */
const ECS_VERSION = '8.0.0';
const NS_PER_MS = 1_000_000;
/** Kibana's shared HTTP client does not see what these types send, so it counts nothing for them. */
const UNCOUNTED_TYPES = new Set(['.index', '.server-log']);

/**
 * The documents that Kibana's event log would hold of an execution, oldest first: for each attempt that ended
 * `execute-start` and `execute`, and between them `execute-timeout` if it took too long. Fields, texts and units as in
 * Kibana (x-pack/platform/plugins/shared/actions/server/lib/create_action_event_log_record_object.ts).
 *
 * @param isInMemory whether the connector is one that exists in every space
 */
export function eventDocuments(record: ExecutionRecord, server: EventServer, isInMemory: boolean): Json[] {
  return record.attempts.flatMap((attempt) => attemptDocuments(record, attempt, server, isInMemory));
}

function attemptDocuments(
  record: ExecutionRecord,
  attempt: AttemptRecord,
  server: EventServer,
  isInMemory: boolean,
): Json[] {
  const start = attempt.startedAt.toISOString();
  const end = new Date(attempt.startedAt.getTime() + attempt.durationMs).toISOString();
  const { connectorId, connectorTypeId, connectorName } = record;
  const kind = `${connectorTypeId}:${connectorId}`;
  const isDelivered = attempt.outcome === 'delivered';
  const document = (at: string, event: Json, message: string, details: Json, kibana: Json): Json => ({
    '@timestamp': at,
    ecs: { version: ECS_VERSION },
    event: { provider: 'actions', kind: 'action', ...event },
    message,
    ...details,
    kibana: {
      server_uuid: server.uuid,
      version: KIBANA_VERSION,
      space_ids: [record.spaceId],
      saved_objects: [savedObject(record, isInMemory)],
      ...kibana,
    },
  });
  const action = (name: Json, execution: Json = {}): Json => ({
    id: connectorId,
    type_id: connectorTypeId,
    ...name,
    execution: { uuid: record.id, source: record.source, ...execution },
  });
  const task = attempt.dueAt === undefined ? {} : { task: queueDelay(attempt.dueAt, attempt.startedAt) };
  const named = { name: connectorName };
  const started = document(
    start,
    { action: 'execute-start', start },
    `action started: ${kind}: ${connectorName}`,
    {},
    { ...task, action: action(named) },
  );
  const timedOut = document(
    end,
    { action: 'execute-timeout' },
    `action: ${kind}: '${connectorName}' execution cancelled due to timeout - exceeded default timeout of "5m"`,
    {},
    { action: action({}) },
  );
  const executed = document(
    end,
    {
      action: 'execute',
      start,
      end,
      duration: String(Math.round(attempt.durationMs * NS_PER_MS)),
      outcome: isDelivered ? 'success' : 'failure',
    },
    `${isDelivered ? 'action executed' : 'action execution failure'}: ${kind}: ${connectorName}`,
    {
      ...(isDelivered ? {} : { error: { message: describeFailure(attempt) } }),
      ...(record.username === undefined ? {} : { user: { name: record.username } }),
    },
    { ...task, action: action(named, { usage: { request_body_bytes: bodyBytes(record, attempt) } }) },
  );
  return attempt.code === 'timed_out' ? [started, timedOut, executed] : [started, executed];
}

function savedObject({ connectorId, connectorTypeId, spaceId }: ExecutionRecord, isInMemory: boolean): Json {
  return {
    rel: 'primary',
    type: 'action',
    id: connectorId,
    type_id: connectorTypeId,
    ...(spaceId === 'default' ? {} : { namespace: spaceId }),
    ...(isInMemory ? { space_agnostic: true } : {}),
  };
}

function queueDelay(dueAt: Date, startedAt: Date): Json {
  const delayMs = Math.max(0, startedAt.getTime() - dueAt.getTime());
  return { scheduled: dueAt.toISOString(), schedule_delay: delayMs * NS_PER_MS };
}

/** `message: service message; retry at …`, as Kibana composes it. */
function describeFailure({ message, serviceMessage, nextAttemptAt }: AttemptRecord): string {
  return [
    message || 'unknown error running action',
    ...(serviceMessage ? [`: ${serviceMessage}`] : []),
    ...(nextAttemptAt === undefined ? [] : [`; retry at ${nextAttemptAt.toISOString()}`]),
  ].join('');
}

/** Of the bodies as they are recorded: redacted, and capped where they are long. */
function bodyBytes({ connectorTypeId }: ExecutionRecord, { requests }: AttemptRecord): number {
  if (UNCOUNTED_TYPES.has(connectorTypeId)) return 0;
  return requests
    .filter(({ method }) => method !== 'SMTP')
    .reduce((bytes, { body }) => bytes + (body === undefined ? 0 : Buffer.byteLength(body)), 0);
}
