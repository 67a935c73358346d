import { z } from 'zod';
import { requiredSetting, setting } from '../setting.ts';
import { list, number, oneOf, text } from '../types.ts';

/** Longer limits are cut to this, with a warning; Kibana's figure. Characters. */
export const EMAIL_BODY_MAX = 25_000_000;

const EMAIL_SERVICES = [
  'google-mail',
  'microsoft-exchange',
  'microsoft-outlook',
  'amazon-ses',
  'elastic-cloud',
  'other',
  '*',
] as const;

const services = z
  .strictObject({
    enabled: setting(list(oneOf(...EMAIL_SERVICES), { min: 1, of: 'email services', example: '["amazon-ses"]' }), {
      about: `The services that email connectors may use: ${EMAIL_SERVICES.map((name) => `\`${name}\``).join(', ')}.`,
      unset: 'every service',
    }),
    ses: z
      .strictObject({
        host: requiredSetting(text({ min: 1, remedy: 'Set both the host and the port of Amazon SES.' }), {
          about: 'The SMTP host of Amazon SES.',
          unset: '`email-smtp.us-east-1.amazonaws.com`',
        }),
        port: requiredSetting(number({ min: 1, max: 65_535 }), { about: 'Its port.', unset: '`465`' }),
      })
      .optional(),
  })
  .superRefine((value, context) => {
    if (value.enabled !== undefined || value.ses !== undefined) return;
    context.addIssue({
      code: 'custom',
      message:
        'email.services.enabled or email.services.ses must be defined. Set one of them, or remove email.services.',
    });
  })
  .optional();

/**
 * `xpack.actions.email.*`. The combination rules and their texts are Kibana's.
 *
 * `domain_allowlist` and `recipient_allowlist` say who may get mail; only one of them may be given.
 */
export const email = z
  .strictObject({
    domain_allowlist: setting(list(text(), { of: 'domains', example: '["example.com"]' }), {
      about: 'The domains that emails may come from and go to: exact names. An empty list blocks every address.',
      unset: 'every domain',
    }),
    recipient_allowlist: setting(list(text({ min: 1 }), { min: 1, of: 'patterns', example: '["*@example.com"]' }), {
      about: 'Patterns of the addresses that emails may go to; `*` stands for any text. Not beside `domain_allowlist`.',
      unset: 'every address',
    }),
    services,
    maximum_body_length: setting(number({ min: 0 }), {
      about: `Longer messages are cut to this many characters; at most ${EMAIL_BODY_MAX}.`,
      unset: 'a built-in limit',
    }),
  })
  .superRefine((value, context) => {
    if (value.domain_allowlist !== undefined && value.recipient_allowlist !== undefined) {
      context.addIssue({
        code: 'custom',
        message:
          'email.domain_allowlist and email.recipient_allowlist can not be used at the same time. Remove one of them.',
      });
    }
    if (Object.values(value).every((member) => member === undefined)) {
      context.addIssue({
        code: 'custom',
        message:
          'email.domain_allowlist or email.services must be defined. Set one of them, or remove [xpack.actions.email].',
      });
    }
  })
  .optional();
