import { describe, expect, test } from 'vitest';
import { settingsFrom } from './load.ts';
import { allSettings } from './schema.ts';

const ACTIONS = 'xpack.actions';

function problem(source: Record<string, unknown>): string {
  try {
    settingsFrom(source);
  } catch (error) {
    expect(error).toMatchObject({ code: 'setting_invalid' });
    return (error as Error).message;
  }
  return 'accepted';
}

describe('values that are refused, in Kibana’s words and with a remedy', () => {
  test.each([
    [
      'xpack.actions.run.maxAttempts',
      0,
      'Value must be equal to or greater than [1]. Set a whole number from 1 to 10.',
    ],
    [
      'xpack.actions.run.maxAttempts',
      11,
      'Value must be equal to or lower than [10]. Set a whole number from 1 to 10.',
    ],
    ['xpack.actions.run.maxAttempts', 1.5, 'Value must be a whole number.'],
    ['xpack.actions.run.maxAttempts', 'many', 'expected value of type [number] but got [string].'],
    ['xpack.actions.queued.max', 0, 'Value must be equal to or greater than [1].'],
    ['xpack.actions.inboundEvents.maxEmitted', 251, 'Value must be equal to or lower than [250].'],
    ['xpack.actions.inboundEvents.admission.maxInFlight', 101, 'Value must be equal to or lower than [100].'],
    ['xpack.actions.inboundEvents.admission.maxInFlightPerConnector', 51, 'Value must be equal to or lower than [50].'],
    ['xpack.actions.inboundEvents.rateLimit.remoteAddress.limit', 0, 'Value must be equal to or greater than [1].'],
    ['xpack.actions.inboundEvents.rateLimit.connector.limit', 1501, 'Value must be equal to or lower than [1500].'],
    ['xpack.actions.rateLimiter.email.limit', 5001, 'Value must be equal to or lower than [5000].'],
    [
      'xpack.actions.allowedHosts',
      'a.example.com',
      'expected value of type [array] but got [string]. Write a list, e.g.',
    ],
    ['xpack.actions.allowedHosts', null, 'expected value of type [array] but got [null].'],
    [
      'xpack.actions.enableFooterInEmail',
      'yes',
      'expected value of type [boolean] but got [string]. Write true or false.',
    ],
    ['xpack.actions.proxyHeaders', [], 'expected value of type [object] but got [Array].'],
    ['xpack.actions.maxResponseContentLength', '1 megabyte', 'value is not a size. Write a whole number with a unit'],
    ['xpack.actions.maxResponseContentLength', 0, 'Value must be equal to or greater than [1b].'],
    ['xpack.actions.responseTimeout', '1 minute', 'value is not a duration. Write a whole number with a unit'],
    ['xpack.actions.responseTimeout', '25d', 'Value must be equal to or lower than [24d].'],
    ['xpack.actions.responseTimeout', 0, 'Value must be equal to or greater than [1ms].'],
    ['xpack.actions.microsoftExchangeUrl', 'login', 'value must be a URL of the scheme [http] or [https].'],
    ['xpack.actions.relay.url', 'http://relay', 'value must be a URL of the scheme [https].'],
    ['server.name', 7, 'expected value of type [string] but got [number]. Put the value in double quotes'],
    ['server.port', 65_536, 'Value must be equal to or lower than [65535].'],
    ['server.basePath', '/x/', 'value must be a path that starts with a slash and does not end with one.'],
    ['server.basePath', 'x', 'value must be a path that starts with a slash'],
    ['server.maxPayload', 'huge', 'value is not a size.'],
    ['patchbay.database.url', 'mysql://db', 'value must be a URL of the scheme [postgres] or [postgresql].'],
    ['patchbay.admin.password', '', 'value has length [0] but it must have a minimum length of [1].'],
    ['patchbay.queue.concurrency', 0, 'Value must be equal to or greater than [1].'],
    ['patchbay.queue.connectorConcurrency', 1_001, 'Value must be equal to or lower than [1000].'],
    ['patchbay.queue.connectorTypeConcurrency', 10_001, 'Value must be equal to or lower than [10000].'],
    ['patchbay.queue.rateLimit.limit', 0, 'Value must be equal to or greater than [1].'],
    ['patchbay.queue.connectors.a.concurrency', 0, 'Value must be equal to or greater than [1].'],
    ['patchbay.queue.connectors.a.rateLimit.limit', 10_001, 'Value must be equal to or lower than [10000].'],
    [
      'patchbay.queue.circuit.maxPause',
      '29s',
      'Value must not be shorter than [patchbay.queue.circuit.pause]. Raise it, or lower the pause.',
    ],
    ['patchbay.queue.timeout', '99ms', 'Value must be equal to or greater than [100ms].'],
    ['elasticsearch.hosts', 'es:9200', 'value must be a URL of the scheme [http] or [https]'],
    [
      'xpack.encryptedSavedObjects.encryptionKey',
      'x'.repeat(31),
      'value has length [31] but it must have a minimum length of [32].',
    ],
    ['xpack.task_manager.capacity', 4, 'Value must be equal to or greater than [5].'],
    ['xpack.task_manager.monitored_stats_required_freshness', 400, 'Value must be equal to or greater than [500].'],
    ['xpack', null, 'expected value of type [object] but got [null].'],
    ['server', 'x', 'expected value of type [object] but got [string].'],
  ])('%s: %j', (path, value, text) => {
    const message = problem({ [path]: value });
    expect(message.startsWith(`[${path}]: ${text}`) || message.startsWith(`[${path}.0]: ${text}`), message).toBe(true);
  });

  test.each([
    '*.example.com',
    'https://a.example.com',
    'a.example.com:443',
    'a.example.com/x',
    '',
    'a b',
    '-a.com',
    'ä.com',
  ])('allowedHosts does not take %j', (host) => {
    expect(problem({ 'xpack.actions.allowedHosts': ['ok.com', host] })).toContain(
      '[xpack.actions.allowedHosts.1]: value must be a valid hostname or [*]. Write a bare host name such as api.example.com',
    );
  });

  test.each(['10.0.0.0/33', '10.0.0/8', 'fd00::/129', 'example.com', 'fe80::1%eth0', '10.0.0.0/8/8', '10.0.0.0/', ''])(
    'deniedAddresses does not take %j',
    (range) => {
      expect(problem({ 'patchbay.egress.deniedAddresses': [range] })).toContain(
        '[patchbay.egress.deniedAddresses.0]: value must be an address or a CIDR range.',
      );
    },
  );

  test('alternatives are listed one a line', () => {
    expect(problem({ 'xpack.actions.ssl.verificationMode': 'maybe' })).toBe(
      [
        '[xpack.actions.ssl.verificationMode]: types that failed validation:',
        '- [xpack.actions.ssl.verificationMode.0]: expected value to equal [none]',
        '- [xpack.actions.ssl.verificationMode.1]: expected value to equal [certificate]',
        '- [xpack.actions.ssl.verificationMode.2]: expected value to equal [full]',
        'Use one of none, certificate, full.',
      ].join('\n'),
    );
  });

  test('a custom host without its URL', () => {
    expect(problem({ 'xpack.actions.customHostSettings': [{}] })).toContain(
      '[xpack.actions.customHostSettings.0.url]: expected value of type [string] but got [undefined].',
    );
  });

  test('customHostSettings may not have an empty list of files', () => {
    expect(
      problem({ 'xpack.actions.customHostSettings': [{ url: 'https://x', ssl: { certificateAuthoritiesFiles: [] } }] }),
    ).toContain(
      '[xpack.actions.customHostSettings.0.ssl.certificateAuthoritiesFiles]: array size is [0], but cannot be smaller than [1].',
    );
  });

  test('header values of one line', () => {
    expect(problem({ 'xpack.actions.proxyHeaders': { a: 'x\r\nb: y' } })).toContain(
      '[xpack.actions.proxyHeaders.a]: value must be free of line breaks and control characters.',
    );
  });

  test.each(['ears', 'relay'])('certificate and key of %s go together', (name) => {
    const full = name === 'ears' ? 'auth.ears' : 'relay';
    expect(problem({ [`${ACTIONS}.${full}.ssl.certificate`]: 'a.pem' })).toContain(
      `must specify [${full}.ssl.key] when [${full}.ssl.certificate] is specified.`,
    );
    expect(problem({ [`${ACTIONS}.${full}.ssl.key`]: 'a.pem' })).toContain(
      `must specify [${full}.ssl.certificate] when [${full}.ssl.key] is specified.`,
    );
  });

  test('only emails can be rate limited', () => {
    expect(problem({ 'xpack.actions.rateLimiter.slack': { limit: 1 } })).toContain(
      'Rate limiter configuration for connector type "slack" is not supported. Supported types: email',
    );
  });

  test('settings that contradict each other', () => {
    expect(problem({ 'server.rewriteBasePath': true })).toContain(
      '[server.rewriteBasePath]: cannot be true without a base path.',
    );
    expect(problem({ 'server.ssl.enabled': true, 'server.ssl.key': 'k' })).toContain(
      '[server.ssl.certificate]: missing',
    );
    expect(problem({ 'server.ssl.enabled': true, 'server.ssl.certificate': 'c' })).toContain(
      '[server.ssl.key]: missing',
    );
    expect(problem({ elasticsearch: { username: 'u', password: 'p', apiKey: 'k' } })).toContain(
      '[elasticsearch.apiKey]: cannot be used together',
    );
    expect(problem({ 'elasticsearch.password': 'p' })).toContain('[elasticsearch.username]: missing');
    expect(problem({ 'elasticsearch.username': 'u' })).toContain('[elasticsearch.password]: missing');
    expect(problem({ 'elasticsearch.ssl.key': 'k' })).toContain('[elasticsearch.ssl.certificate]: missing');
    expect(problem({ 'xpack.task_manager.monitored_task_execution_thresholds.default.warn_threshold': 95 })).toContain(
      'warn_threshold must be',
    );
  });

  test('an encryption key is either in use or former', () => {
    const key = 'k'.repeat(32);
    expect(
      problem({
        'xpack.encryptedSavedObjects': { encryptionKey: key, 'keyRotation.decryptionOnlyKeys': ['o'.repeat(32), key] },
      }),
    ).toContain('`keyRotation.decryptionOnlyKeys` cannot contain primary encryption key specified in `encryptionKey`.');
    expect(problem({ 'xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys': ['short'] })).toContain(
      '[xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys.0]: value has length [5]',
    );
  });
});

