import type { z } from 'zod';
import type { ExecutionLog } from '../../events/execution-log.ts';
import type { EnqueueItem, Queue } from '../../queue/types.ts';
import { notFoundRefusal, refusals } from '../answers.ts';
import { idParams } from '../bodies.ts';
import { defineRoute, type Route } from '../route.ts';
import { executionActionRoutes } from './execution-actions.ts';
import { acceptedAnswer, bulkAnswer, queueRefusal, toAccepted, toItem } from './queue-answers.ts';
import {
  bulkBody,
  enqueueBody,
  enqueueHeaders,
  isBadItem,
  type ReadItem,
  readBulkBody,
  readClock,
  readTimes,
} from './queue-bodies.ts';

/** The background execution of actions: take them on, run them again, take them back. */
export function queueRoutes({ queue, executions }: { queue: Queue; executions: ExecutionLog }): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/actions/connector/{id}/_enqueue',
      summary: 'Run a connector in the background',
      description:
        'The action is stored before this is answered. It is then attempted at least once, or visibly ends `failed` or `expired`.',
      tag: 'connectors',
      params: idParams,
      headers: enqueueHeaders,
      body: enqueueBody,
      answers: {
        202: { description: 'Accepted and stored.', schema: acceptedAnswer },
        ...refusals,
        ...notFoundRefusal,
        ...queueRefusal,
      },
      handler: async ({ principal, spaceId, params, headers, body }) => {
        const item: EnqueueItem = {
          connectorId: params.id,
          params: body.params,
          idempotencyKey: headers['idempotency-key'],
          ...readTimes(body, readClock(), 'body'),
        };
        const [result] = await queue.enqueue(principal, spaceId, [item]);
        return toAccepted(result!);
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/api/actions/_bulk_enqueue',
      summary: 'Run many actions in the background',
      description:
        'Each action is judged on its own: one that is not accepted says why in its item and harms no other.',
      tag: 'connectors',
      // Documents only: what is read of it is not what it documents.
      body: bulkBody as unknown as z.ZodType<ReadItem[]>,
      readBody: readBulkBody,
      answers: {
        202: { description: 'Judged; what was accepted is stored.', schema: bulkAnswer },
        ...refusals,
      },
      handler: async ({ principal, spaceId, body }) => {
        const good = body.filter((item): item is EnqueueItem => !isBadItem(item));
        const results = (await queue.enqueue(principal, spaceId, good)).values();
        const items = body.map((item) =>
          isBadItem(item)
            ? { id: item.connectorId, response: 'badRequest', message: item.problem }
            : toItem(results.next().value!),
        );
        return { errors: items.some(({ response }) => response !== 'success'), items };
      },
    }),

    ...executionActionRoutes({ queue, executions }),
  ];
}
