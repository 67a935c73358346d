import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  contentType,
  isObject,
  parseJson,
  type SimulatedRequest,
  type SimulatedResponse,
  type SimulatorDefinition,
} from './harness.ts';

/** The integration key of the one service here. */
export const PAGERDUTY_KEY = '0123456789abcdef0123456789abcdef';
/** A service that gets too many events. */
export const PAGERDUTY_BUSY_KEY = 'b0000000000000000000000000000000';

const PATH = '/v2/enqueue';
const MAX_ALERTS = 100;
/** Characters, and bytes of a whole event (https://developer.pagerduty.com/docs/events-api-v2-overview#size-limits). */
const LIMITS = { summary: 1024, dedupKey: 255, event: 512 * 1024, key: 32 } as const;

interface Alert {
  readonly dedup_key: string;
  status: 'triggered' | 'acknowledged' | 'resolved';
  /** How many events of any kind it has had. */
  events: number;
  readonly summary: string;
  readonly severity: string;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isUrl = (value: unknown) => typeof value === 'string' && URL.canParse(value);

/**
 * The members of an event and what each may hold; there are no others.
 * @see https://developer.pagerduty.com/docs/send-alert-event
 */
const optionalText = z.string().optional();
const event = z.strictObject({
  routing_key: optionalText,
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedup_key: z.string().max(LIMITS.dedupKey).optional(),
  payload: z
    .strictObject({
      summary: z.string().refine(isText, "'payload.summary' is missing or blank").max(LIMITS.summary),
      source: z.string().refine(isText, "'payload.source' is missing or blank"),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime({ offset: true }).optional(),
      component: optionalText,
      group: optionalText,
      class: optionalText,
      custom_details: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
  links: z.array(z.strictObject({ href: z.string().refine(isUrl), text: optionalText })).optional(),
  images: z
    .array(
      z.strictObject({
        src: z.string().startsWith('https://'),
        href: z.string().refine(isUrl).optional(),
        alt: optionalText,
      }),
    )
    .optional(),
  client: optionalText,
  client_url: z.string().refine(isUrl).optional(),
});

/** What is wrong with an event, in sentences such as PagerDuty's; empty when it would be taken. */
export function pagerDutyProblems(body: unknown): string[] {
  const parsed = event.safeParse(body);
  if (!parsed.success) {
    return parsed.error.issues.map(({ path, message }) =>
      message.startsWith("'") ? message : `'${path.join('.')}' is invalid (${message})`,
    );
  }
  const { event_action: action, payload, dedup_key: key } = parsed.data;
  if (action === 'trigger') return payload === undefined ? ["'payload' is missing or blank"] : [];
  return isText(key) ? [] : ["'dedup_key' is missing or blank"];
}

function keyProblems(key: unknown): string[] {
  if (!isText(key)) return ["'routing_key' is missing or blank"];
  return [
    ...(key.length === LIMITS.key ? [] : ["Length of 'routing_key' is incorrect (should be 32 characters)"]),
    ...(/^[a-z0-9]*$/i.test(key) ? [] : ["'routing_key' cannot contain non-alphanumeric characters."]),
  ];
}

function refuse(errors: readonly string[]): SimulatedResponse {
  const body = { status: 'invalid event', message: 'Event object is invalid', errors };
  return { status: 400, body, note: `refused: ${errors.join('; ')}` };
}

/** Triggers open an alert or join the open one of their key; other events for an alert that is not open are dropped. */
function apply(alerts: Map<string, Alert>, body: z.output<typeof event>): { key: string; note: string } {
  const { event_action: action, payload, dedup_key: key = randomUUID().replaceAll('-', '') } = body;
  const found = alerts.get(key);
  const open = found?.status === 'resolved' ? undefined : found;
  if (open === undefined && action !== 'trigger') return { key, note: `${action} ${key}: no open alert, dropped` };
  const { summary = '', severity = '' } = payload ?? {};
  const alert: Alert = open ?? { dedup_key: key, status: 'triggered', events: 0, summary, severity };
  alert.events += 1;
  if (action !== 'trigger') alert.status = action === 'resolve' ? 'resolved' : 'acknowledged';
  alerts.delete(key);
  alerts.set(key, alert);
  const [oldest] = alerts.keys();
  if (alerts.size > MAX_ALERTS && oldest !== undefined) alerts.delete(oldest);
  return { key, note: `${action} ${key}: ${alert.severity} ${alert.summary}` };
}

function answer(
  alerts: Map<string, Alert>,
  { method, path, headers, text, ...rest }: SimulatedRequest,
): SimulatedResponse {
  if (path !== PATH) return { status: 404, body: 'Not Found', note: 'refused: unknown path' };
  if (method !== 'POST') return { status: 405, note: `refused: ${method}` };
  const isJson = contentType({ method, path, headers, text, ...rest }) === 'application/json';
  const body = isJson ? parseJson(text) : undefined;
  if (!isObject(body)) return refuse(['Event object is invalid JSON']);
  const key = headers['x-routing-key'] ?? body.routing_key;
  const problems = [...keyProblems(key), ...pagerDutyProblems(body)];
  if (problems.length > 0) return refuse(problems);
  if (key === PAGERDUTY_BUSY_KEY) {
    const message = 'Requests for this service are arriving too quickly. Please retry later.';
    return { status: 429, body: { status: 'throttle exceeded', message }, note: 'refused: too many events' };
  }
  if (key !== PAGERDUTY_KEY) return refuse(['Invalid routing key']);
  const { key: dedupKey, note } = apply(alerts, event.parse(body));
  return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: dedupKey }, note };
}

/**
 * PagerDuty's Events API v2, with the key in the header `X-Routing-Key` or in the body. `GET /alerts` shows what became of
 * the events, the latest alert last.
 */
export const pagerduty: SimulatorDefinition = {
  id: 'pagerduty',
  title: 'PagerDuty Events API v2',
  maxBodyBytes: LIMITS.event,
  tooLarge: { status: 413, body: 'Payload Too Large', note: 'refused: larger than 512 KB' },

  start() {
    const alerts = new Map<string, Alert>();
    return {
      inspect: ({ method, path }) =>
        method === 'GET' && path === '/alerts' ? { status: 200, body: [...alerts.values()] } : undefined,
      handle: (request) => answer(alerts, request),
    };
  },

  examples: ({ http }) => [
    {
      name: 'PagerDuty simulator',
      connector_type_id: '.pagerduty',
      config: { apiUrl: `${http}${PATH}` },
      secrets: { routingKey: PAGERDUTY_KEY },
      params: { eventAction: 'trigger', dedupKey: 'disk:host-1', summary: 'Hello from Patchbay', severity: 'warning' },
    },
  ],
};
