import { z } from 'zod';
import { action, defineConnectorType } from '../../connectors/define.ts';
import { f, inFormOrder } from '../../connectors/fields.ts';
import { delivered, failed } from '../../connectors/verdict.ts';
import { errorText } from '../../errors.ts';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

const params = z.strictObject(
  inFormOrder(
    {
      message: f.longText('Message', 'One line of the log; line breaks become ";".'),
      level: f
        .select(LEVELS, 'Level', "Records below the level of the server's log are dropped.", {
          options: { trace: 'Trace', debug: 'Debug', info: 'Info', warn: 'Warning', error: 'Error', fatal: 'Fatal' },
        })
        .default('info'),
    },
    ['level', 'message'],
  ),
);

/**
 * Characters with which a message could forge a log line or change how a viewer shows it: C0 and C1 controls except
 * tab (ESC is among them, so ANSI sequences end here), line and paragraph separator, and the bidirectional controls
 * of https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters.
 */
const UNSAFE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The message on one line: each unsafe character becomes `;`, as in Kibana. */
export function oneLine(message: string): string {
  return message.replace(UNSAFE, ';');
}

export default defineConnectorType({
  id: '.server-log',
  name: 'Server log',
  description: 'Write a record to the log of this server.',
  category: 'generic',
  features: ['alerting', 'uptime', 'siem'],
  minimumLicense: 'basic',
  setup: ['Nothing to set up: the record appears in the log of the Patchbay server, at the level of the action.'],

  config: z.strictObject({}),
  secrets: z.strictObject({}),

  style: 'flat',
  actions: {
    run: action(params, ({ params: { level, message }, log }) => {
      try {
        log[level](`Server log: ${oneLine(message)}`);
      } catch (error) {
        return failed('handler_failed', 'error logging message', { serviceMessage: errorText(error) });
      }
      return delivered();
    }),
  },

  sample: { config: {}, secrets: {}, params: { level: 'warn', message: 'Disk of host-1 is 93 % full' } },
});
