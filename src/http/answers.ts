import { z } from 'zod';
import type { ListedConnector } from '../connectors/connector.ts';
import type { Registry } from '../connectors/registry.ts';

/** The error body, for the API reference. */
export const errorAnswer = z.object({ statusCode: z.int(), error: z.string(), message: z.string() });

/** The refusals that nearly every call shares. */
export const refusals = {
  400: { description: 'The request is malformed or breaks a rule; the message says which.', schema: errorAnswer },
  401: { description: 'No credentials, or wrong ones.', schema: errorAnswer },
  403: { description: 'The caller may not do this, or the connector type is disabled.', schema: errorAnswer },
  503: { description: 'The database does not answer; try again.', schema: errorAnswer },
} as const;

export const notFoundRefusal = {
  404: { description: 'No such connector in this space.', schema: errorAnswer },
} as const;

export const conflictRefusal = {
  409: { description: 'The id is taken, or the connector was changed at the same time.', schema: errorAnswer },
} as const;

/** The connector object of every answer: exactly Kibana 9.3's keys, then Patchbay's own with `?extended=true`. */
export const connectorAnswer = z.object({
  id: z.string(),
  name: z.string(),
  connector_type_id: z.string(),
  config: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Left out for preconfigured connectors unless `exposeConfig` is set.'),
  is_missing_secrets: z.boolean().optional().describe('Left out for preconfigured connectors.'),
  is_preconfigured: z.boolean(),
  is_deprecated: z.boolean(),
  is_system_action: z.boolean(),
  is_connector_type_deprecated: z.boolean(),
  referenced_by_count: z.int().optional().describe('Lists only.'),
  tags: z.array(z.string()).optional().describe('With `extended=true`.'),
  configured_secrets: z
    .array(z.string())
    .optional()
    .describe('With `extended=true`: names of the secrets that are set.'),
  created_at: z.iso.datetime().optional().describe('With `extended=true`.'),
  updated_at: z.iso.datetime().optional().describe('With `extended=true`.'),
  version: z.int().optional().describe('With `extended=true`; grows with every change. Preconfigured ones have none.'),
  last_execution: z
    .object({ at: z.iso.datetime(), outcome: z.string(), message: z.string().optional() })
    .nullable()
    .optional()
    .describe('With `extended=true`, lists only; null when it never ran.'),
});

/** @param extended adds Patchbay's own fields, which compatible clients never see */
export function toConnectorAnswer(
  connector: ListedConnector,
  registry: Registry,
  extended: boolean,
): Record<string, unknown> {
  const type = registry.find(connector.typeId);
  const isInMemory = connector.origin !== 'stored';
  return {
    id: connector.id,
    name: connector.name,
    connector_type_id: connector.typeId,
    ...(connector.exposeConfig ? { config: connector.config } : {}),
    ...(isInMemory ? {} : { is_missing_secrets: connector.isMissingSecrets }),
    is_preconfigured: connector.origin === 'preconfigured',
    is_deprecated: type?.isDeprecated?.(connector.config) ?? false,
    is_system_action: connector.origin === 'system',
    is_connector_type_deprecated: (type?.deprecated ?? false) && registry.isEnabled(connector.typeId),
    ...(extended ? ownFields(connector) : {}),
  };
}

function ownFields(connector: ListedConnector): Record<string, unknown> {
  return {
    tags: connector.tags,
    configured_secrets: connector.secretNames,
    ...(connector.createdAt === undefined ? {} : { created_at: connector.createdAt.toISOString() }),
    ...(connector.updatedAt === undefined ? {} : { updated_at: connector.updatedAt.toISOString() }),
    ...(connector.origin === 'stored' ? { version: connector.version } : {}),
  };
}
