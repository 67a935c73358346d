import { z } from 'zod';
import { toExecuteAnswer } from '../../runs/answer.ts';
import type { Executor } from '../../runs/execute.ts';
import type { Previewer } from '../../runs/preview.ts';
import type { RunResult } from '../../runs/run.ts';
import { notFoundRefusal, refusals } from '../answers.ts';
import { configField, extendedQuery, idField, idParams, paramsField, secretsField } from '../bodies.ts';
import { defineRoute, type Route } from '../route.ts';
import { referenceAnswer } from './executions.ts';

const executeAnswer = z.object({
  connector_id: z.string(),
  status: z.enum(['ok', 'error']),
  data: z.unknown().optional().describe('What the action returned.'),
  message: z.string().optional().describe('What failed.'),
  service_message: z.string().optional().describe("Why: the target's own words or the cause."),
  retry: z
    .union([z.boolean(), z.iso.datetime()])
    .nullable()
    .optional()
    .describe('Whether, or when, trying again can help.'),
  errorSource: z.enum(['user', 'framework']).optional(),
  execution_id: z.string().optional().describe('With `extended=true`.'),
  response: z
    .object({
      status: z.int().optional(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.string().optional(),
    })
    .nullable()
    .optional()
    .describe("With `extended=true`: the target's last answer, redacted and at most 20 KB; null if there was none."),
  reference: referenceAnswer.optional(),
});

const unsavedFields = {
  connector_type_id: z.string(),
  config: configField.default({}),
  secrets: secretsField.default({}),
};
const testBody = z.strictObject({ ...unsavedFields, params: paramsField });
const checkBody = z.union([z.strictObject({ connector_id: idField }), z.strictObject(unsavedFields)]);
const previewBody = z.union([z.strictObject({ connector_id: idField, params: paramsField }), testBody]);

const previewAnswer = z.object({
  requests: z.array(
    z.object({
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.string().optional(),
    }),
  ),
});

/** Run a stored connector, try one that is not saved, and show what would be sent. */
export function executeRoutes({ executor, previewer }: { executor: Executor; previewer: Previewer }): Route[] {
  const ran = { 200: { description: 'It ran; `status` says with what result.', schema: executeAnswer } };

  return [
    defineRoute({
      method: 'POST',
      path: '/api/actions/connector/{id}/_execute',
      summary: 'Run a connector',
      tag: 'connectors',
      kibana: true,
      params: idParams,
      query: extendedQuery,
      body: z.strictObject({ params: paramsField }),
      answers: { ...ran, ...refusals, ...notFoundRefusal },
      handler: async ({ principal, spaceId, params, query, body }) => {
        const result = await executor.execute(principal, spaceId, params.id, body.params);
        return answer(params.id, result, query.extended === 'true');
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/api/actions/_test',
      summary: 'Run a connector that is not saved',
      description: 'The action is really performed; the connector and the run are not stored.',
      tag: 'connectors',
      query: extendedQuery,
      body: testBody,
      answers: { ...ran, ...refusals },
      handler: async ({ principal, spaceId, query, body }) => {
        const { params, ...unsaved } = body;
        return answer('unsaved', await executor.test(principal, spaceId, unsaved, params), query.extended === 'true');
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/api/actions/_check',
      summary: 'Check address and credentials without leaving a trace',
      description: 'Done in whatever way the target allows; types that have no such way answer 400.',
      tag: 'connectors',
      query: extendedQuery,
      body: checkBody,
      answers: { ...ran, ...refusals, ...notFoundRefusal },
      handler: async ({ principal, spaceId, query, body }) => {
        const runnable =
          'connector_id' in body
            ? await executor.findRunnable(principal, spaceId, body.connector_id)
            : executor.unsavedRunnable(principal, body);
        const result = await executor.check(principal, spaceId, runnable);
        return answer(runnable.connector.id, result, query.extended === 'true');
      },
    }),

    defineRoute({
      method: 'POST',
      path: '/api/actions/_preview',
      summary: 'Show the requests that a run would send',
      description: 'Nothing is sent. Secrets are masked.',
      tag: 'connectors',
      body: previewBody,
      answers: { 200: { description: 'The requests.', schema: previewAnswer }, ...refusals, ...notFoundRefusal },
      handler: async ({ principal, spaceId, body }) => {
        const runnable =
          'connector_id' in body
            ? await executor.findRunnable(principal, spaceId, body.connector_id)
            : executor.unsavedRunnable(principal, body);
        return { requests: await previewer.preview({ ...runnable, spaceId, params: body.params }) };
      },
    }),
  ];
}

function answer(connectorId: string, result: RunResult, extended: boolean): Record<string, unknown> {
  const kibana = toExecuteAnswer(connectorId, result.verdict);
  if (!extended) return { ...kibana };
  const last = result.requests.at(-1);
  const response =
    last?.status === undefined
      ? null
      : { status: last.status, headers: last.response_headers, body: last.response_body };
  const { verdict } = result;
  const reference = verdict.outcome === 'delivered' ? verdict.reference : undefined;
  return { ...kibana, execution_id: result.executionId, response, reference };
}
