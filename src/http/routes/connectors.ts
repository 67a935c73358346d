import { z } from 'zod';
import { authorise } from '../../access/authorise.ts';
import type { Registry } from '../../connectors/registry.ts';
import type { ConnectorStore } from '../../connectors/store.ts';
import type { ExecutionLog } from '../../events/execution-log.ts';
import { conflictRefusal, connectorAnswer, notFoundRefusal, refusals, toConnectorAnswer } from '../answers.ts';
import {
  checkSavedBody,
  configField,
  extendedQuery,
  idParams,
  nameField,
  secretsField,
  tagsField,
  versionQuery,
} from '../bodies.ts';
import { defineRoute, type Route } from '../route.ts';

export interface ConnectorRouteParts {
  readonly store: ConnectorStore;
  readonly registry: Registry;
  readonly executions: Pick<ExecutionLog, 'lastOf'>;
}

const createBody = z.strictObject({
  name: nameField,
  connector_type_id: z.string().describe('The connector type, e.g. `.webhook`.'),
  config: configField.default({}),
  secrets: secretsField.default({}),
  tags: tagsField.optional(),
});

const replaceBody = z.strictObject({
  name: nameField,
  config: configField.default({}),
  secrets: secretsField.default({}),
  tags: tagsField.optional(),
});

const patchBody = z.strictObject({
  name: nameField.optional(),
  config: configField.optional(),
  secrets: secretsField.optional(),
  tags: tagsField.optional(),
});

const changeQuery = extendedQuery.extend(versionQuery.shape);

/** Create, read, change and delete connectors: Kibana's calls, and `PATCH`, which Kibana does not have. */
export function connectorRoutes({ store, registry, executions }: ConnectorRouteParts): Route[] {
  const answer = (connector: Parameters<typeof toConnectorAnswer>[0], query: { extended?: string }) =>
    toConnectorAnswer(connector, registry, query.extended === 'true');
  const one = { 200: { description: 'The connector.', schema: connectorAnswer } };

  const create = {
    method: 'POST',
    tag: 'connectors',
    kibana: true,
    query: extendedQuery,
    body: createBody,
    checkBody: checkSavedBody,
    answers: { ...one, ...refusals, ...conflictRefusal },
  } as const;

  return [
    defineRoute({
      ...create,
      path: '/api/actions/connector',
      summary: 'Create a connector',
      handler: async ({ principal, spaceId, body, query }) => {
        authorise(principal, 'create', body.connector_type_id);
        const { connector_type_id: typeId, ...rest } = body;
        return answer(await store.create(spaceId, { ...rest, typeId }), query);
      },
    }),

    defineRoute({
      ...create,
      path: '/api/actions/connector/{id}',
      summary: 'Create a connector with an id of your choice',
      params: idParams,
      handler: async ({ principal, spaceId, params, body, query }) => {
        authorise(principal, 'create', body.connector_type_id);
        const { connector_type_id: typeId, ...rest } = body;
        return answer(await store.create(spaceId, { ...rest, typeId, id: params.id }), query);
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/api/actions/connector/{id}',
      summary: 'Get a connector',
      tag: 'connectors',
      kibana: true,
      params: idParams,
      query: extendedQuery,
      answers: { ...one, ...refusals, ...notFoundRefusal },
      handler: async ({ principal, spaceId, params, query }) => {
        authorise(principal, 'get');
        return answer(await store.get(spaceId, params.id), query);
      },
    }),

    defineRoute({
      method: 'PUT',
      path: '/api/actions/connector/{id}',
      summary: 'Replace a connector',
      description:
        'Replaces name, config and secrets as a whole: secrets that are left out are gone. `PATCH` keeps them.',
      tag: 'connectors',
      kibana: true,
      params: idParams,
      query: changeQuery,
      body: replaceBody,
      checkBody: checkSavedBody,
      answers: { ...one, ...refusals, ...notFoundRefusal, ...conflictRefusal },
      handler: async ({ principal, spaceId, params, body, query }) => {
        authorise(principal, 'update');
        return answer(await store.update(spaceId, params.id, body, query.version), query);
      },
    }),

    defineRoute({
      method: 'PATCH',
      path: '/api/actions/connector/{id}',
      summary: 'Change a connector',
      description:
        'Changes what is given and keeps the rest, secrets included. Null takes a field of `config` or `secrets` away (RFC 7396), unless null is one of its values. When a field changes that decides where the secrets are sent, they must be given again.',
      tag: 'connectors',
      params: idParams,
      query: changeQuery,
      body: patchBody,
      checkBody: checkSavedBody,
      answers: { ...one, ...refusals, ...notFoundRefusal, ...conflictRefusal },
      handler: async ({ principal, spaceId, params, body, query }) => {
        authorise(principal, 'update');
        return answer(await store.patch(spaceId, params.id, body, query.version), query);
      },
    }),

    defineRoute({
      method: 'DELETE',
      path: '/api/actions/connector/{id}',
      summary: 'Delete a connector',
      tag: 'connectors',
      kibana: true,
      params: idParams,
      query: versionQuery,
      answers: { 204: { description: 'Deleted.' }, ...refusals, ...notFoundRefusal, ...conflictRefusal },
      handler: async ({ principal, spaceId, params, query }) => {
        authorise(principal, 'delete');
        await store.remove(spaceId, params.id, query.version);
      },
    }),

    defineRoute({
      method: 'GET',
      path: '/api/actions/connectors',
      summary: 'List the connectors of a space',
      description: 'Stored ones and preconfigured ones, by name.',
      tag: 'connectors',
      kibana: true,
      query: extendedQuery,
      answers: { 200: { description: 'The connectors.', schema: z.array(connectorAnswer) }, ...refusals },
      handler: async ({ principal, spaceId, query }) => {
        authorise(principal, 'get');
        const connectors = await store.list(spaceId);
        if (query.extended !== 'true') return connectors.map((connector) => listed(answer(connector, query)));
        const last = await executions.lastOf(
          spaceId,
          connectors.map(({ id }) => id),
        );
        return connectors.map((connector) => ({
          ...listed(answer(connector, query)),
          last_execution: last.get(connector.id) ?? null,
        }));
      },
    }),
  ];
}

/** Rules are what refers to connectors, and this server has none yet: the count is the true one. */
function listed(connector: Record<string, unknown>): Record<string, unknown> {
  connector.referenced_by_count = 0;
  return connector;
}
