import { z } from 'zod';
import type { CheckContext } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { findInputProblem } from '../../connectors/input-limits.ts';
import { errorText } from '../../errors.ts';
import { parseTimestamp } from './timestamp.ts';

/** Accounts of PagerDuty's European region have `events.eu.pagerduty.com`. */
const DEFAULT_URL = 'https://events.pagerduty.com/v2/enqueue';
/** Characters. */
const MAX_ECHO = 100;

export const config = z.strictObject({
  apiUrl: f
    .url(
      'API URL',
      `The whole address for events. Left out: ${DEFAULT_URL}; accounts in the EU region use https://events.eu.pagerduty.com/v2/enqueue.`,
      { placeholder: DEFAULT_URL },
    )
    .nullable()
    .default(null),
});
export type Config = z.output<typeof config>;

export const secrets = z.strictObject({
  routingKey: f.secret(
    'Integration key',
    'The 32 characters of an "Events API V2" integration of a service or an event orchestration; PagerDuty also calls it routing key.',
  ),
});

/** Null and an empty text both stand for PagerDuty's own address, as in Kibana. */
export function urlOf({ apiUrl }: Config): string {
  return apiUrl || DEFAULT_URL;
}

/** Asks the allow-list alone, as Kibana does: whether the text is a URL at all shows at the first run. */
export function configProblem(values: Config, { egress }: CheckContext): string | undefined {
  try {
    egress.assertUrlAllowed(urlOf(values));
    return undefined;
  } catch (error) {
    return `error configuring pagerduty action: ${errorText(error)}`;
  }
}

/** A text is JSON, since that is what forms and templates give; its problems are the parser's. */
function jsonOf(value: unknown, context: z.RefinementCtx): unknown {
  if (typeof value !== 'string') return value;
  const issue = (message: string) => {
    context.addIssue({ code: 'custom', message, input: value });
    return z.NEVER;
  };
  try {
    const parsed: unknown = JSON.parse(value);
    const problem = findInputProblem(parsed);
    return problem === undefined ? parsed : issue(problem.message);
  } catch (error) {
    return issue(errorText(error));
  }
}

/** `null`: left out, which means trigger. */
const onTrigger = { when: { field: 'eventAction', is: ['trigger', null] } };

const link = z.strictObject({
  href: f.url('URL'),
  text: f.text('Text'),
});
const image = z.strictObject({
  src: f.url('Image URL', 'Must begin with https://.'),
  href: f.url('Link').optional(),
  alt: f.text('Alternative text').optional(),
});

/** Kibana's, then `client`, `clientUrl` and `images`, which are Patchbay's own. */
export const params = z.strictObject({
  eventAction: f
    .select(['trigger', 'resolve', 'acknowledge'], 'Event action', 'Trigger when left out.', {
      options: { trigger: 'Trigger', resolve: 'Resolve', acknowledge: 'Acknowledge' },
    })
    .optional(),
  dedupKey: f
    .of(
      z.string().max(255),
      'DedupKey',
      'Names the alert: events with the same key belong together. Required to resolve or acknowledge. Without one every trigger opens a new alert.',
      { widget: 'text', placeholder: '{{rule.id}}:{{alert.id}}' },
    )
    .optional(),
  summary: f
    .of(z.string().max(1024), 'Summary', 'The title of the alert; "No summary provided." when left out.', {
      widget: 'textarea',
      ...onTrigger,
    })
    .optional(),
  severity: f
    .select(['critical', 'error', 'warning', 'info'], 'Severity', 'Info when left out.', {
      ...onTrigger,
      options: { critical: 'Critical', error: 'Error', warning: 'Warning', info: 'Info' },
    })
    .optional(),
  timestamp: f
    .text('Timestamp', 'When it happened, as ISO 8601; the time of arrival when left out.', {
      ...onTrigger,
      placeholder: '2030-01-02T12:30:05.000Z',
    })
    .optional(),
  component: f.text('Component', 'The part that is broken, e.g. mysql.', onTrigger).optional(),
  group: f.text('Group', 'What the component belongs to, e.g. app-stack.', onTrigger).optional(),
  source: f
    .text(
      'Source',
      'Where it happened, preferably a host name; "Kibana Action <connector id>" when left out.',
      onTrigger,
    )
    .optional(),
  class: f.text('Class', 'The kind of event, e.g. cpu load.', onTrigger).optional(),
  customDetails: f
    .of(
      z.preprocess(jsonOf, z.record(z.string(), z.unknown())),
      'Custom details',
      'A JSON object, or its text. Give an object where values come from templates: a quote within one breaks the text.',
      { widget: 'json', ...onTrigger },
    )
    .optional(),
  links: f.of(z.array(link), 'Links', 'Shown with the alert.', { widget: 'list', ...onTrigger }).optional(),
  client: f
    .text('Client', 'Name of the system that sends the event, shown as a link to the client URL.', onTrigger)
    .optional(),
  clientUrl: f.url('Client URL', undefined, onTrigger).optional(),
  images: f.of(z.array(image), 'Images', 'Shown with the alert.', { widget: 'list', ...onTrigger }).optional(),
});
export type Params = z.output<typeof params>;

/** The time of an event, as it is sent; a blank one counts as absent. Only for params that have passed. */
export function timestampOf({ timestamp = '' }: Pick<Params, 'timestamp'>): string | undefined {
  return parseTimestamp(timestamp.trim())?.toISOString();
}

/** A message repeats only so much of what was given. */
function cut(text: string): string {
  return text.length > MAX_ECHO ? `${text.slice(0, MAX_ECHO)}…` : text;
}

/** Rules across the fields, in Kibana's order and words. @returns the first problem */
export function paramsProblem({ timestamp, eventAction, dedupKey }: Params): string | undefined {
  if (timestamp?.trim() && timestampOf({ timestamp }) === undefined)
    return `error parsing timestamp "${cut(timestamp)}"`;
  const needsKey = eventAction === 'resolve' || eventAction === 'acknowledge';
  return needsKey && !dedupKey ? `DedupKey is required when eventAction is "${eventAction}"` : undefined;
}
