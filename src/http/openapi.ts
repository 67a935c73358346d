import { z } from 'zod';
import { describeType } from '../connectors/form.ts';
import type { Registry } from '../connectors/registry.ts';
import { PATCHBAY_VERSION } from '../version.ts';
import type { Route, RouteAnswer } from './route.ts';

type Json = Record<string, unknown>;

/**
 * OpenAPI 3.1 of the routes, from the very schemas that check requests, and of the connector types, from the schemas
 * that check connectors. What is not in a route is not in here.
 */
export function buildOpenApi(routes: readonly Route[], registry: Registry): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Patchbay',
      version: PATCHBAY_VERSION,
      description:
        'Connectors and actions. Every path is also served below `/s/{space}`; without it the space is `default`. ' +
        'Calls other than GET need the header `kbn-xsrf` with any value.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }, { url: '/s/{space}', variables: { space: { default: 'default' } } }],
    security: [{ basic: [] }, { apiKey: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: '`ApiKey ` and an API key in its encoded form.',
        },
        session: { type: 'apiKey', in: 'cookie', name: 'patchbay_session' },
      },
      schemas: typeSchemas(registry),
    },
  };
}

function operation(route: Route): Json {
  return {
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    operationId: operationId(route),
    tags: [route.tag],
    ...(route.isOpen ? { security: [{}, { basic: [] }, { apiKey: [] }, { session: [] }] } : {}),
    parameters: [
      ...parameters('path', route.params),
      ...parameters('query', route.query),
      ...parameters('header', route.headers),
      ...(route.method === 'GET'
        ? []
        : [{ name: 'kbn-xsrf', in: 'header', required: true, description: 'Any value.', schema: { type: 'string' } }]),
    ],
    ...requestBody('application/json', route.body),
    ...requestBody('multipart/form-data', route.form),
    responses: Object.fromEntries(
      Object.entries(route.answers).map(([status, answer]) => [status, describeAnswer(answer)]),
    ),
  };
}

function requestBody(mediaType: string, schema: z.ZodType | undefined): Json {
  if (schema === undefined) return {};
  return { requestBody: { required: true, content: { [mediaType]: { schema: toJsonSchema(schema, 'input') } } } };
}

function describeAnswer({ description, schema, contentType, headers }: RouteAnswer): Json {
  const named = Object.entries(headers ?? {}).map(([name, about]) => [
    name,
    { description: about, schema: { type: 'string' } },
  ]);
  const body = schema === undefined ? { type: 'string' } : toJsonSchema(schema, 'output');
  return {
    description,
    ...(headers === undefined ? {} : { headers: Object.fromEntries(named) }),
    ...(schema === undefined && contentType === undefined
      ? {}
      : { content: { [contentType ?? 'application/json']: { schema: body } } }),
  };
}

/** `PUT /api/actions/connector/{id}` becomes `put_actions_connector_id`. */
function operationId({ method, path }: Route): string {
  const words = path.replace(/^\/api\//, '').match(/[a-z]+/gi) ?? [];
  return [method.toLowerCase(), ...words].join('_');
}

function parameters(place: 'path' | 'query' | 'header', schema: z.ZodType | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = toJsonSchema(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

/** Config, secrets and params of each type, as `webhook_config`, `webhook_secrets`, `webhook_run_params`. */
function typeSchemas(registry: Registry): Record<string, Json> {
  const schemas: Record<string, Json> = {};
  for (const { type } of registry.list()) {
    if (type.system) continue;
    const described = describeType(type) as {
      config_schema: Json;
      secrets_schema: Json;
      actions: Record<string, { params_schema: Json }>;
    };
    const name = type.id.replace(/^\./, '').replace(/[^\w-]/g, '_');
    schemas[`${name}_config`] = withoutDialect(described.config_schema);
    schemas[`${name}_secrets`] = withoutDialect(described.secrets_schema);
    for (const [action, { params_schema }] of Object.entries(described.actions)) {
      schemas[`${name}_${action}_params`] = withoutDialect(params_schema);
    }
  }
  return schemas;
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  return withoutDialect(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json);
}

// OpenAPI 3.1 names the dialect once for the whole document.
function withoutDialect({ $schema: _, ...schema }: Json): Json {
  return schema;
}
