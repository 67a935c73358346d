import wellKnown from 'nodemailer/lib/well-known';
import type { TypeSettings } from '../../connectors/define.ts';

/** Where a service takes mail. */
export interface ServiceEndpoint {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  readonly requireTls?: boolean;
  readonly ignoreTls?: boolean;
  readonly authMethod?: string;
}

/** Nothing is sent; the message comes back as data. Meant for tests, as in Kibana. */
export const JSON_SERVICE = '__json';
/** Host and port come from the connector. */
export const OTHER_SERVICE = 'other';
/** Exchange Online through Microsoft Graph instead of SMTP. */
export const EXCHANGE_SERVICE = 'exchange_server';

/** The mail relay that Elastic Cloud offers to its deployments under this name. */
const ELASTIC_CLOUD: ServiceEndpoint = { host: 'dockerhost', port: 10025, secure: false };

/** Names in `xpack.actions.email.services.enabled` by value of `config.service`; other values are not restricted. */
const SETTING_NAMES = new Map([
  ['gmail', 'google-mail'],
  ['outlook365', 'microsoft-outlook'],
  ['ses', 'amazon-ses'],
  ['elastic_cloud', 'elastic-cloud'],
  [EXCHANGE_SERVICE, 'microsoft-exchange'],
  [OTHER_SERVICE, 'other'],
]);

/** @returns the text of the refusal, or undefined if the settings enable the service or do not know it */
export function serviceDisabled(service: string, { email }: TypeSettings['actions']): string | undefined {
  const name = SETTING_NAMES.get(service);
  const enabled = email.servicesEnabled;
  if (name === undefined || enabled.includes('*') || enabled.includes(name)) return undefined;
  return `[service]: "${name}" is not in the list of enabled email services: ${enabled.join(',')}`;
}

/**
 * The server behind a service name: nodemailer's list of well-known services (any of their keys, aliases and mail
 * domains, in any case: `SendGrid`, `Google Mail`, `me@gmx.com`), Elastic Cloud's relay, and Amazon SES as the settings
 * have it.
 *
 * @returns undefined for names that nobody knows and for those without a host (`Maildev`)
 */
export function knownService(service: string, { email }: TypeSettings['actions']): ServiceEndpoint | undefined {
  if (service === 'elastic_cloud') return ELASTIC_CLOUD;
  if (service === 'ses' && email.ses !== undefined) return { ...email.ses, secure: true };

  const known = wellKnown(service);
  if (known === false || typeof known.host !== 'string') return undefined;
  // Two services name port 465 without `secure`. Nodemailer then speaks TLS from the first byte, the only way that
  // works on that port (RFC 8314 section 3.3); a service without a port gets the submission port.
  const port = Number(known.port ?? (known.secure === true ? 465 : 587));
  return {
    host: known.host,
    port,
    secure: known.secure ?? port === 465,
    ...(known.requireTLS === undefined ? {} : { requireTls: known.requireTLS }),
    ...(known.ignoreTLS === undefined ? {} : { ignoreTls: known.ignoreTLS }),
    ...(known.authMethod === undefined ? {} : { authMethod: known.authMethod }),
  };
}
