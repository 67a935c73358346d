import { z } from 'zod';
import { notFound } from '../../connectors/store.ts';
import { type ErrorCode, PatchbayError } from '../../errors.ts';
import type { EnqueueResult, Refusal } from '../../queue/types.ts';
import { errorAnswer } from '../answers.ts';

export const acceptedAnswer = z.object({
  execution_id: z.string(),
  connector_id: z.string(),
  status: z.literal('queued'),
});

export const bulkAnswer = z.object({
  errors: z.boolean().describe('Whether any action was not accepted.'),
  items: z
    .array(
      z.object({
        id: z.string().describe('Of the connector, as given.'),
        execution_id: z.string().optional(),
        response: z.enum([
          'success',
          'badRequest',
          'connectorNotFound',
          'connectorTypeDisabled',
          'missingSecrets',
          'systemConnector',
          'deliverByPassed',
          'queuedActionsLimitError',
        ]),
        message: z.string().optional().describe('Why it was not accepted.'),
      }),
    )
    .describe('One for each action, in their order.'),
});

export const queueRefusal = {
  429: { description: 'The queue is full (`xpack.actions.queued.max`); try again later.', schema: errorAnswer },
} as const;

/** What the HTTP error of a refusal is; its text comes from the queue. */
const CODES: Readonly<Record<Refusal, ErrorCode>> = {
  connectorNotFound: 'not_found',
  connectorTypeDisabled: 'forbidden',
  missingSecrets: 'bad_request',
  systemConnector: 'bad_request',
  deliverByPassed: 'bad_request',
  queuedActionsLimitError: 'queue_full',
};

/**
 * The answer to one accepted action.
 *
 * @throws {PatchbayError} when it was not accepted
 */
export function toAccepted(result: EnqueueResult): z.infer<typeof acceptedAnswer> {
  const { connectorId } = result;
  if (result.response === 'success') {
    return { execution_id: result.executionId, connector_id: connectorId, status: 'queued' };
  }
  if (result.response === 'connectorNotFound') throw notFound(connectorId);
  throw new PatchbayError(CODES[result.response], result.message);
}

/** The same as an item of a bulk's answer, where a refusal is no error. */
export function toItem(result: EnqueueResult): z.infer<typeof bulkAnswer>['items'][number] {
  const { connectorId: id, response } = result;
  return result.response === 'success'
    ? { id, execution_id: result.executionId, response }
    : { id, response, message: result.message };
}
