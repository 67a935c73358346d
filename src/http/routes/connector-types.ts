import { z } from 'zod';
import { authorise } from '../../access/authorise.ts';
import { CATEGORIES } from '../../connectors/define.ts';
import { describeType } from '../../connectors/form.ts';
import { notRegistered, type RegisteredType, type Registry } from '../../connectors/registry.ts';
import { PatchbayError } from '../../errors.ts';
import { errorAnswer, refusals } from '../answers.ts';
import { extendedQuery } from '../bodies.ts';
import { defineRoute, type Route } from '../route.ts';

const typeAnswer = z.object({
  id: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  enabled_in_config: z.boolean(),
  enabled_in_license: z.boolean(),
  minimum_license_required: z.enum(['basic', 'standard', 'gold', 'platinum', 'enterprise', 'trial']),
  supported_feature_ids: z.array(z.string()),
  is_system_action_type: z.boolean(),
  sub_feature: z.literal('endpointSecurity').optional(),
  is_deprecated: z.boolean(),
  source: z.enum(['stack', 'yml', 'spec']),
  description: z.string().optional().describe('With `extended=true`: what it does, in a line.'),
  category: z.enum(CATEGORIES).optional().describe('With `extended=true`: the shelf of the gallery.'),
  has_check: z.boolean().optional().describe('With `extended=true`: whether `_check` can check its connectors.'),
});

const jsonSchema = z.record(z.string(), z.unknown()).describe('JSON Schema 2020-12 with labels, help and order.');

const describedType = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  category: z.enum(CATEGORIES),
  docs_url: z.string().optional(),
  setup: z.array(z.string()).optional().describe('How to get the credentials, step by step.'),
  notice: z.string().optional().describe('What somebody should know before using it, e.g. when the service ends.'),
  has_check: z.boolean().describe('Whether `_check` can check address and credentials without leaving a trace.'),
  style: z.enum(['flat', 'subAction']).describe('`subAction`: params are `{ subAction, subActionParams }`.'),
  config_schema: jsonSchema,
  secrets_schema: jsonSchema,
  actions: z.record(
    z.string(),
    z.object({ params_schema: jsonSchema, description: z.string().optional(), destructive: z.boolean().optional() }),
  ),
  sample: z.object({
    name: z.string().optional(),
    config: z.record(z.string(), z.unknown()),
    secrets: z.record(z.string(), z.unknown()),
    params: z.record(z.string(), z.unknown()),
  }),
});

/** What types there are, and all that is needed to draw their forms. */
export function connectorTypeRoutes({ registry }: { registry: Registry }): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/api/actions/connector_types',
      summary: 'List the connector types',
      tag: 'connector types',
      kibana: true,
      query: extendedQuery.extend({
        feature_id: z.string().optional().describe('Only types that support this feature.'),
      }),
      answers: { 200: { description: 'The types.', schema: z.array(typeAnswer) }, ...refusals },
      handler: ({ query }) =>
        registry
          .list()
          .filter(({ type }) => !type.system)
          .filter(({ type }) => query.feature_id === undefined || type.features.includes(query.feature_id))
          .map((registered) => toTypeAnswer(registered, registry, query.extended === 'true')),
    }),

    defineRoute({
      method: 'GET',
      path: '/api/actions/connector_type/{type_id}',
      summary: 'Describe a connector type',
      description:
        'JSON Schema of its config, secrets and params, with labels, help and order: enough to draw every form.',
      tag: 'connector types',
      params: z.strictObject({ type_id: z.string() }),
      answers: {
        200: { description: 'The type.', schema: describedType },
        ...refusals,
        404: { description: 'No such connector type.', schema: errorAnswer },
      },
      handler: ({ principal, params }) => {
        authorise(principal, 'get');
        const type = registry.find(params.type_id);
        if (type === undefined || type.system) {
          throw new PatchbayError('not_found', notRegistered(params.type_id).message);
        }
        return describeType(type);
      },
    }),
  ];
}

/** @param extended adds Patchbay's own fields, which compatible clients never see */
function toTypeAnswer(
  { type, source }: RegisteredType,
  registry: Registry,
  extended: boolean,
): z.infer<typeof typeAnswer> {
  const enabled = registry.isEnabled(type.id);
  return {
    id: type.id,
    name: type.name,
    enabled,
    enabled_in_config: enabled,
    // Every type is licensed here; the level is told because Kibana's clients show it.
    enabled_in_license: true,
    minimum_license_required: type.minimumLicense,
    supported_feature_ids: [...type.features],
    is_system_action_type: false,
    ...(type.subFeature === undefined ? {} : { sub_feature: type.subFeature }),
    is_deprecated: type.deprecated ?? false,
    source,
    ...(extended ? { description: type.description, category: type.category, has_check: type.test !== undefined } : {}),
  };
}
