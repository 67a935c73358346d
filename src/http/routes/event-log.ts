import { Readable } from 'node:stream';
import { z } from 'zod';
import { authorise } from '../../access/authorise.ts';
import { type EventServer, eventDocuments } from '../../events/event-log.ts';
import type { ExecutionLog } from '../../events/execution-log.ts';
import { refusals } from '../answers.ts';
import { defineRoute, type Route } from '../route.ts';
import { filterQuery, sortQuery, toFilter, wholeNumber } from './executions.ts';

export interface EventLogRouteParts {
  readonly executions: Pick<ExecutionLog, 'findIds' | 'findMany'>;
  readonly server: EventServer;
  /** Connectors that exist in every space, by id. */
  readonly inMemory: { has(connectorId: string): boolean };
}

/** Attempts come with all their requests, which may be some megabytes each. */
const READ_AT_ONCE = 20;
/** Names the execution to go on `after`; absent when there are no more. */
const NEXT_HEADER = 'x-next-after';

const eventQuery = z.strictObject({
  ...filterQuery,
  sort: sortQuery.default('oldest'),
  size: wholeNumber(1, 10_000).default(1_000).describe('Executions, each with all its documents.'),
  after: z
    .guid()
    .optional()
    .describe(`Goes on behind this execution: the header \`${NEXT_HEADER}\` of the answer before.`),
});

/** The execution log as the documents that Kibana would have written. */
export function eventLogRoutes({ executions, server, inMemory }: EventLogRouteParts): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/event_log/_search',
      summary: "Export attempts as documents of Kibana's event log",
      description:
        'One JSON document a line: for each attempt `execute-start` and `execute`, and `execute-timeout` if it took too long.',
      tag: 'executions',
      query: eventQuery,
      answers: {
        200: {
          description: 'The documents, execution by execution.',
          contentType: 'application/x-ndjson',
          headers: { [NEXT_HEADER]: 'Where to go on, as `after`; absent when there is nothing more.' },
        },
        ...refusals,
      },
      handler: async ({ principal, spaceId, query, reply }) => {
        authorise(principal, 'get');
        const { sort, size, after } = query;
        const ids = await executions.findIds(spaceId, toFilter(query), { sort, limit: size, after });
        if (ids.length === size) reply.header(NEXT_HEADER, ids.at(-1));
        return Readable.from(lines(spaceId, ids), { objectMode: false });
      },
    }),
  ];

  async function* lines(spaceId: string, ids: readonly string[]): AsyncGenerator<string> {
    for (let first = 0; first < ids.length; first += READ_AT_ONCE) {
      const records = await executions.findMany(spaceId, ids.slice(first, first + READ_AT_ONCE));
      const documents = records.flatMap((record) => eventDocuments(record, server, inMemory.has(record.connectorId)));
      if (documents.length > 0) yield documents.map((document) => `${JSON.stringify(document)}\n`).join('');
    }
  }
}
