import type { ExecutionInfo } from '../../connectors/define.ts';
import type { HttpClient, HttpResponse } from '../../egress/types.ts';
import { EgressError } from '../../egress/types.ts';
import { codeOfStatus, isSuccess, quote } from '../shared/http-error.ts';
import { retryAfter } from '../shared/retry-after.ts';
import { fault } from './fault.ts';
import type { Config } from './schema.ts';

/** One request of a step. */
export interface Call {
  /** What the URL is called in messages: `Get case URL`. */
  readonly what: string;
  /** As in the config: lower case. */
  readonly method: string;
  readonly url: string;
  /** JSON; left out for GET. */
  readonly body?: string;
  /** Makes a repetition known to a service that honours `Idempotency-Key`. */
  readonly key?: string;
}

/** Keys of one execution's requests: of the case itself, and of its n-th comment. */
export function keysOf({ sendIdempotencyKey }: Config, { id }: ExecutionInfo) {
  if (!sendIdempotencyKey) return { ofCase: undefined, ofComment: () => undefined };
  return { ofCase: id, ofComment: (index: number) => `${id}-comment-${index + 1}` };
}

function headersOf({ headers }: Config, key: string | undefined): Record<string, string> {
  const own = headers ?? {};
  const hasKey = Object.keys(own).some((name) => name.toLowerCase() === 'idempotency-key');
  return {
    'Content-Type': 'application/json',
    ...own,
    ...(key === undefined || hasKey ? {} : { 'Idempotency-Key': key }),
  };
}

/** JSON goes out trimmed, as Kibana's client (axios) sends it, unless it is declared as something else. */
function bodyAsSent(body: string, headers: Readonly<Record<string, string>>): string {
  const types = Object.entries(headers).filter(([name]) => name.toLowerCase() === 'content-type');
  return types.at(-1)?.[1].includes('application/json') ? body.trim() : body;
}

/** What `new URL` takes as http(s), e.g. `https:/host`, the way out takes only when it is written out. */
function writtenOut(url: string): string {
  return /^https?:\/\//i.test(url) ? url : new URL(url).href;
}

/**
 * Sends a request.
 *
 * @returns an answer of 2xx, its body not yet looked at
 * @throws {VerdictError} a fault, when there was another answer or none
 */
export async function send(http: HttpClient, config: Config, call: Call): Promise<HttpResponse> {
  const headers = headersOf(config, call.key);
  const body = call.body === undefined ? {} : { body: bodyAsSent(call.body, headers) };
  let response: HttpResponse;
  try {
    response = await http.request(call.method.toUpperCase(), writtenOut(call.url), { headers, ...body });
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    const { code, message } = error;
    // only the host of the URL itself: one that a redirect leads to is a "target hostname"
    const isOwnHost = code === 'egress_host_not_allowed' && message.startsWith('target url');
    throw fault(
      code,
      isOwnHost ? `Invalid ${call.what}: Error: error configuring connector action: ${message}` : message,
    );
  }
  if (isSuccess(response)) return response;
  const { status } = response;
  const isBusy = status === 429 || status >= 500;
  throw fault(codeOfStatus(status), `Request failed with status code ${status}`, {
    response,
    retry: isBusy ? retryAfter(response) : undefined,
  });
}

/**
 * The body of a success, checked as Kibana does it: it must be declared as JSON, be an object (or nothing at all), and have
 * the fields. A 204 needs no body where no field is asked for.
 *
 * @param fields paths, e.g. `data.id`
 * @throws {VerdictError} a fault
 */
export function checkedBody(response: HttpResponse, { method, url }: Call, fields: readonly string[] = []): unknown {
  const { status, headers, text } = response;
  if (status === 204 && text === '' && fields.length === 0) return undefined;
  const type = headers['content-type'];
  const supported = `in ${method} ${url}. Supported content types: application/json`;
  if (!type) throw invalid(`Missing content type header ${supported}`);
  if (!type.toLowerCase().includes('application/json'))
    throw invalid(`Unsupported content type: ${quote(type, 200)} ${supported}`);
  const json = response.json();
  if ((json === undefined && text !== '') || (typeof json === 'string' && json !== '')) {
    throw invalid('Response is not a valid JSON');
  }
  const missing = fields.filter((field) => valueAt(json, field) === undefined);
  if (missing.length > 0) {
    throw invalid(`Response is missing the expected field${missing.length > 1 ? 's' : ''}: ${missing.join(', ')}`);
  }
  return json;
}

function invalid(cause: string) {
  return fault('target_response_invalid', cause);
}

/**
 * The value at a path as lodash writes it: `data.id`, `items[0].key`, `["odd.name"].id`. A member that is called like the whole
 * path wins. Only own members count.
 */
export function valueAt(value: unknown, path: string): unknown {
  const whole = ownMember(value, path);
  if (whole !== undefined) return whole;
  const steps = [...path.matchAll(/\[\s*(["'])(.*?)\1\s*\]|[^.[\]]+/g)].map(([step, , quoted]) => quoted ?? step);
  if (steps.length === 0) return undefined;
  return steps.reduce(ownMember, value);
}

function ownMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