describe('email', () => {
  test.each([
    [{}, '[xpack.actions.email]: email.domain_allowlist or email.services must be defined'],
    [
      { domain_allowlist: ['a.com'], recipient_allowlist: ['*@a.com'] },
      '[xpack.actions.email]: email.domain_allowlist and email.recipient_allowlist can not be used at the same time',
    ],
    [
      { recipient_allowlist: [] },
      '[xpack.actions.email.recipient_allowlist]: array size is [0], but cannot be smaller than [1]',
    ],
    [
      { recipient_allowlist: null },
      '[xpack.actions.email.recipient_allowlist]: expected value of type [array] but got [null]',
    ],
    [{ services: {} }, '[xpack.actions.email.services]: email.services.enabled or email.services.ses must be defined'],
    [
      { services: { enabled: [] } },
      '[xpack.actions.email.services.enabled]: array size is [0], but cannot be smaller than [1]',
    ],
    [
      { services: { enabled: ['smtp'] } },
      '[xpack.actions.email.services.enabled.0]: types that failed validation:\n- [xpack.actions.email.services.enabled.0.0]: expected value to equal [google-mail]',
    ],
    [
      { services: { ses: { host: 'h' } } },
      '[xpack.actions.email.services.ses.port]: expected value of type [number] but got [undefined]',
    ],
    [
      { services: { ses: { port: 465 } } },
      '[xpack.actions.email.services.ses.host]: expected value of type [string] but got [undefined]',
    ],
    [{ services: { ses: { host: '', port: 465 } } }, '[xpack.actions.email.services.ses.host]: value has length [0]'],
    [
      { services: { ses: { host: 'h', port: 65_536 } } },
      '[xpack.actions.email.services.ses.port]: Value must be equal to or lower than [65535].',
    ],
    [
      { maximum_body_length: -1 },
      '[xpack.actions.email.maximum_body_length]: Value must be equal to or greater than [0].',
    ],
  ])('%j is refused', (email, text) => {
    expect(problem({ 'xpack.actions.email': email })).toContain(text);
  });

  test('SES needs no list of services', () => {
    const email = { services: { ses: { host: 'ses.example.com', port: '465' } } };
    expect(settingsFrom({ 'xpack.actions.email': email }).xpack.actions.email?.services?.ses).toEqual({
      host: 'ses.example.com',
      port: 465,
    });
  });
});

