import { z } from 'zod';
import { urlProblem } from '../../connectors/checks.ts';
import type { CheckContext, Details } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';

// The mode is a field of the config, and decides about the fields of both parts.
const withBasic = { when: { field: 'usesBasic', is: [true] } };
const withUrl = { when: { field: 'usesBasic', is: [false] } };

export const config = z.strictObject({
  configUrl: f
    .url('Initiation URL', 'The full URL of the trigger in xMatters, without credentials.', withBasic)
    .nullable()
    .default(null),
  usesBasic: f
    .flag('Basic authentication', 'On: user and password. Off: the URL holds an API key and is stored as a secret.')
    .default(true),
});
export type Config = z.output<typeof config>;

export const secrets = z.strictObject({
  user: f
    .text('Username', undefined, { ...withBasic, secret: false })
    .nullable()
    .default(null),
  password: f.secret('Password', undefined, withBasic).nullable().default(null),
  secretsUrl: f
    .secret('Initiation URL', 'The full URL of the trigger with its API key: https://…?apiKey=…', {
      ...withUrl,
      placeholder: 'https://example.xmatters.com/api/integration/1/functions/…/triggers?apiKey=…',
    })
    .nullable()
    .default(null),
});
export type Secrets = z.output<typeof secrets>;

/** The texts of all these rules are Kibana's, and so is their order. @returns the first problem */
export function configProblem({ configUrl, usesBasic }: Config, { egress }: CheckContext): string | undefined {
  if (!usesBasic || !configUrl) return undefined;
  return urlProblem(configUrl, egress, {
    prefix: 'Error configuring xMatters action',
    unparsable: 'unable to parse url: Invalid URL',
  });
}

/** Here an empty text counts as missing. @returns the first problem */
export function secretsProblem({ user, password, secretsUrl }: Secrets, context: CheckContext): string | undefined {
  if (!user && !password && !secretsUrl) return 'Provide either secretsUrl link or user/password to authenticate';
  if (secretsUrl) {
    return user || password
      ? 'Cannot use user/password for URL authentication. Provide valid secretsUrl or use Basic Authentication.'
      : secretsUrlProblem(secretsUrl, context);
  }
  return user && password ? undefined : 'Both user and password must be specified.';
}

function secretsUrlProblem(url: string, { egress }: CheckContext): string | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    return `Invalid secretsUrl: ${String(error)}`;
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    return `Invalid secretsUrl: the URL must begin with http:// or https://, not with ${parsed.protocol}`;
  }
  // what it throws is the refusal
  egress.assertUrlAllowed(url);
  return undefined;
}

/** Whether config and secrets are of one mode; here only null counts as missing. @returns the first problem */
export function connectorProblem({ config, secrets }: Details<Config, Secrets>): string | undefined {
  const { configUrl, usesBasic } = config;
  const { user, password, secretsUrl } = secrets;
  if (usesBasic) {
    if (secretsUrl !== null) return 'secretsUrl should not be provided when usesBasic is true';
    if (user === null) return 'Provide valid Username';
    if (password === null) return 'Provide valid Password';
    return configUrl === null ? 'Provide valid configUrl' : undefined;
  }
  if (user !== null || password !== null) {
    return 'Username and password should not be provided when usesBasic is false';
  }
  if (configUrl !== null) return 'configUrl should not be provided when usesBasic is false';
  return secretsUrl === null ? 'Provide valid secretsUrl with API Key' : undefined;
}

export const params = z.strictObject({
  alertActionGroupName: f
    .text(
      'Action group',
      'What the alert does, e.g. "Recovered". Without it and the signal, xMatters takes it for a test.',
    )
    .optional(),
  signalId: f.text('Signal', 'Identifies the alert in xMatters, e.g. the ids of rule and alert.').optional(),
  ruleName: f.text('Rule name').optional(),
  date: f.text('Date').optional(),
  severity: f.text('Severity', 'Any text; an empty one is sent as "High".', {
    widget: 'select',
    options: { critical: 'Critical', high: 'High', medium: 'Medium', low: 'Low', minimal: 'Minimal' },
  }),
  spaceId: f.text('Space').optional(),
  tags: f.text('Tags', 'Separated by commas.').optional(),
});
export type Params = z.output<typeof params>;
