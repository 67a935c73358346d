import { z } from 'zod';
import { authorise } from '../../access/authorise.ts';
import { PatchbayError } from '../../errors.ts';
import type {
  AttemptRecord,
  ExecutionFilter,
  ExecutionLog,
  ExecutionRecord,
  ExecutionSummary,
} from '../../events/execution-log.ts';
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

/** What an action created. */
export const referenceAnswer = z
  .object({ id: z.string(), url: z.string().optional() })
  .describe('What was created at the vendor, by its own id, and where people can look at it.');

const attemptAnswer = z.object({
  attempt: z.int(),
  started_at: z.iso.datetime(),
  duration_ms: z.number(),
  outcome: z.enum(['delivered', 'failed']),
  code: z.string().optional(),
  message: z.string().optional(),
  service_message: z.string().optional(),
  requests: z.array(requestRecord),
  reference: referenceAnswer.optional(),
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
  retry_of: z.string().optional().describe('The execution that this one repeats.'),
  deliver_by: z.iso.datetime().optional().describe('No attempt begins later.'),
  due_at: z.iso
    .datetime()
    .optional()
    .describe('Of unfinished ones: when the next attempt is due, or was when it is running.'),
});
const listedExecution = executionSummary.extend({
  attempt_count: z.int().describe('How many attempts have ended.'),
});
export const executionAnswer = executionSummary.extend({
  params: z.unknown().optional().describe('Kept of those that did not succeed.'),
  attempts: z.array(attemptAnswer),
});

const instant = z.iso.datetime({ offset: true });
export const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const status = z.enum(STATUSES);

/** What executions can be searched by; shared by all calls that read many. */
export const filterQuery = {
  connector_id: z.string().optional(),
  connector_type_id: z.string().optional(),
  status: z
    .union([status, z.array(status).max(STATUSES.length)])
    .optional()
    .describe('Given several times (`status=failed&status=expired`), any of them.'),
  source: z.enum(SOURCES).optional(),
  from: instant.optional().describe('Created at this time or later (ISO 8601).'),
  to: instant.optional().describe('Created before this time (ISO 8601).'),
  text: z.string().max(200).optional().describe('Looked for in connector names, messages and codes.'),
};
export const sortQuery = z.enum(['newest', 'oldest']);

type FilterQuery = z.output<z.ZodObject<typeof filterQuery>>;

export function toFilter(query: FilterQuery): ExecutionFilter {
  return {
    connectorId: query.connector_id,
    connectorTypeId: query.connector_type_id,
    status: query.status,
    source: query.source,
    from: query.from === undefined ? undefined : new Date(query.from),
    to: query.to === undefined ? undefined : new Date(query.to),
    text: query.text === '' ? undefined : query.text,
  };
}

const searchQuery = z.strictObject({
  ...filterQuery,
  page: wholeNumber(1, 10_000)
    .default(1)
    .describe('Empty behind the first 10,000 matches; `from` and `to` lead to the others.'),
  per_page: wholeNumber(1, 1_000).default(20),
  sort: sortQuery.default('newest'),
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
          schema: z.object({
            page: z.int(),
            per_page: z.int(),
            total: z.int().describe('Counts no further than 10,000.'),
            data: z.array(listedExecution),
          }),
        },
        ...refusals,
      },
      handler: async ({ principal, spaceId, query }) => {
        authorise(principal, 'get');
        const { page, per_page, sort } = query;
        const { total, records } = await executions.search(spaceId, toFilter(query), { page, perPage: per_page, sort });
        return {
          page,
          per_page,
          total,
          data: records.map((record) => ({ ...toSummary(record), attempt_count: record.attemptCount })),
        };
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
        return toExecutionAnswer(record);
      },
    }),
  ];
}

/** An execution with its attempts. */
export function toExecutionAnswer(record: ExecutionRecord): z.infer<typeof executionAnswer> {
  return { ...toSummary(record), params: record.params, attempts: record.attempts.map(toAttemptAnswer) };
}

function toSummary(record: ExecutionSummary): z.infer<typeof executionSummary> {
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
    retry_of: record.retryOf,
    deliver_by: record.deliverBy?.toISOString(),
    due_at: record.dueAt?.toISOString(),
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
    reference: attempt.reference,
    next_attempt_at: attempt.nextAttemptAt?.toISOString(),
  };
}
