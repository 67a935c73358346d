/** As an entry of its own in `tags`: all tags of the rule. Kibana's constant. */
const RULE_TAGS = '{{rule.tags}}';

type Values = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Puts the tags of the rule in the place of the entry `{{rule.tags}}` of a `createAlert`: the entry goes, and those tags
 * that are texts follow after the others. To be called before templates are rendered, so rule tags are templates, too.
 *
 * @param params `{ subAction, subActionParams }`
 * @param variables the values for templates; `rule.tags` is a list
 * @returns the same params when there is nothing to do
 */
export function expandRuleTags(params: Values, variables: Values): Values {
  const { subAction, subActionParams } = params;
  if (subAction !== 'createAlert' || !isObject(subActionParams)) return params;
  const { tags } = subActionParams;
  if (!Array.isArray(tags) || !tags.includes(RULE_TAGS)) return params;
  const ruleTags = isObject(variables.rule) && Array.isArray(variables.rule.tags) ? variables.rule.tags : [];
  const expanded = [...tags.filter((tag) => tag !== RULE_TAGS), ...ruleTags.filter((tag) => typeof tag === 'string')];
  return { ...params, subActionParams: { ...subActionParams, tags: expanded } };
}
