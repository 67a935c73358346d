import { z } from 'zod';
import { EgressError } from '../egress/types.ts';
import { PatchbayError } from '../errors.ts';
import type { Action, AnyConnectorType, CheckContext, ConnectorType, Details } from './define.ts';
import { findInputProblem } from './input-limits.ts';
import { formatIssues, parseWithTexts } from './validation-text.ts';
import { failed, VerdictError } from './verdict.ts';

/** What precedes the detail in 9.3; "action type" in the last one is Kibana's own leftover. */
const PARTS = {
  config: { code: 'config_invalid', prefix: 'error validating connector type config: ' },
  secrets: { code: 'secrets_invalid', prefix: 'error validating connector type secrets: ' },
  params: { code: 'params_invalid', prefix: 'error validating action params: ' },
  connector: { code: 'config_invalid', prefix: 'error validating action type connector: ' },
} as const;

type Part = keyof typeof PARTS;

function invalid(part: Part, detail: string): PatchbayError {
  return new PatchbayError(PARTS[part].code, PARTS[part].prefix + detail);
}

type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string };

/** Left-out config, secrets and sub-action params count as `{}`, as in Kibana; `null` does not. */
function parse<T>(schema: z.ZodType<T>, value: unknown, hideValues = false): Parsed<T> {
  const input = value === undefined ? {} : value;
  const problem = findInputProblem(input);
  if (problem !== undefined) {
    const detail = formatIssues({
      issues: [{ code: 'custom', path: [...problem.path], message: problem.message, input: undefined }],
    });
    return { ok: false, detail };
  }
  const result = parseWithTexts(schema, input, { hideValues });
  return result.success ? { ok: true, value: result.data } : { ok: false, detail: formatIssues(result.error) };
}

/** Allow-list refusals of egress are problems of the value like any other that a check finds. */
function runCheck(part: Part, check: () => string | undefined): void {
  let problem: string | undefined;
  try {
    problem = check();
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    problem = error.message;
  }
  if (problem !== undefined) throw invalid(part, problem);
}

/**
 * Checks a connector's config: the schema, then the type's own `check.config`.
 *
 * @param value as given by the user or stored; undefined counts as `{}`
 * @returns the parsed config, defaults filled in
 * @throws {PatchbayError} `config_invalid`: `error validating connector type config: …`
 */
export function validateConfig<C, S>(type: ConnectorType<C, S>, value: unknown, context: CheckContext): C {
  const parsed = parse(type.config, value);
  if (!parsed.ok) throw invalid('config', parsed.detail);
  runCheck('config', () => type.check?.config?.(parsed.value, context));
  return parsed.value;
}

/**
 * Checks a connector's secrets: the schema, then the type's own `check.secrets`. Messages name keys, never values.
 *
 * @param value decrypted; undefined counts as `{}`
 * @throws {PatchbayError} `secrets_invalid`: `error validating connector type secrets: …`
 */
export function validateSecrets<C, S>(type: ConnectorType<C, S>, value: unknown, context: CheckContext): S {
  const parsed = parse(type.secrets, value, true);
  if (!parsed.ok) throw invalid('secrets', parsed.detail);
  runCheck('secrets', () => type.check?.secrets?.(parsed.value, context));
  return parsed.value;
}

/**
 * Checks config and secrets together (`check.connector`), after each has passed alone.
 *
 * @throws {PatchbayError} `config_invalid`: `error validating action type connector: …`
 */
export function validateConnector<C, S>(type: ConnectorType<C, S>, details: Details<C, S>): void {
  runCheck('connector', () => type.check?.connector?.(details));
}

/** Params of every type with sub-actions before the sub-action's own schema is known. Unknown keys beside them are dropped. */
const subActionEnvelope = z.object({
  subAction: z.string(),
  subActionParams: z.record(z.string(), z.unknown()).default({}),
});

/** Built once a type: a union of many schemas takes longer to make than to use. */
const discriminated = new WeakMap<AnyConnectorType['actions'], z.ZodType>();

/** `{ subAction: <name>, subActionParams }` of each sub-action, told apart by the name; nothing else beside them. */
function schemaOfSubActions(actions: AnyConnectorType['actions']): z.ZodType {
  const known = discriminated.get(actions);
  if (known !== undefined) return known;
  const [first, ...others] = Object.entries(actions).map(([name, { params }]) =>
    z.strictObject({ subAction: z.literal(name), subActionParams: params }),
  );
  const schema = z.discriminatedUnion('subAction', [first!, ...others]);
  discriminated.set(actions, schema);
  return schema;
}

function paramsSchema(type: AnyConnectorType): z.ZodType {
  if (type.style === 'flat') return type.actions.run!.params;
  return type.subActionsChecked === 'before' ? schemaOfSubActions(type.actions) : subActionEnvelope;
}

/**
 * Checks the params of a run as far as Kibana does before the run begins: all of them for a flat type and for one whose
 * sub-actions are checked `before`; else only `{ subAction, subActionParams }`, the rest of which is checked by
 * {@link parseSubAction}.
 *
 * @returns the parsed params
 * @throws {PatchbayError} `params_invalid`: `error validating action params: …`
 */
export function validateParams<C, S>(
  type: ConnectorType<C, S>,
  params: unknown,
  context: CheckContext,
): Record<string, unknown> {
  const parsed = parse(paramsSchema(type), params);
  if (!parsed.ok) throw invalid('params', parsed.detail);
  if (type.style === 'flat') runCheck('params', () => type.actions.run!.check?.(parsed.value, context));
  return parsed.value as Record<string, unknown>;
}

/** The action that a run means, and its checked params. */
export interface ResolvedAction<C> {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: each action has params of its own; they were checked against its schema
  readonly action: Action<C, any>;
  readonly params: unknown;
}

/** Kibana's fixed message of everything that is thrown inside a run; the reason stands in `service_message`. */
export const THROWN_IN_RUN = 'an error occurred while running the action';

/**
 * Finds the action and checks its params. Belongs inside the run, because that is where Kibana reports both problems:
 * as thrown errors with `retry: true`, an unknown sub-action before its params are looked at.
 *
 * @param params from {@link validateParams}; for a flat type they are complete and returned as they are
 * @param connectorId only for the text
 * @throws {VerdictError} `params_invalid`
 */
export function parseSubAction<C, S>(
  type: ConnectorType<C, S>,
  params: Record<string, unknown>,
  connectorId: string,
): ResolvedAction<C> {
  if (type.style === 'flat') return { name: 'run', action: type.actions.run!, params };

  const name = String(params.subAction);
  const action = Object.hasOwn(type.actions, name) ? type.actions[name] : undefined;
  if (action === undefined) {
    const asked = name.length > 100 ? `${name.slice(0, 100)}…` : name;
    throw new VerdictError(
      failed('params_invalid', THROWN_IN_RUN, {
        serviceMessage: `Sub action "${asked}" is not registered. Connector id: ${connectorId}. Connector name: ${type.name}. Connector type: ${type.id}`,
        retry: true,
        errorSource: 'framework',
      }),
    );
  }
  const parsed = parse(action.params, params.subActionParams);
  if (!parsed.ok) {
    throw new VerdictError(
      failed('params_invalid', THROWN_IN_RUN, {
        serviceMessage: `Request validation failed (${parsed.detail})`,
        retry: true,
        errorSource: 'user',
      }),
    );
  }
  return { name, action, params: parsed.value };
}
