import { z } from 'zod';
import { section, setting } from '../setting.ts';
import { addressRange, duration, filePath, list, oneOf, oneOrMany, text, textLike, url } from '../types.ts';
import { notices, queue } from './queue.ts';

const ranges = () => list(addressRange(), { of: 'CIDR ranges', example: '["10.0.0.0/8", "fd00::/8"]' });

const certificates = () =>
  oneOrMany(filePath(), {
    of: 'path or list of paths',
    remedy: 'Give the path of a PEM file, or a list of such paths.',
  });

/** `patchbay.*`: what Kibana has no setting for. */
export const patchbay = section({
  database: section({
    url: setting(url('postgres', 'postgresql'), {
      about: 'The PostgreSQL database that holds everything, e.g. `postgres://user:password@db.example.com/patchbay`.',
      unset: 'an embedded PostgreSQL under `path.data`',
      secret: true,
    }),
  }),
  admin: section({
    username: setting(text({ min: 1, max: 255 }), { about: 'The name of the first administrator.', default: 'admin' }),
    password: setting(text({ min: 1, max: 1_024 }), {
      about: 'The password of the first administrator.',
      unset: 'one is made at the first start and printed once',
      secret: true,
    }),
  }),
  connectorTypes: setting(
    list(text({ min: 1, name: 'path', remedy: 'Give a path or a glob.' }), {
      of: 'paths',
      example: '["./connector-types/*.ts"]',
    }),
    { about: 'Files or globs of connector types of your own. Relative to the working folder.', default: [] },
  ),
  egress: section({
    deniedAddresses: setting(ranges(), {
      about:
        'Addresses that no connector may reach, on top of the ones that are always refused. Wins over `allowedAddresses`.',
      default: [],
    }),
    allowedAddresses: setting(ranges(), {
      about:
        'Addresses that connectors may reach although they are link-local, metadata, unspecified, multicast or reserved addresses, which are refused otherwise.',
      default: [],
    }),
  }),
  executions: section({
    retention: setting(duration({ min: '1h', max: '100Y' }), {
      about: 'How long the records of finished executions are kept.',
      default: '90d',
    }),
  }),
  slackApiUrl: setting(url('http', 'https'), {
    about: 'The Web API of Slack that `.slack_api` connectors call. GovSlack has one of its own.',
    default: 'https://slack.com/api/',
  }),
  queue,
  notices,
});

const elasticsearchUrl = () =>
  textLike(
    {
      name: 'URL or list of URLs',
      remedy: 'Write it like https://es.example.com:9200, without credentials.',
      form: 'a URL of the scheme [http] or [https] without credentials',
    },
    (value) => {
      const parsed = URL.parse(value);
      return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === '';
    },
  );

/** `elasticsearch.*`: where the `.index` connector writes. */
export const elasticsearch = z
  .strictObject({
    hosts: setting(
      oneOrMany(elasticsearchUrl(), {
        of: 'URL or list of URLs',
        remedy: 'Write it like https://es.example.com:9200, or a list of such URLs.',
      }),
      { about: 'The nodes of one Elasticsearch or OpenSearch cluster.', unset: '`.index` connectors cannot run' },
    ),
    username: setting(text({ min: 1 }), { about: 'User name for HTTP Basic.' }),
    password: setting(text(), { about: 'Password for HTTP Basic.', secret: true }),
    apiKey: setting(text({ min: 1 }), {
      about: 'API key in its encoded form, instead of user name and password.',
      secret: true,
    }),
    ssl: section({
      verificationMode: setting(oneOf('none', 'certificate', 'full'), {
        about: 'What is checked of the certificate: nothing, its chain, or its chain and host name.',
        default: 'full',
      }),
      certificateAuthorities: setting(certificates(), {
        about: 'PEM files of the authorities to trust instead of the system’s.',
      }),
      certificate: setting(filePath(), { about: 'PEM file of the client certificate.' }),
      key: setting(filePath(), { about: 'PEM file of the client certificate’s private key.' }),
      keyPassphrase: setting(text(), { about: 'The passphrase of that key.', secret: true }),
    }),
  })
  .superRefine((value, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (value.apiKey !== undefined && value.username !== undefined) {
      refuse(['apiKey'], 'cannot be used together with [elasticsearch.username]. Remove one of the two.');
    }
    if (value.password !== undefined && value.username === undefined) {
      refuse(['username'], 'missing although [elasticsearch.password] is set. Set it, or remove the password.');
    }
    if (value.username !== undefined && value.password === undefined) {
      refuse(['password'], 'missing although [elasticsearch.username] is set. Set it, best in the keystore.');
    }
    const { certificate, key } = value.ssl;
    if ((certificate === undefined) !== (key === undefined)) {
      const missing = certificate === undefined ? 'certificate' : 'key';
      const given = certificate === undefined ? 'key' : 'certificate';
      refuse(['ssl', missing], `missing although [elasticsearch.ssl.${given}] is set. Name the other PEM file too.`);
    }
  })
  .prefault({});
