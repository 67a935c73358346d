import { z } from 'zod';
import { f, inFormOrder } from '../../connectors/fields.ts';
import { EXCHANGE_SERVICE, OTHER_SERVICE } from './services.ts';

const ofOther = { when: { field: 'service', is: [OTHER_SERVICE] } };
const ofExchange = { when: { field: 'service', is: [EXCHANGE_SERVICE] } };

/** Ports may come as digits in a string, as templates and forms send them. */
const port = z.preprocess(
  (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value.trim()) ? Number(value) : value),
  z.number().int().min(1).max(65535),
);

/** Answers always hold exactly these nine keys, null where nothing was given. */
export const config = z.strictObject(
  inFormOrder(
    {
      service: f
        .text('Service', 'The service that takes the mail. “Other” is any SMTP server.', {
          widget: 'select',
          options: {
            gmail: 'Gmail',
            outlook365: 'Outlook',
            ses: 'Amazon SES',
            elastic_cloud: 'Elastic Cloud',
            exchange_server: 'MS Exchange Server',
            other: 'Other',
          },
        })
        .default(OTHER_SERVICE),
      from: f.text(
        'Sender',
        'The address that mail comes from, with or without a name: Patchbay <alerts@example.com>.',
        {
          placeholder: 'alerts@example.com',
        },
      ),
      host: f.text('Host', 'Name or address of the SMTP server.', ofOther).nullable().default(null),
      port: f
        .of(port, 'Port', '587 with STARTTLS, 465 with TLS from the start, or what your server listens on.', {
          widget: 'number',
          ...ofOther,
        })
        .nullable()
        .default(null),
      secure: f
        .flag(
          'Secure',
          'TLS from the start. Otherwise STARTTLS is used if the server offers it. Left out: on for port 465.',
          ofOther,
        )
        .nullable()
        .default(null),
      hasAuth: f.flag('Require authentication for this server').default(true),
      tenantId: f
        .text('Tenant ID', 'Directory (tenant) ID of the app registration in Microsoft Entra.', ofExchange)
        .nullable()
        .default(null),
      clientId: f
        .text('Client ID', 'Application (client) ID of the app registration.', ofExchange)
        .nullable()
        .default(null),
      oauthTokenUrl: f
        .url('Token URL', 'Only if tokens do not come from Microsoft’s usual address for the tenant.', ofExchange)
        .nullable()
        .default(null),
    },
    ['from', 'service', 'host', 'port', 'secure', 'hasAuth', 'tenantId', 'clientId', 'oauthTokenUrl'],
  ),
);

const ofAuth = { when: { field: 'hasAuth', is: [true] } };

export const secrets = z.strictObject({
  // Not marked as a secret: it is often the sender's address or a part of it, and blackening it would hide the
  // recipients and senders in every record.
  user: f
    .text('Username', undefined, { ...ofAuth, secret: false })
    .nullable()
    .default(null),
  password: f
    .secret('Password', 'Many providers want an app password instead of the one of the account.', ofAuth)
    .nullable()
    .default(null),
  clientSecret: f
    .secret('Client Secret', 'The value, not the ID, of the client secret.', ofExchange)
    .nullable()
    .default(null),
});

const MAX_ADDRESS_LENGTH = 512;
const MAX_RECIPIENTS = 100;
const MAX_REPLY_TO = 10;

/** Entries of one list; each may itself hold several addresses or a group. */
function addresses(max: number, label: string, help?: string) {
  const tooMany = `Invalid email addresses: [${label}] has more than ${max} entries`;
  const tooLong = `Invalid email addresses: an entry of [${label}] is longer than ${MAX_ADDRESS_LENGTH} characters`;
  const list = z.array(z.string().max(MAX_ADDRESS_LENGTH, { error: tooLong })).max(max, { error: tooMany });
  return f.of(list, label, help, { widget: 'list' });
}

const encoding = z.string().refine((name): name is BufferEncoding => Buffer.isEncoding(name), {
  error: 'Must be an encoding such as base64, hex or utf8',
});

const attachment = z.strictObject({
  content: f.longText('Content', 'Text, or whatever the encoding says.'),
  filename: f.text('File name'),
  contentType: f.text('Content type', undefined, { placeholder: 'text/csv' }).optional(),
  encoding: f.of(encoding, 'Encoding', 'How the content is written: base64, hex, utf8.').optional(),
});

export const params = z.strictObject({
  to: addresses(MAX_RECIPIENTS, 'To').default([]),
  cc: addresses(MAX_RECIPIENTS, 'Cc').default([]),
  bcc: addresses(MAX_RECIPIENTS, 'Bcc').default([]),
  replyTo: addresses(MAX_REPLY_TO, 'Reply to', 'Where answers go instead of the sender.').optional(),
  subject: f.text('Subject'),
  message: f.longText('Message', 'Markdown. It is sent as text and, rendered, as HTML.'),
  messageHTML: f
    .longText('HTML message', 'Instead of the rendered Markdown; only notifications may carry it.')
    .nullable()
    .default(null),
  kibanaFooterLink: f
    .of(
      z.strictObject({ path: f.text('Path'), text: f.text('Text') }),
      'Footer link',
      'The link below the message; the path is appended to server.publicBaseUrl.',
    )
    .default({ path: '/', text: 'Go to Elastic' }),
  attachments: f.of(z.array(attachment), 'Attachments', 'Only notifications may carry them.').optional(),
});

export type EmailConfig = z.output<typeof config>;
export type EmailSecrets = z.output<typeof secrets>;
export type EmailParams = z.output<typeof params>;
