import { z } from 'zod';
import { optionalSection, section, setting } from '../setting.ts';
import { bytes, duration, filePath, flag, number, oneOf, oneOrMany, url } from '../types.ts';

const rateLimit = (name: string) =>
  section({
    limit: setting(number({ min: 1 }), {
      about: `How many ${name} calls a caller may make within the window.`,
      default: 100,
    }),
    lookbackWindow: setting(duration({ min: '1s' }), { about: 'The length of the window.', default: '1h' }),
  });

const tls = () => ({
  verificationMode: setting(oneOf('none', 'certificate', 'full'), {
    about: 'What is checked of the service’s certificate.',
  }),
  certificateAuthorities: setting(
    oneOrMany(filePath(), {
      of: 'path or list of paths',
      remedy: 'Give the path of a PEM file, or a list of such paths.',
    }),
    { about: 'PEM files of the authorities to trust.' },
  ),
  certificate: setting(filePath(), { about: 'PEM file of the client certificate.' }),
  key: setting(filePath(), { about: 'PEM file of its private key.' }),
});

/** Certificate and key only make sense together; the text is Kibana's. `name` is relative to `xpack.actions`. */
const tlsSection = (name: string) =>
  z
    .strictObject(tls())
    .superRefine(({ certificate, key }, context) => {
      if ((certificate === undefined) === (key === undefined)) return;
      const [missing, given] = certificate === undefined ? ['certificate', 'key'] : ['key', 'certificate'];
      context.addIssue({
        code: 'custom',
        message: `must specify [${name}.${missing}] when [${name}.${given}] is specified. Set both or neither.`,
      });
    })
    .optional();

const ears = z
  .strictObject({
    url: setting(url('http', 'https'), { about: 'The service that exchanges authorization codes.' }),
    enabled: setting(flag(), { about: 'Whether it is used.', unset: '`true` once its URL is set' }),
    enableExperimental: setting(flag(), { about: 'Whether its unfinished parts are used.' }),
    ssl: tlsSection('auth.ears.ssl'),
  })
  .transform((value) => ({ ...value, enabled: value.enabled ?? (value.url === undefined ? undefined : true) }))
  .prefault({});

const inboundEvents = section({
  enabled: setting(flag(), { about: 'Whether vendors may post events to connectors.', default: false }),
  maxBodyBytes: setting(bytes(), { about: 'The largest event.', default: '1mb' }),
  maxEmitted: setting(number({ min: 1, max: 250 }), { about: 'How many events one post may lead to.', default: 25 }),
  admission: z
    .strictObject({
      enabled: setting(flag(), { about: 'Whether the limits on posts in work apply.', default: true }),
      maxInFlight: setting(number({ min: 1, max: 100 }), { about: 'Posts in work at once.', default: 50 }),
      maxInFlightPerConnector: setting(number({ min: 1, max: 100 }), {
        about: 'The same for one connector.',
        default: 10,
      }),
    })
    .superRefine((value, context) => {
      if (value.maxInFlightPerConnector <= value.maxInFlight) return;
      context.addIssue({
        code: 'custom',
        path: ['maxInFlightPerConnector'],
        message: `Value must be equal to or lower than [${value.maxInFlight}]. Lower it, or raise inboundEvents.admission.maxInFlight.`,
      });
    })
    .prefault({}),
  rateLimit: section({
    enabled: setting(flag(), { about: 'Whether posts are limited in number.', default: true }),
    maxKeys: setting(number({ min: 1 }), { about: 'How many senders are counted at once.', default: 10_000 }),
    remoteAddress: section({
      limit: setting(number({ min: 1 }), { about: 'Posts from one address within the window.', default: 10 }),
      window: setting(duration({ min: '1s' }), { about: 'The length of the window.', default: '1m' }),
    }),
    connector: section({
      limit: setting(number({ min: 1, max: 1_500 }), {
        about: 'Posts to one connector within the window.',
        default: 300,
      }),
      window: setting(duration({ min: '1s' }), { about: 'The length of the window.', default: '1m' }),
    }),
  }),
});

/**
 * Settings of `xpack.actions` that Elastic's own services or Kibana's newest development line read. They are checked,
 * so that a `kibana.yml` of today or tomorrow is accepted as it is.
 */
export const forwardCompatible = {
  usage: section({
    url: setting(url('http', 'https'), {
      about: 'Where Elastic’s own service collects usage.',
      default: 'https://usage-api.usage-api/api/v1/usage',
    }),
    enabled: setting(flag(), { about: 'Whether usage is reported.' }),
    ca: optionalSection({ path: setting(filePath(), { about: 'PEM file of the authority to trust.' }) }),
  }),
  auth: section({
    oauth_authorization_code: section({
      rate_limits: section({ authorize: rateLimit('authorize'), callback: rateLimit('callback') }),
    }),
    ears,
  }),
  relay: section({
    url: setting(url('https'), { about: 'The relay service.' }),
    ssl: tlsSection('relay.ssl'),
    uiam: section({ enabled: setting(flag(), { about: 'Whether the relay is called with cloud credentials.' }) }),
  }),
  inboundEvents,
};
