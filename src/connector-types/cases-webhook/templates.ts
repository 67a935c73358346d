import mustache from 'mustache';
import type { VerdictError } from '../../connectors/verdict.ts';
import { normalisedUrl } from '../shared/sub-action-answer.ts';
import { fault } from './fault.ts';
import type { PushParams } from './schema.ts';

/** Values by path, e.g. `{ case: { title: '"…"' } }`; encoded for the place that they are put into. */
type Variables = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Renders as plain Mustache, HTML escapes of `{{two braces}}` included, as Kibana does here. What Mustache cannot read becomes
 * Kibana's error text, which is then no valid URL or JSON.
 */
function render(template: string, variables: Variables): string {
  try {
    // a writer of its own: the common one keeps every template for ever
    return new mustache.Writer().render(template, variables);
  } catch (error) {
    return `error rendering mustache template "${template}": ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Variables for JSON are JSON themselves, quotes included; what is absent is `""`. */
const inJson = (value: unknown) => JSON.stringify(value ?? '');
const inUrl = (value: string) => encodeURIComponent(value.toWellFormed());

export function caseVariables({ title, description, id, severity, status, tags }: PushParams['incident']) {
  return {
    title: inJson(title),
    description: inJson(description),
    id: inJson(id),
    severity: inJson(severity),
    status: inJson(status),
    tags: inJson(tags ?? []),
  };
}

/**
 * A request body.
 *
 * @param what e.g. `Create case JSON body`
 * @param id of the case at the vendor, as `external.system.id`; left out while there is none
 * @throws {VerdictError} a fault: `JSON Error: … must be valid JSON`
 */
export function renderJson(what: string, template: string, id: string | undefined, ofCase: object = {}): string {
  const external = id === undefined ? {} : { system: { id: inJson(id) } };
  const text = render(template, { case: { ...ofCase }, external });
  try {
    JSON.parse(text);
  } catch {
    throw fault('config_invalid', `JSON Error: ${what} must be valid JSON`, { retry: false });
  }
  return text;
}

/** The case's comment for {@link renderJson}. */
export function commentVariables(comment: string) {
  return { comment: inJson(comment) };
}

/**
 * A URL as it is called: rendered, checked, slashes normalised. The host is the one that the template names and that was
 * checked against `allowedHosts`; the way out checks it once more.
 *
 * @param what e.g. `Get case URL`
 * @throws {VerdictError} a fault: `Invalid Get case URL: Error: …`
 */
export function renderUrl(what: string, template: string, id: string): string {
  const urlWith = (value: string) => render(template, { external: { system: { id: inUrl(value) } } });
  const url = urlWith(id);
  assertUrl(what, url, template);
  if (!hasSameShape(url, urlWith('id'))) {
    throw invalidUrl(what, `the id ${JSON.stringify(id.slice(0, 100))} would lead to another path`);
  }
  return normalisedUrl(url);
}

/** The address of the case for people; nothing is sent to it. @throws {VerdictError} as {@link renderUrl} */
export function renderViewUrl(template: string, id: string, title: string): string {
  const url = render(template, { external: { system: { id: inUrl(id), title: inUrl(title) } } });
  assertUrl('View case URL', url, template);
  return normalisedUrl(url);
}

/** A URL without variables. Kibana takes off a `/` before it normalises. @throws {VerdictError} as {@link renderUrl} */
export function plainUrl(what: string, url: string): string {
  const shorter = url.replace(/\/$/, '');
  assertUrl(what, shorter, shorter);
  return normalisedUrl(shorter);
}

function invalidUrl(what: string, reason: string): VerdictError {
  return fault('egress_url_invalid', `Invalid ${what}: Error: ${reason}`, { retry: false });
}

function assertUrl(what: string, text: string, template: string): void {
  if (!URL.canParse(text)) throw invalidUrl(what, 'Invalid URL');
  const { hostname, protocol, host } = new URL(text);
  if (hostname === '') throw invalidUrl(what, 'URL must contain hostname');
  if (protocol !== 'http:' && protocol !== 'https:') throw invalidUrl(what, 'Invalid protocol');
  if (!URL.canParse(template) || new URL(template).host !== host) {
    throw invalidUrl(what, 'the host must not depend on a variable');
  }
}

/**
 * Whether a URL leads to the same kind of place as another: as many segments in its path, none of them empty or a dot
 * segment where the other's is not, a query and a fragment if the other has them. Encoding leaves dots alone, and an id may
 * be `..` or nothing at all.
 */
function hasSameShape(url: string, model: string): boolean {
  const one = partsOf(url);
  const other = partsOf(model);
  const goesElsewhere = (segment: string) => /^(\.|%2e){0,2}$/i.test(segment);
  return (
    one.marks === other.marks &&
    one.segments.length === other.segments.length &&
    one.segments.every((segment, n) => !goesElsewhere(segment) || goesElsewhere(other.segments[n]!))
  );
}

/** The segments of the path, and which of `?` and `#` follow. */
function partsOf(url: string): { segments: string[]; marks: string } {
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(url) ?? [];
  return { segments: path.split(/[/\\]/), marks: query.slice(0, 1) + fragment.slice(0, 1) };
}
