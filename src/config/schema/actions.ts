import { z } from 'zod';
import { optionalSection, requiredSetting, section, setting } from '../setting.ts';
import {
  bytes,
  duration,
  filePath,
  flag,
  hostName,
  hostNameOrAny,
  list,
  map,
  number,
  oneOf,
  oneOrMany,
  text,
  textLike,
  url,
} from '../types.ts';
import { email } from './email.ts';
import { forwardCompatible } from './forward.ts';

const verificationMode = () => oneOf('none', 'certificate', 'full');
const hosts = () => list(hostName(), { of: 'host names', example: '["localhost", "internal.example.com"]' });
const connectorTypeIds = (example: string) => list(text({ min: 1 }), { of: 'connector type ids', example });

const headerValue = () =>
  textLike(
    { name: 'text', remedy: 'Write the value in one line.', form: 'free of line breaks and control characters' },
    (value) => !/[\0-\x08\x0a-\x1f\x7f]/.test(value),
  );

const maxAttempts = () => number({ min: 1, max: 10 });

const customHost = z.strictObject({
  url: requiredSetting(text({ remedy: 'Write it like https://host:443 or smtp://host:25.' }), {
    about:
      'The server: `https://host[:port]` or `smtp://host[:port]`. One that cannot be used is left out with a warning.',
  }),
  smtp: optionalSection({
    ignoreTLS: setting(flag(), { about: 'Never uses TLS, even if the server offers it.' }),
    requireTLS: setting(flag(), { about: 'Fails if the server offers no TLS.' }),
  }),
  ssl: optionalSection({
    verificationMode: setting(verificationMode(), {
      about: 'Replaces `xpack.actions.ssl.verificationMode` for this server.',
    }),
    certificateAuthoritiesFiles: setting(
      oneOrMany(filePath(), {
        of: 'path or list of paths',
        remedy: 'Give the path of a PEM file, or a list of such paths.',
      }),
      { about: 'PEM files of the authorities to trust instead of the system’s; read at the start.' },
    ),
    certificateAuthoritiesData: setting(text(), { about: 'The same as PEM text.' }),
  }),
});

const details = (remedy: string) => map(z.unknown(), { of: 'the type’s own fields', remedy });

const preconfiguredConnector = z.strictObject({
  name: requiredSetting(text({ min: 1, remedy: 'Give the connector a name.' }), { about: 'Shown in lists.' }),
  actionTypeId: requiredSetting(text({ min: 1, remedy: 'Name its type, e.g. ".slack".' }), {
    about: 'The connector type, with its leading dot: `.email`.',
  }),
  config: setting(details('Write the fields of the config as a map.'), {
    about: 'The config, as the connector type documents it.',
    default: {},
  }),
  secrets: setting(details('Write the secrets as a map.'), {
    about: 'The secrets, as the connector type documents them. Best kept in the keystore.',
    default: {},
    secret: true,
  }),
  exposeConfig: setting(flag(), { about: 'Whether the API shows the config.', default: false }),
});

