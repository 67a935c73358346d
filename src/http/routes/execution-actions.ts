import { z } from 'zod';
import { PatchbayError } from '../../errors.ts';
import type { ExecutionLog } from '../../events/execution-log.ts';
import type { BulkOutcome, Queue } from '../../queue/types.ts';
import { errorAnswer, refusals } from '../answers.ts';
import { paramsField } from '../bodies.ts';
import { defineRoute, type Route } from '../route.ts';
import { validateRequestPart } from '../validate-request.ts';
import { executionAnswer, toExecutionAnswer } from './executions.ts';
import { acceptedAnswer, queueRefusal, toAccepted } from './queue-answers.ts';

const STATUSES = ['queued', 'running', 'retrying', 'succeeded', 'failed', 'expired', 'cancelled'] as const;
const SOURCES = ['http_request', 'rule', 'notification', 'test', 'queue'] as const;
const statusField = z.enum(STATUSES);
/** Executions that one call runs again or cancels. */
const MATCHING_MAX = 1_000;

const instant = z.iso
  .datetime({
    offset: true,
    error: ({ code }) =>
      code === 'invalid_format'
        ? 'value must be a time in ISO 8601 with its offset, such as 2026-01-31T12:00:00Z'
        : undefined,
  })
  .optional();

/** The same as the query of the search, so that what is acted on can be looked at first. */
const filterField = z
  .strictObject({
    connector_id: z.string().optional(),
    connector_type_id: z.string().optional(),
    status: z.union([statusField, z.array(statusField).min(1).max(STATUSES.length)]).optional(),
    source: z.enum(SOURCES).optional(),
    from: instant.describe('Created at this time or later (ISO 8601).'),
    to: instant.describe('Created before this time (ISO 8601).'),
    text: z.string().max(200).optional().describe('Looked for in connector names and messages.'),
  })
  .transform((given) => ({
    connectorId: given.connector_id,
    connectorTypeId: given.connector_type_id,
    status: given.status,
    source: given.source,
    from: given.from === undefined ? undefined : new Date(given.from),
    to: given.to === undefined ? undefined : new Date(given.to),
    text: given.text,
  }))
  .describe('As the query of the search for executions. An empty one means all of the space.');
const limitField = z
  .int()
  .min(1)
  .max(MATCHING_MAX)
  .default(MATCHING_MAX)
  .describe('How many at most, the oldest first.');

const cancelMatchingBody = z.strictObject({ filter: filterField, limit: limitField });
const retryMatchingBody = cancelMatchingBody.extend({
  params: paramsField.optional().describe('Used for all of them instead of those they had.'),
});
const retryBody = z.strictObject({ params: paramsField.optional().describe('Used instead of those it had.') });

const outcomeAnswer = z.object({
  matched: z.int(),
  execution_ids: z.array(z.string()).describe('Of the new executions, or of the cancelled ones.'),
  skipped: z.record(z.string(), z.int()).describe('Why others were left out: how many, by message.'),
});

const executionParams = z.strictObject({ execution_id: z.string().max(100) });
const oneExecutionRefusals = {
  ...refusals,
  404: { description: 'No such execution in this space.', schema: errorAnswer },
  409: {
    description: 'The execution is not in a state that allows this; the message says which.',
    schema: errorAnswer,
  },
} as const;

/** Running executions again and taking them out of the queue: one by its id, or all that match. */
export function executionActionRoutes({ queue, executions }: { queue: Queue; executions: ExecutionLog }): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/actions/execution/{execution_id}/_retry',
      summary: 'Run a finished execution again',
      description:
        'As a new execution that names the old one. Parameters are kept of executions that did not succeed; others need them in the request.',
      tag: 'executions',
      params: executionParams,
      body: retryBody,
      // Nothing in it is needed, so a call without a body means the same as an empty one.
      readBody: (body) => validateRequestPart('body', retryBody, body ?? {}),
      answers: {
        202: {
          description: 'Accepted and stored.',
          schema: acceptedAnswer.extend({ retry_of: z.string().describe('The execution that is run again.') }),
        },
        ...oneExecutionRefusals,
        ...queueRefusal,
      },
      handler: async ({ principal, spaceId, params: { execution_id }, body }) => {
        const result = await queue.retry(principal, spaceId, execution_id, body.params);
        return { ...toAccepted(result), retry_of: execution_id };
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/api/actions/executions/_retry',
      summary: 'Run all finished executions again that match',
      description: 'Those that succeeded are left out, as are those that have not ended yet.',
      tag: 'executions',
      body: retryMatchingBody,
      answers: { 202: { description: 'Accepted and stored.', schema: outcomeAnswer }, ...refusals },
      handler: async ({ principal, spaceId, body: { filter, limit, params } }) => {
        return toOutcome(await queue.retryMatching(principal, spaceId, filter, limit, params));
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/api/actions/execution/{execution_id}/_cancel',
      summary: 'Cancel an execution that waits in the queue',
      description: 'One that is being attempted cannot be cancelled: what was sent cannot be taken back.',
      tag: 'executions',
      params: executionParams,
      answers: { 200: { description: 'The cancelled execution.', schema: executionAnswer }, ...oneExecutionRefusals },
      handler: async ({ principal, spaceId, params: { execution_id } }) => {
        await queue.cancel(principal, spaceId, execution_id);
        const cancelled = await executions.find(spaceId, execution_id);
        if (cancelled === undefined) throw gone(execution_id);
        return toExecutionAnswer(cancelled);
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/api/actions/executions/_cancel',
      summary: 'Cancel all waiting executions that match',
      tag: 'executions',
      body: cancelMatchingBody,
      answers: { 200: { description: 'What was cancelled.', schema: outcomeAnswer }, ...refusals },
      handler: async ({ principal, spaceId, body: { filter, limit } }) => {
        return toOutcome(await queue.cancelMatching(principal, spaceId, filter, limit));
      },
    }),
  ];
}

function toOutcome({ matched, executionIds, skipped }: BulkOutcome): z.infer<typeof outcomeAnswer> {
  return { matched, execution_ids: [...executionIds], skipped: { ...skipped } };
}

/** Only when the retention is so short that what has just ended is removed at once. */
function gone(id: string): PatchbayError {
  return new PatchbayError('not_found', `Execution ${id} was cancelled and is no longer in the log`);
}
