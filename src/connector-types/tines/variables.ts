import { errorText } from '../../errors.ts';

type Values = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same facts stand in each alert once more, under dotted names. */
function withoutKibana(alert: unknown): unknown {
  if (!isObject(alert)) return alert;
  const { kibana: _, ...rest } = alert;
  return rest;
}

function everything(variables: Values): string {
  const { context } = variables;
  try {
    if (!isObject(context) || !Array.isArray(context.alerts)) return JSON.stringify(variables);
    return JSON.stringify({ ...variables, context: { ...context, alerts: context.alerts.map(withoutKibana) } });
  } catch (error) {
    return JSON.stringify({ error: { message: errorText(error) } });
  }
}

/**
 * Makes all variables, as JSON, the body of a `run`: a rule asks for none. Other sub-actions stay as they are, and no
 * text is a template.
 *
 * @param params `{ subAction, subActionParams }`
 * @param variables the values for templates
 */
export function withAllVariables(params: Values, variables: Values): Values {
  const { subAction, subActionParams } = params;
  if (subAction !== 'run') return params;
  const given = isObject(subActionParams) ? subActionParams : {};
  return { ...params, subActionParams: { ...given, body: everything(variables) } };
}