/** `xpack.actions.*`: Kibana's names, types, defaults and limits. */
export const actions = section({
  allowedHosts: setting(list(hostNameOrAny(), { of: 'host names or `*`', example: '["api.example.com"] or ["*"]' }), {
    about: 'The hosts that connectors may reach: exact names, or `*` for all. An empty list blocks every host.',
    default: ['*'],
  }),
  enabledActionTypes: setting(connectorTypeIds('[".email", ".slack"] or ["*"]'), {
    about: 'The connector types that may be used, with their leading dot, or `*` for all. An empty list disables all.',
    default: ['*'],
  }),
  preconfigured: setting(
    map(preconfiguredConnector, {
      of: 'connectors by id',
      key: 'id',
      remedy: 'Write a map of connector ids to connectors.',
    }),
    {
      about:
        'Connectors that exist from the start, in every space, and cannot be changed by the API. In YAML an id with a dot needs square brackets: `"[my.id]"`.',
      default: {},
    },
  ),
  preconfiguredAlertHistoryEsIndex: setting(flag(), {
    about: 'Adds the preconfigured connector that writes alerts to `kibana-alert-history-default`.',
    default: false,
  }),
  proxyUrl: setting(text({ min: 1, max: 10_000 }), {
    about: 'The proxy for all connectors, `http://` or `https://`, with credentials if it needs some.',
    secret: true,
  }),
  proxyHeaders: setting(
    map(headerValue(), { of: 'header names to values', remedy: 'Write a map of header names to texts.' }),
    {
      about: 'Headers for the proxy only.',
      secret: true,
    },
  ),
  proxyBypassHosts: setting(hosts(), { about: 'Hosts that are reached without the proxy: exact names.' }),
  proxyOnlyHosts: setting(hosts(), {
    about: 'The only hosts that are reached through the proxy. Ignored beside `proxyBypassHosts`.',
  }),
  ssl: section({
    verificationMode: setting(verificationMode(), {
      about: 'What is checked of a target’s certificate: nothing, its chain, or its chain and host name.',
      unset: 'acts as `full`',
    }),
    proxyVerificationMode: setting(verificationMode(), {
      about: 'The same for the certificate of the proxy.',
      unset: 'acts as `full`',
    }),
  }),
  customHostSettings: setting(list(customHost, { of: 'servers', example: '[{"url": "https://host:443"}]' }), {
    about: 'TLS and SMTP settings of single servers.',
  }),
  maxResponseContentLength: setting(bytes(), {
    about: 'The largest response body that is read from a target.',
    default: '1mb',
  }),
  responseTimeout: setting(duration({ min: '1ms' }), {
    about: 'The time for a whole request to a target. A connector type may ask for more.',
    default: '60s',
  }),
  microsoftExchangeUrl: setting(url('http', 'https'), {
    about: 'Where tokens for Microsoft Exchange come from.',
    default: 'https://login.microsoftonline.com',
  }),
  microsoftGraphApiUrl: setting(url('http', 'https'), {
    about: 'The Microsoft Graph API.',
    default: 'https://graph.microsoft.com/v1.0',
  }),
  microsoftGraphApiScope: setting(text({ min: 1 }), {
    about: 'The scope of tokens for Microsoft Graph.',
    default: 'https://graph.microsoft.com/.default',
  }),
  email,
  enableFooterInEmail: setting(flag(), {
    about: 'Whether emails end with a line that says who sent them.',
    default: true,
  }),
  run: section({
    maxAttempts: setting(maxAttempts(), {
      about: 'How often a queued action is attempted, the first time included.',
      unset: 'what the connector type says, else 3',
    }),
    connectorTypeOverrides: setting(
      list(
        z.strictObject({
          id: requiredSetting(text({ min: 1, remedy: 'Name a connector type, e.g. ".slack".' }), {
            about: 'The connector type. The first entry of a type counts; unknown types are ignored.',
          }),
          maxAttempts: setting(maxAttempts(), { about: 'As `run.maxAttempts`, for this type.' }),
        }),
        { of: 'overrides', example: '[{"id": ".slack", "maxAttempts": 5}]' },
      ),
      { about: 'Attempts by connector type.' },
    ),
  }),
  queued: section({
    max: setting(number({ min: 1 }), {
      about: 'How many actions may wait in the queue; more are refused.',
      default: 1_000_000,
    }),
  }),
  rateLimiter: section({
    email: optionalSection({
      limit: setting(number({ min: 1, max: 5_000 }), {
        about: 'Emails within the window; more are refused.',
        default: 500,
      }),
      lookbackWindow: setting(duration({ min: '1s', max: '1d' }), {
        about: 'The length of the window.',
        default: '15m',
      }),
    }),
  }),
  webhook: section({
    ssl: section({
      pfx: section({
        enabled: setting(flag(), { about: 'Whether webhook connectors may use PFX certificates.', default: true }),
      }),
    }),
  }),
  ...forwardCompatible,
});
