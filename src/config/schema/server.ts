import { hostname } from 'node:os';
import { z } from 'zod';
import { section, setting } from '../setting.ts';
import { bytes, filePath, flag, hostName, list, number, oneOf, text, textLike, url } from '../types.ts';

const basePath = () =>
  textLike(
    {
      name: 'path',
      remedy: 'Write it like /patchbay.',
      form: 'a path that starts with a slash and does not end with one',
    },
    (value) => /^\/[\w.~%!$&'()*+,;=:@/-]*[^/]$/.test(value),
  );

const requestPath = () =>
  textLike(
    { name: 'path', remedy: 'Write it like /api/actions/connector.', form: 'a path that starts with a slash' },
    (value) => value.startsWith('/'),
  );

/** `server.*`. Names, defaults and rules are those of Kibana's HTTP service. */
export const server = z
  .strictObject({
    host: setting(hostName(), {
      about: 'The name or address to listen on; `0.0.0.0` for every one.',
      default: 'localhost',
    }),
    port: setting(number({ min: 0, max: 65_535 }), {
      about: 'The port to listen on; `0` takes a free one, which the ready line then names.',
      default: 5601,
    }),
    name: setting(text({ min: 1, max: 255 }), {
      about: 'The name of this server, answered in the header `kbn-name` and by `/api/status`.',
      unset: 'the machine’s host name',
    }).transform((name) => name ?? hostname()),
    publicBaseUrl: setting(url('http', 'https'), {
      about: 'The address under which people reach this server; links in messages begin with it.',
      unset: 'messages have no links',
    }),
    basePath: setting(basePath(), { about: 'The path under which a reverse proxy serves Patchbay.' }),
    rewriteBasePath: setting(flag(), {
      about: 'Whether Patchbay itself takes `server.basePath` off incoming requests (the proxy does not).',
      default: false,
    }),
    maxPayload: setting(bytes(), { about: 'The largest request body that is read.', default: '1mb' }),
    xsrf: section({
      disableProtection: setting(flag(), {
        about:
          'Accepts changing requests without the `kbn-xsrf` header. Any web page could then call the API with a visitor’s session.',
        default: false,
      }),
      allowlist: setting(list(requestPath(), { of: 'paths', example: '["/api/actions/connector"]' }), {
        about: 'Paths that need no `kbn-xsrf` header.',
        default: [],
      }),
    }),
    ssl: section({
      enabled: setting(flag(), { about: 'Serves HTTPS instead of HTTP.', default: false }),
      certificate: setting(filePath(), { about: 'PEM file of the server’s certificate and its chain.' }),
      key: setting(filePath(), { about: 'PEM file of the private key.' }),
      keyPassphrase: setting(text(), { about: 'The passphrase of the private key.', secret: true }),
    }),
  })
  .superRefine((value, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (value.rewriteBasePath && value.basePath === undefined) {
      refuse(['rewriteBasePath'], 'cannot be true without a base path. Set [server.basePath] too.');
    }
    if (value.ssl.enabled && value.ssl.certificate === undefined) {
      refuse(
        ['ssl', 'certificate'],
        'missing although [server.ssl.enabled] is true. Name the PEM file of the certificate.',
      );
    }
    if (value.ssl.enabled && value.ssl.key === undefined) {
      refuse(['ssl', 'key'], 'missing although [server.ssl.enabled] is true. Name the PEM file of the private key.');
    }
  })
  .prefault({});

/** `path.*`, `status.*`, `logging.*`. */
export const processSettings = {
  path: section({
    data: setting(filePath(), {
      about:
        'The folder of the embedded database, the encryption key and the keystore. Relative to the working folder.',
      default: './data',
    }),
  }),
  status: section({
    allowAnonymous: setting(flag(), {
      about: 'Whether `/api/status` answers in full without credentials; otherwise only the overall state.',
      default: false,
    }),
  }),
  logging: section({
    root: section({
      level: setting(oneOf('all', 'trace', 'debug', 'info', 'warn', 'error', 'fatal', 'off'), {
        about: 'The least severe lines that are logged.',
        default: 'info',
      }),
    }),
  }),
};
