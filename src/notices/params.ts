import mustache from 'mustache';
import { errorText } from '../errors.ts';
import type { Incident } from './types.ts';

/** Characters of a reason; what a target says may be a whole page. */
const REASON_MAX = 1_000;
const NAME_MAX = 200;

/** Used where the setting has no params, or none that fit the type of the recipient; other types have no default. */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '.slack': { message: '{{summary}}' },
  '.server-log': { level: 'error', message: '{{summary}}' },
  '.webhook': { body: '{{json}}' },
  '.index': {
    documents: [
      {
        '@timestamp': '{{at}}',
        kind: '{{kind}}',
        message: '{{summary}}',
        reason: '{{reason}}',
        connector_id: '{{connector_id}}',
        connector_name: '{{connector_name}}',
        connector_type_id: '{{connector_type_id}}',
      },
    ],
  },
};

/** What `{{…}}` in params stands for: texts, empty where there is nothing to say. */
export type Variables = Readonly<Record<string, string>>;

/**
 * @param undelivered why those that come before this recipient could not carry it, a sentence each
 * @param at the time of the notice
 */
export function variablesOf(incident: Incident, undelivered: readonly string[], at: Date): Variables {
  const variables = {
    kind: incident.kind,
    connector_id: incident.connectorId,
    connector_name: cut(oneLine(incident.connectorName), NAME_MAX),
    connector_type_id: incident.connectorTypeId,
    space_id: incident.spaceId,
    reason: cut(oneLine(incident.reason ?? ''), REASON_MAX),
    failures: String(incident.failures),
    since: incident.since.toISOString(),
    probe_at: incident.probeAt?.toISOString() ?? '',
    execution_id: incident.executionId ?? '',
    suppressed: String(incident.suppressed),
    undelivered: cut(undelivered.map(oneLine).join(' '), REASON_MAX),
    at: at.toISOString(),
  };
  return { ...variables, summary: summaryOf(variables, incident.recoveredBy) };
}

function summaryOf(v: Variables, recoveredBy: Incident['recoveredBy']): string {
  const space = v.space_id === 'default' ? '' : ` in space "${v.space_id}"`;
  const connector = `connector "${v.connector_name}" (${v.connector_id}, ${v.connector_type_id})${space}`;
  const said = v.reason === '' ? '' : ` The last failure: ${endWithStop(v.reason!)}`;
  const more = v.suppressed === '0' ? '' : ` ${v.suppressed} more of this kind were held back since the last notice.`;
  const detour = v.undelivered === '' ? '' : ` ${v.undelivered}`;
  return `${mainSentence(v, connector, recoveredBy)}${said}${more}${detour}`;
}

function mainSentence(v: Variables, connector: string, recoveredBy: Incident['recoveredBy']): string {
  if (recoveredBy === 'circuit')
    return `The circuit of ${connector} closed: its actions go on. Trouble began ${v.since}.`;
  if (recoveredBy === 'run') return `A run of ${connector} succeeded again. Trouble began ${v.since}.`;
  if (v.kind === 'failures')
    return `The last ${v.failures === '1' ? 'run' : `${v.failures} runs`} of ${connector} failed; trouble began ${v.since}.`;
  const next = v.probe_at === '' ? '' : `, and one is tried at ${v.probe_at}`;
  return `The circuit of ${connector} is open since ${v.since}: its actions wait${next}.`;
}

/** Rendered params, or why there are none. */
export type Rendered = {
  readonly params?: Record<string, unknown>;
  /** Set beside `params` when those of the setting do not fit and the type's default took their place. */
  readonly problem?: string;
};

/**
 * The parameters of a notice for one recipient: those of the setting if they fit its type, else the type's default. A
 * chain may lead over connectors of several types, and a notice that is sent plainly is better than one that is not.
 *
 * @param fits says what is wrong with params of the recipient's type, or nothing
 */
export function renderParams(
  template: Readonly<Record<string, unknown>>,
  typeId: string,
  variables: Variables,
  fits: (params: Record<string, unknown>) => string | undefined,
): Rendered {
  const own = Object.keys(template).length === 0 ? undefined : tryRender(template, variables, fits);
  if (own?.params !== undefined) return own;
  const fallback = Object.hasOwn(DEFAULTS, typeId) ? tryRender(DEFAULTS[typeId]!, variables, fits) : undefined;
  const problem = own?.problem ?? fallback?.problem;
  if (fallback?.params !== undefined) return { params: fallback.params, problem };
  return { problem: problem ?? `a notice through a connector of the type ${typeId} needs params` };
}

function tryRender(
  template: Readonly<Record<string, unknown>>,
  variables: Variables,
  fits: (params: Record<string, unknown>) => string | undefined,
): Rendered {
  let params: Record<string, unknown>;
  try {
    params = render(template, withJson(variables)) as Record<string, unknown>;
  } catch (error) {
    return { problem: `a template in the params is wrong: ${errorText(error)}` };
  }
  const problem = fits(params);
  return problem === undefined ? { params } : { problem };
}

/** `{{json}}` is everything as one JSON object, `{{json.summary}}` one JSON string, quotes included. */
function withJson(variables: Variables): Readonly<Record<string, unknown>> {
  const texts = Object.entries(variables).map(([name, value]) => [name, JSON.stringify(value)]);
  return { ...variables, json: { ...Object.fromEntries(texts), toString: () => JSON.stringify(variables) } };
}

function render(value: unknown, view: Readonly<Record<string, unknown>>): unknown {
  // The values are plain text for whatever takes the params: escaping them for HTML would spoil them.
  if (typeof value === 'string') return mustache.render(value, view, undefined, { escape: String });
  if (Array.isArray(value)) return value.map((item) => render(item, view));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, render(item, view)]));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}

function endWithStop(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
