import { type ActionContext, action, type Details, defineConnectorType } from '../../connectors/define.ts';
import { delivered, failed, type Verdict } from '../../connectors/verdict.ts';
import type { MailResult, SmtpServer } from '../../egress/types.ts';
import { quote } from '../shared/http-error.ts';
import { checkConfig, checkConnector, checkParams, checkRun } from './checks.ts';
import { toFailure } from './failures.ts';
import { graphAuth, graphUrl, sendThroughGraph, testGraph } from './graph.ts';
import { composeMessage, toJsonResult, toMailMessage } from './message.ts';
import { config, type EmailConfig, type EmailParams, type EmailSecrets, params, secrets } from './schema.ts';
import { EXCHANGE_SERVICE, JSON_SERVICE, knownService, OTHER_SERVICE } from './services.ts';

export default defineConnectorType({
  id: '.email',
  name: 'Email',
  description: 'Send email from your server.',
  category: 'messaging',
  features: ['alerting', 'uptime', 'siem'],
  minimumLicense: 'gold',
  docsUrl: 'https://www.elastic.co/docs/reference/kibana/connectors-kibana/email-action-type',
  setup: [
    'Any SMTP server: choose “Other” and give its host and port (587 with STARTTLS, 465 with Secure switched on).',
    'Gmail: switch on two-step verification, create an app password at https://myaccount.google.com/apppasswords and use it as the password.',
    'Amazon SES: create SMTP credentials in the SES console; the keys of an IAM user do not work.',
    'Outlook and Exchange Online: Microsoft switches user name and password off by the end of 2026; choose “MS Exchange Server” instead.',
    'MS Exchange Server: register an app in Microsoft Entra, give it the application permission Mail.Send with admin consent, and add a client secret.',
  ],

  config,
  secrets,
  check: { config: checkConfig, connector: checkConnector },

  target: ({ config, settings }) => (config.service === EXCHANGE_SERVICE ? graphUrl(settings) : undefined),
  auth: (details) => (details.config.service === EXCHANGE_SERVICE ? graphAuth(details) : undefined),
  smtp: smtpServer,
  destinationFields: ['service', 'host', 'port', 'tenantId', 'oauthTokenUrl'],

  style: 'flat',
  actions: { run: action(params, send, { description: 'Send one message.', check: checkParams }) },
  templates: {
    'to.*': 'none',
    'cc.*': 'none',
    'bcc.*': 'none',
    'replyTo.*': 'none',
    subject: 'none',
    message: 'markdown',
    messageHTML: 'html',
    'kibanaFooterLink.*': 'none',
    'attachments.*.*': 'none',
  },

  async test(context) {
    if (context.config.service === JSON_SERVICE) return delivered();
    try {
      return context.config.service === EXCHANGE_SERVICE
        ? await testGraph(context)
        : delivered(await context.smtp!.verify());
    } catch (error) {
      return toFailure(error);
    }
  },

  sample: {
    config: { service: 'other', from: 'Patchbay <alerts@example.com>', host: 'localhost', port: 1025, secure: false },
    secrets: { user: 'alerts', password: 'correct-horse' },
    params: {
      to: ['Jim <jim@example.com>'],
      cc: ['ops@example.com'],
      subject: 'Disk of host-1 is 93 % full',
      message: 'Mount **/var** has 2.1 GB left.',
    },
    expect: {
      method: 'SMTP',
      url: '',
      headers: {
        From: '"Patchbay" <alerts@example.com>',
        To: '"Jim" <jim@example.com>',
        Cc: 'ops@example.com',
        Subject: 'Disk of host-1 is 93 % full',
      },
    },
  },
});

/** The SMTP server that a connector means; none for Microsoft Graph and for the service that sends nothing. */
function smtpServer({ config, secrets, settings }: Details<EmailConfig, EmailSecrets>): SmtpServer | undefined {
  const { service, host, port, secure, hasAuth } = config;
  if (service === EXCHANGE_SERVICE || service === JSON_SERVICE) return undefined;

  const auth =
    hasAuth && secrets.user !== null && secrets.password !== null
      ? { user: secrets.user, pass: secrets.password }
      : undefined;
  if (service !== OTHER_SERVICE) {
    const known = knownService(service, settings.actions);
    return known && { ...known, auth };
  }
  if (host === null || port === null) return undefined;
  return {
    host,
    port,
    secure: secure ?? port === 465,
    auth,
    // Without credentials and without TLS from the start there is little to protect, and such relays rarely have a
    // certificate that a public authority has signed: Kibana does not check it either.
    verificationMode: auth === undefined && !(secure ?? port === 465) ? 'none' : undefined,
  };
}

async function send(context: ActionContext<EmailConfig, EmailParams>): Promise<Verdict> {
  const problem = checkRun(context);
  if (problem !== undefined) return failed('params_invalid', problem, { errorSource: 'user' });

  const { service } = context.config;
  const message = composeMessage(context);
  if (service === JSON_SERVICE) return delivered(toJsonResult(message));
  try {
    if (service === EXCHANGE_SERVICE) return await sendThroughGraph(context, message);
    const result = await context.smtp!.send(toMailMessage(message));
    return delivered(result, { warning: rejectionWarning(result), reference: { id: result.messageId } });
  } catch (error) {
    return toFailure(error);
  }
}

/**
 * Kibana counts a message that some recipients got as sent; ours too, since a repetition would reach them a second time. But
 * it says who did not get it.
 */
function rejectionWarning({ accepted, rejected, rejectedErrors = [] }: MailResult): string | undefined {
  if (rejected.length === 0) return undefined;
  const shown = rejected.slice(0, 10).map((address) => {
    const reason = rejectedErrors.find(({ recipient }) => recipient === address)?.message;
    return reason === undefined ? address : `${address} (${quote(reason, 200)})`;
  });
  const rest = rejected.length - shown.length;
  const total = accepted.length + rejected.length;
  const list = `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return `${rejected.length} of ${total} recipients were refused: ${list}. The others have the message, so it is not repeated; send it to these alone.`;
}
