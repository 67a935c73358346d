import { z } from 'zod';
import { optionalSection, requiredSetting, section, setting } from '../setting.ts';
import { duration, flag, list, map, number, text } from '../types.ts';

const connectorConcurrency = () => number({ min: 1, max: 1_000 });
const connectorTypeConcurrency = () => number({ min: 1, max: 10_000 });
// The start of every action within the window is remembered, so that the limit holds in any window.
const rateLimit = () => number({ min: 1, max: 10_000 });
const rateWindow = () => duration({ min: '100ms', max: '1d' });

const connector = z.strictObject({
  concurrency: setting(connectorConcurrency(), { about: 'Replaces `connectorConcurrency` for this connector.' }),
  rateLimit: optionalSection({
    limit: requiredSetting(rateLimit(), { about: 'Replaces `rateLimit.limit` for this connector.' }),
    window: setting(rateWindow(), { about: 'The window of that limit.', default: '1s' }),
  }),
});

const connectorType = z.strictObject({
  concurrency: setting(connectorTypeConcurrency(), {
    about: 'Replaces `connectorTypeConcurrency` for connectors of this type.',
  }),
});

const circuit = z
  .strictObject({
    failures: setting(number({ min: 1, max: 10_000 }), {
      about:
        'After how many time-outs, lost connections and 5xx answers in a row a connector’s circuit opens: its actions wait, and one at a time is tried.',
      default: 5,
    }),
    pause: setting(duration({ min: '100ms', max: '1d' }), {
      about: 'How long an open circuit waits before the first try.',
      default: '30s',
    }),
    maxPause: setting(duration({ min: '100ms', max: '1d' }), {
      about: 'The longest such wait: it doubles with each try that fails.',
      default: '10m',
    }),
  })
  .superRefine((value, context) => {
    if (value.maxPause >= value.pause) return;
    context.addIssue({
      code: 'custom',
      path: ['maxPause'],
      message: 'Value must not be shorter than [patchbay.queue.circuit.pause]. Raise it, or lower the pause.',
    });
  })
  .prefault({});

/** `patchbay.queue.*`: background execution on this node. Limits hold on each node by itself. */
export const queue = section({
  concurrency: setting(number({ min: 1, max: 10_000 }), {
    about: 'How many queued actions run at once on this node.',
    default: 500,
  }),
  connectorConcurrency: setting(connectorConcurrency(), {
    about: 'How many of them may be of one connector.',
    default: 10,
  }),
  connectorTypeConcurrency: setting(connectorTypeConcurrency(), {
    about: 'How many of them may be of one connector type.',
    default: 200,
  }),
  rateLimit: section({
    limit: setting(rateLimit(), {
      about: 'How many queued actions of one connector this node starts within the window.',
      unset: 'what a target’s 429 answers teach',
    }),
    window: setting(rateWindow(), { about: 'The window of that limit.', default: '1s' }),
  }),
  connectors: setting(
    map(connector, { of: 'limits by connector id', key: 'id', remedy: 'Write a map of connector ids to limits.' }),
    {
      about: 'Limits of single connectors. In YAML an id with a dot needs square brackets: `"[my.id]"`.',
      default: {},
    },
  ),
  connectorTypes: setting(
    map(connectorType, {
      of: 'limits by connector type',
      key: 'id',
      remedy: 'Write a map of connector type ids to limits, e.g. {"[.slack]": {"concurrency": 20}}.',
    }),
    { about: 'Limits of single connector types. In YAML in square brackets: `"[.slack]"`.', default: {} },
  ),
  circuit,
  timeout: setting(duration({ min: '100ms', max: '1d' }), {
    about: 'How long one attempt of a queued action may take. It is not repeated then, as in Kibana.',
    default: '5m',
  }),
});

const connectorIds = () => list(text({ min: 1 }), { of: 'connector ids', example: '["pager"]' });

const notice = z.strictObject({
  to: requiredSetting(text({ min: 1, remedy: 'Name the id of a connector.' }), {
    about: 'The id of the connector that carries the notice.',
  }),
  fallback: setting(connectorIds(), {
    about: 'Connectors to try in this order when that one fails too.',
    default: [],
  }),
  params: setting(
    map(z.unknown(), { of: 'the action’s own parameters', remedy: 'Write the parameters of the action as a map.' }),
    {
      about: 'The parameters of its action, with `{{variables}}` in Mustache.',
      default: {},
    },
  ),
  failures: setting(number({ min: 1, max: 10_000 }), {
    about: 'After how many failed executions of a connector in a row a notice is sent.',
    default: 5,
  }),
  circuit: setting(flag(), { about: 'Whether an opening circuit is a reason, too.', default: true }),
  connectors: setting(connectorIds(), { about: 'The connectors that are watched.', unset: 'all' }),
  throttle: setting(duration({ min: '0s', max: '24d' }), {
    about: 'The least time between two notices about one connector.',
    default: '1h',
  }),
});

/** `patchbay.notices`: who is told when a connector keeps failing. */
export const notices = setting(
  list(notice, { of: 'notices', example: '[{"to": "mail", "params": {"message": "{{connector_name}} fails"}}]' }),
  { about: 'Whom to tell, through a connector, that another connector keeps failing.', default: [] },
);
