import { z } from 'zod';
import type { ExecutionInfo } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { delivered, type Reference, type Verdict } from '../../connectors/verdict.ts';
import type { HttpClient } from '../../egress/types.ts';
import { thrownFailure } from '../shared/sub-action-failure.ts';
import { ask } from './answers.ts';

export const runParams = z.strictObject({
  name: f.text('Name', 'Of the incident.'),
  playbookId: f
    .text('Playbook', 'The id of the playbook to associate with the incident; getPlaybooks lists them.')
    .nullable()
    .default(null),
  createInvestigation: f.flag('Start investigation', 'Starts the playbook as soon as the incident is created.'),
  isRuleSeverity: f
    .flag('Keep severity from rule', "In an action of a rule: the rule's severity is taken instead of the one below.")
    .nullable()
    .default(false),
  severity: f.of(z.coerce.number(), 'Severity', 'Of the incident; fractions are taken, too.', {
    widget: 'select',
    options: { 0: 'Unknown', 0.5: 'Informational', 1: 'Low', 2: 'Medium', 3: 'High', 4: 'Critical' },
  }),
  body: f
    .json(
      'Body',
      'More fields of the incident as a JSON object, such as {"details": "…", "type": "…"}. The fields above win over those of the same name.',
    )
    .nullable()
    .default(null),
});
export type RunParams = z.output<typeof runParams>;

type Values = Readonly<Record<string, unknown>>;

const RULE_SEVERITIES: Readonly<Record<string, number>> = { low: 1, medium: 2, high: 3, critical: 4 };

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Values)[name] : undefined;
}

/**
 * Puts the severity of the rule (`context.rule.severity`: `low` to `critical`) in the place of the given one, where
 * `isRuleSeverity` asks for it; any other is 0, Unknown.
 */
export function severityOfRule(params: Values, variables: Values): Values {
  const { subActionParams } = params;
  if (member(subActionParams, 'isRuleSeverity') !== true) return params;
  const ofRule = String(member(member(variables.context, 'rule'), 'severity'));
  const severity = Object.hasOwn(RULE_SEVERITIES, ofRule) ? RULE_SEVERITIES[ofRule] : 0;
  return { ...params, subActionParams: { ...(subActionParams as Values), severity } };
}

/**
 * The request body: the members of `body`, and over them the other fields. `isRuleSeverity` is none of XSOAR's.
 *
 * @throws {SyntaxError} when `body` is no JSON; {RangeError} when it is nested too deep to be written again
 */
function incidentOf({ body, name, playbookId, createInvestigation, severity }: RunParams): string {
  const more = JSON.parse(body ?? '{}') as object;
  return JSON.stringify({ ...more, name, playbookId, createInvestigation, severity });
}

/** Where people see an incident. The console of XSOAR 8 has the name of its API without `api-` in front. */
function linkTo(url: string, id: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host.replace(/^api-/, '')}${pathname.replace(/\/+$/, '')}/#/Custom/caseinfoid/${encodeURIComponent(id)}`;
}

function referenceOf({ id }: Values, url: string): { reference?: Reference } {
  return typeof id === 'string' && id !== '' ? { reference: { id, url: linkTo(url, id) } } : {};
}

/**
 * Creates one incident. `data` is `{}` as in Kibana; what was created is the reference.
 *
 * A queued run that can never succeed, or that may have created the incident already, is not tried again; over HTTP the
 * answer says `retry: true` as Kibana's does.
 */
export async function createIncident(
  http: HttpClient,
  { url }: { readonly url: string },
  params: RunParams,
  { source }: ExecutionInfo,
): Promise<Verdict> {
  const onceOnly = { retry: source === 'http_request' || source === 'test' };
  let incident: string;
  try {
    incident = incidentOf(params);
  } catch (error) {
    return thrownFailure('params_invalid', `Error parsing alert body for xSOAR: ${String(error)}`, onceOnly);
  }
  const created = await ask(http, '/incident', incident, z.looseObject({}), onceOnly);
  return delivered({}, referenceOf(created, url));
}
