import { z } from 'zod';
import { authorise } from '../../access/authorise.ts';
import { PatchbayError } from '../../errors.ts';
import type { AttemptRecord, ExecutionLog, ExecutionRecord } from '../../events/execution-log.ts';
import { errorAnswer, refusals } from '../answers.ts';
import { defineRoute, type Route } from '../route.ts';

const STATUSES = ['queued', 'running', 'retrying', 'succeeded', 'failed', 'expired', 'cancelled'] as const;
const SOURCES = ['http_request', 'rule', 'notification', 'test', 'queue'] as const;

const requestRecord = z.object({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  status: z.int().optional(),
  response_headers: z.record(z.string(), z.string()).optional(),
  response_body: z.string().optional(),
  duration_ms: z.number(),
  error: z.string().optional(),
});

const attemptAnswer = z.object({
  attempt: z.int(),
  started_at: z.iso.datetime(),
  duration_ms: z.number(),
  outcome: z.enum(['delivered', 'failed']),
  code: z.string().optional(),
  message: z.string().optional(),
  service_message: z.string().optional(),
  requests: z.array(requestRecord),
  next_attempt_at: z.iso.datetime().optional(),
});

const executionSummary = z.object({
  execution_id: z.string(),
  connector_id: z.string(),
  connector_type_id: z.string(),
  connector_name: z.string(),
  source: z.enum(SOURCES),
  status: z.enum(STATUSES),
  created_at: z.iso.datetime(),
  finished_at: z.iso.datetime().optional(),
  username: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
});
const executionAnswer = executionSummary.extend({ attempts: z.array(attemptAnswer) });

const instant = z.iso.datetime({ offset: true });
const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const searchQuery = z.strictObject({
  connector_id: z.string().optional(),
  connector_type_id: z.string().optional(),
  status: z.enum(STATUSES).optional(),
  source: z.enum(SOURCES).optional(),
  from: instant.optional().describe('Created at this time or later (ISO 8601).'),
  to: instant.optional().describe('Created before this time (ISO 8601).'),
  text: z.string().max(200).optional().describe('Looked for in connector names and messages.'),
  page: wholeNumber(1, 10_000).default(1),
  per_page: wholeNumber(1, 1_000).default(20),
  sort: z.enum(['newest', 'oldest']).default('newest'),
});

/** The execution log, read. */
export function executionRoutes({ executions }: { executions: ExecutionLog }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/actions/executions',
      summary: 'Search executions',
      tag: 'executions',
      query: searchQuery,
      answers: {
        200: {
          description: 'One page of executions.',
          schema: z.object({ page: z.int(), per_page: z.int(), total: z.int(), data: z.array(executionSummary) }),
        },
        ...refusals,
      },
      handler: async ({ principal, spaceId, query }) => {
        authorise(principal, 'get');
        const { total, records } = await executions.search(
          spaceId,
          {
            connectorId: query.connector_id,
            connectorTypeId: query.connector_type_id,
            status: query.status,
            source: query.source,
            from: query.from === undefined ? undefined : new Date(query.from),
            to: query.to === undefined ? undefined : new Date(query.to),
            text: query.text,
          },
          { page: query.page, perPage: query.per_page, sort: query.sort },
        );
        return { page: query.page, per_page: query.per_page, total, data: records.map(toSummary) };
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/api/actions/execution/{execution_id}',
      summary: 'Get an execution with all its attempts',
      tag: 'executions',
      params: z.strictObject({ execution_id: z.string().max(100) }),
      answers: {
        200: { description: 'The execution.', schema: executionAnswer },
        ...refusals,
        404: { description: 'No such execution in this space.', schema: errorAnswer },
      },
      handler: async ({ principal, spaceId, params }) => {
        authorise(principal, 'get');
        const isUuid = z.guid().safeParse(params.execution_id).success;
        const record = isUuid ? await executions.find(spaceId, params.execution_id) : undefined;
        if (record === undefined) {
          throw new PatchbayError('not_found', `Execution ${params.execution_id} not found in space "${spaceId}"`);
        }
        return { ...toSummary(record), attempts: record.attempts.map(toAttemptAnswer) };
      },
    }),
  ];
}

function toSummary(record: ExecutionRecord): z.infer<typeof executionSummary> {
  return {
    execution_id: record.id,
    connector_id: record.connectorId,
    connector_type_id: record.connectorTypeId,
    connector_name: record.connectorName,
    source: record.source,
    status: record.status,
    created_at: record.createdAt.toISOString(),
    finished_at: record.finishedAt?.toISOString(),
    username: record.username,
    code: record.code,
    message: record.message,
  };
}

function toAttemptAnswer(attempt: AttemptRecord): z.infer<typeof attemptAnswer> {
  return {
    attempt: attempt.attempt,
    started_at: attempt.startedAt.toISOString(),
    duration_ms: attempt.durationMs,
    outcome: attempt.outcome,
    code: attempt.code,
    message: attempt.message,
    service_message: attempt.serviceMessage,
    requests: [...attempt.requests],
    next_attempt_at: attempt.nextAttemptAt?.toISOString(),
  };
}
