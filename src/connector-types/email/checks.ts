import type { ActionContext, CheckContext, Details, TypeSettings } from '../../connectors/define.ts';
import { EgressError } from '../../egress/types.ts';
import { quote } from '../shared/http-error.ts';
import { type AddressRules, addressProblems, parseAddressList, withoutBlanks } from './addresses.ts';
import type { EmailConfig, EmailParams, EmailSecrets } from './schema.ts';
import { EXCHANGE_SERVICE, JSON_SERVICE, knownService, OTHER_SERVICE, serviceDisabled } from './services.ts';

/** A value of the user's as texts repeat it; nobody reads more of one that is wrong. */
const shown = (value: string) => quote(value, 512);

/** Checks of the configuration in Kibana's order; returns the text of the first problem. */
export function checkConfig(config: EmailConfig, { settings, egress }: CheckContext): string | undefined {
  return (
    serviceDisabled(config.service, settings.actions) ??
    fromProblem(config.from, settings) ??
    tokenUrlProblem(config, egress) ??
    targetProblem(config, settings, egress)
  );
}

function tokenUrlProblem({ oauthTokenUrl }: EmailConfig, egress: CheckContext['egress']): string | undefined {
  if (oauthTokenUrl === null || passes(() => egress.assertUrlAllowed(oauthTokenUrl))) return undefined;
  return `[oauthTokenUrl]: host name value for '${shown(oauthTokenUrl)}' is not in the allowedHosts configuration`;
}

function targetProblem(
  config: EmailConfig,
  settings: TypeSettings,
  egress: CheckContext['egress'],
): string | undefined {
  const { service, host, port, clientId, tenantId } = config;
  if (service === JSON_SERVICE) return undefined;
  if (service === EXCHANGE_SERVICE)
    return missing([
      ['clientId', clientId],
      ['tenantId', tenantId],
    ]);
  if (service === OTHER_SERVICE) {
    const absent = missing([
      ['host', host],
      ['port', port],
    ]);
    if (absent !== undefined || host === null) return absent;
    if (passes(() => egress.assertHostAllowed(host))) return undefined;
    return `[host] value '${shown(host)}' is not in the allowedHosts configuration`;
  }
  const conflict = service === 'ses' ? sesProblem(config, settings) : undefined;
  if (conflict !== undefined) return conflict;

  const known = knownService(service, settings.actions);
  if (known === undefined) return `[service] value '${shown(service)}' is not valid`;
  if (passes(() => egress.assertHostAllowed(known.host))) return undefined;
  return `[service] value '${shown(service)}' resolves to host '${known.host}' which is not in the allowedHosts configuration`;
}

/** Where the settings name an SES server, a connector may repeat it or say nothing, but not contradict it. */
function sesProblem({ host, port, secure }: EmailConfig, { actions }: TypeSettings): string | undefined {
  const { ses } = actions.email;
  if (ses === undefined) return undefined;
  const otherHost = host !== null && host !== ses.host;
  const otherPort = port !== null && port !== ses.port;
  if (otherHost && otherPort)
    return '[ses.host]/[ses.port] does not match with the configured AWS SES host/port combination';
  if (otherHost) return '[ses.host] does not match with the configured AWS SES host';
  if (otherPort) return '[ses.port] does not match with the configured AWS SES port';
  return secure === false ? '[ses.secure] must be true for AWS SES' : undefined;
}

/** `[a]/[b] is required` if both are missing, else the one that is. An empty text is as good as none. */
function missing(fields: readonly [name: string, value: unknown][]): string | undefined {
  const absent = fields.filter(([, value]) => value === null || value === '').map(([name]) => `[${name}]`);
  return absent.length === 0 ? undefined : `${absent.join('/')} is required`;
}

/** Whether config and secrets together are enough to sign in. */
export function checkConnector({ config, secrets }: Details<EmailConfig, EmailSecrets>): string | undefined {
  if (config.service === EXCHANGE_SERVICE) return missing([['clientSecret', secrets.clientSecret]]);
  if (!config.hasAuth) return undefined;
  return missing([['user', secrets.user]]) ?? missing([['password', secrets.password]]);
}

/** Recipients, when params are validated: entries with a template in them are only known when the action runs. */
export function checkParams(params: EmailParams, { settings }: Pick<CheckContext, 'settings'>): string | undefined {
  return recipientProblem(params, settings, { templates: true });
}

/**
 * What must hold just before sending, in Kibana's order. Repeats the check of the recipients, now without templates,
 * and of the sender, because the allow-lists may have changed since the connector was saved.
 */
export function checkRun({
  config,
  params,
  settings,
  execution,
}: ActionContext<EmailConfig, EmailParams>): string | undefined {
  const problem = recipientProblem(params, settings, { templates: false }) ?? fromProblem(config.from, settings);
  if (problem !== undefined || execution.source === 'notification') return problem;
  if (params.messageHTML !== null) return 'HTML email can only be sent via notifications';
  if (params.attachments !== undefined) return 'Email attachments can only be sent via notifications';
  return undefined;
}

function recipientProblem(
  params: EmailParams,
  settings: TypeSettings,
  options: { templates: boolean },
): string | undefined {
  const recipients = withoutBlanks([...params.to, ...params.cc, ...params.bcc]);
  if (!recipients.some((entry) => parseAddressList(entry)?.length !== 0)) {
    return 'At least one entry in [to], [cc], or [bcc] is required';
  }
  const label = params.replyTo === undefined ? '[to/cc/bcc]' : '[to/cc/bcc/replyTo]';
  const entries = [...recipients, ...withoutBlanks(params.replyTo ?? [])];
  const problem = addressProblems(entries, addressRules(settings), options);
  return problem === undefined ? undefined : `${label}: ${problem}`;
}

/** The sender must be somebody; the recipients' list says nothing about senders. */
function fromProblem(from: string, settings: TypeSettings): string | undefined {
  const { domainAllowlist } = addressRules(settings);
  const problem =
    parseAddressList(from)?.length === 0
      ? `not valid emails: ${shown(from)}`
      : addressProblems([from], { domainAllowlist });
  return problem === undefined ? undefined : `[from]: ${problem}`;
}

function addressRules({ actions }: TypeSettings): AddressRules {
  return { domainAllowlist: actions.email.domainAllowlist, recipientAllowlist: actions.email.recipientAllowlist };
}

function passes(assertion: () => void): boolean {
  try {
    assertion();
    return true;
  } catch (error) {
    if (error instanceof EgressError) return false;
    throw error;
  }
}