describe('names that do not exist', () => {
  test.each([
    ['xpack.actions.alowedHosts', 'Did you mean [xpack.actions.allowedHosts]?'],
    ['xpack.actions.proxy.url', 'Did you mean [xpack.actions.proxyUrl]?'],
    ['xpack.actions.enabled', 'It was removed in 8.0.'],
    ['xpack.actions.somethingElse', 'Remove it; docs/settings.md lists every name.'],
    ['xpack.encryptedSavedObjects.encryption_key', 'Did you mean [xpack.encryptedSavedObjects.encryptionKey]?'],
    ['patchbay.admin.pasword', 'Did you mean [patchbay.admin.password]?'],
    ['patchbay.somethingElse', 'Remove it'],
    ['patchbay.queue.connectorConcurency', 'Did you mean [patchbay.queue.connectorConcurrency]?'],
  ])('%s is refused', (path, remedy) => {
    const message = problem({ [path]: 'canary-4711' });
    expect(message).toContain(`[${path}]: definition for this key is missing. ${remedy}`);
    expect(message).not.toContain('canary');
  });

  test('in the limits of the queue', () => {
    const limits = { concurrency: 1 };
    expect(problem({ 'patchbay.queue.connectorTypes': { '.slack': limits } })).toContain(
      '[patchbay.queue.connectorTypes..slack]: definition for this key is missing. An id with a dot needs square brackets in YAML: "[.slack]".',
    );
    expect(problem({ 'patchbay.queue.connectors': { 'my.own.id': { rateLimit: { limit: 1 } } } })).toContain(
      'An id with a dot needs square brackets in YAML: "[my.own.id]".',
    );
    expect(problem({ 'patchbay.queue.connectors': { a: { ratelimit: { limit: 1 } } } })).toContain(
      '[patchbay.queue.connectors.a.ratelimit.limit]: definition for this key is missing. Remove it',
    );
    expect(problem({ 'patchbay.queue.connectors': { a: { rateLimit: {} } } })).toContain(
      '[patchbay.queue.connectors.a.rateLimit.limit]: expected value of type [number]',
    );
  });

  test('in a notice', () => {
    expect(problem({ 'patchbay.notices': [{ params: {} }] })).toContain(
      '[patchbay.notices.0.to]: expected value of type [string] but got [undefined]. Name the id of a connector.',
    );
    expect(problem({ 'patchbay.notices': [{ to: 'mail', throtle: '1m' }] })).toContain(
      'Did you mean [patchbay.notices.0.throttle]?',
    );
  });

  test('inside a custom host', () => {
    expect(
      problem({ 'xpack.actions.customHostSettings': [{ url: 'https://x', 'ssl.rejectUnauthorized': true }] }),
    ).toContain(
      '[xpack.actions.customHostSettings.0.ssl.rejectUnauthorized]: definition for this key is missing. Replace it by ssl.verificationMode',
    );
  });

  test('several mistakes: the first in full, the others by name', () => {
    const message = problem({ 'xpack.actions.run.maxAttempts': 0, 'server.port': -1, 'xpack.actions.x': 1 });
    expect(message).toMatch(/^\[xpack\.actions\.x\]: definition/);
    expect(message).toContain('Also wrong: [server.port], [xpack.actions.run.maxAttempts].');
  });
});

test('an error never repeats a value', () => {
  for (const { path } of allSettings()) {
    for (const value of ['canary\n4711\0', { canary: 'canary' }, ['canary'], '{"canary": ']) {
      const message = problem({ [path]: value });
      // Names are shown; only what stands as a value must not be.
      expect(message.replaceAll(/\[[^\]]*\]/g, ''), path).not.toContain('canary');
    }
  }
});
