import { describe, expect, test } from 'vitest';
import { settingsFrom } from './load.ts';
import { environmentName, settingsSchemaPaths } from './schema.ts';
import { valueAt } from './tree.ts';

function read(path: string, value: unknown): unknown {
  return valueAt(settingsFrom({ [path]: value }), path.split('.'));
}

describe('defaults', () => {
  const defaults = settingsFrom({}, '/srv/patchbay');

  test.each([
    ['server.host', 'localhost'],
    ['server.port', 5_601],
    ['server.maxPayload', 1_048_576],
    ['server.basePath', undefined],
    ['server.xsrf', { disableProtection: false, allowlist: [] }],
    ['path.data', '/srv/patchbay/data'],
    ['patchbay.admin', { username: 'admin' }],
    ['patchbay.connectorTypes', []],
    ['patchbay.egress', { deniedAddresses: [], allowedAddresses: [] }],
    ['patchbay.executions.retention', 90 * 86_400_000],
    [
      'patchbay.queue',
      {
        concurrency: 500,
        connectorConcurrency: 10,
        connectorTypeConcurrency: 200,
        rateLimit: { window: 1_000 },
        connectors: {},
        connectorTypes: {},
        circuit: { failures: 5, pause: 30_000, maxPause: 600_000 },
        timeout: 300_000,
      },
    ],
    ['patchbay.notices', []],
    ['elasticsearch', { ssl: { verificationMode: 'full' } }],
    ['xpack.eventLog', { logEntries: false, indexEntries: true }],
    ['xpack.encryptedSavedObjects', { keyRotation: { decryptionOnlyKeys: [] } }],
    ['notifications.connectors.default', {}],
    ['xpack.actions.allowedHosts', ['*']],
    ['xpack.actions.enabledActionTypes', ['*']],
    ['xpack.actions.preconfigured', {}],
    ['xpack.actions.preconfiguredAlertHistoryEsIndex', false],
    ['xpack.actions.proxyUrl', undefined],
    ['xpack.actions.proxyHeaders', undefined],
    ['xpack.actions.proxyBypassHosts', undefined],
    ['xpack.actions.proxyOnlyHosts', undefined],
    ['xpack.actions.ssl', {}],
    ['xpack.actions.customHostSettings', undefined],
    ['xpack.actions.maxResponseContentLength', 1_048_576],
    ['xpack.actions.responseTimeout', 60_000],
    ['xpack.actions.microsoftExchangeUrl', 'https://login.microsoftonline.com'],
    ['xpack.actions.microsoftGraphApiUrl', 'https://graph.microsoft.com/v1.0'],
    ['xpack.actions.microsoftGraphApiScope', 'https://graph.microsoft.com/.default'],
    ['xpack.actions.email', undefined],
    ['xpack.actions.enableFooterInEmail', true],
    ['xpack.actions.run', {}],
    ['xpack.actions.queued', { max: 1_000_000 }],
    ['xpack.actions.rateLimiter', {}],
    ['xpack.actions.webhook', { ssl: { pfx: { enabled: true } } }],
    ['xpack.actions.usage', { url: 'https://usage-api.usage-api/api/v1/usage' }],
    ['xpack.actions.auth.ears', {}],
    ['xpack.actions.auth.oauth_authorization_code.rate_limits.callback', { limit: 100, lookbackWindow: 3_600_000 }],
    ['xpack.actions.relay', { uiam: {} }],
    [
      'xpack.actions.inboundEvents',
      {
        enabled: false,
        maxBodyBytes: 1_048_576,
        maxEmitted: 25,
        admission: { enabled: true, maxInFlight: 50, maxInFlightPerConnector: 10 },
        rateLimit: {
          enabled: true,
          maxKeys: 10_000,
          remoteAddress: { limit: 10, window: 60_000 },
          connector: { limit: 300, window: 60_000 },
        },
      },
    ],
    ['xpack.task_manager.capacity', 10],
    ['xpack.task_manager.poll_interval', 500],
    ['xpack.task_manager.monitored_stats_required_freshness', 1_500],
    [
      'xpack.task_manager.monitored_task_execution_thresholds',
      { default: { warn_threshold: 80, error_threshold: 90 }, custom: {} },
    ],
    ['xpack.task_manager.discovery', { active_nodes_lookback: 30_000, interval: 10_000 }],
    ['xpack.task_manager.unsafe.exclude_task_types', []],
  ])('%s', (path, expected) => {
    expect(valueAt(defaults, path.split('.'))).toEqual(expected);
  });

  test('a partly given section keeps the other defaults', () => {
    expect(settingsFrom({ 'xpack.actions.webhook': {} }).xpack.actions.webhook).toEqual({
      ssl: { pfx: { enabled: true } },
    });
    expect(settingsFrom({ 'xpack.actions.webhook.ssl': {} }).xpack.actions.webhook.ssl.pfx.enabled).toBe(true);
  });
});

describe('values that are accepted', () => {
  test.each([
    ['server.port', 0, 0],
    ['server.port', '8080', 8080],
    ['server.host', '0.0.0.0', '0.0.0.0'],
    ['server.host', '::1', '::1'],
    ['server.name', 'bay', 'bay'],
    ['server.rewriteBasePath', 'false', false],
    ['xpack.actions.enableFooterInEmail', 'FALSE', false],
    ['xpack.actions.allowedHosts', [], []],
    [
      'xpack.actions.allowedHosts',
      ['a.example.com', '*', '10.0.0.1', '::1', '[::1]', 'my_service', 'API.example.com'],
      ['a.example.com', '*', '10.0.0.1', '::1', '[::1]', 'my_service', 'API.example.com'],
    ],
    ['xpack.actions.allowedHosts', '["a.example.com"]', ['a.example.com']],
    ['xpack.actions.enabledActionTypes', '[".email"]', ['.email']],
    ['xpack.actions.proxyOnlyHosts', '["a"]', ['a']],
    ['xpack.actions.proxyBypassHosts', '["a"]', ['a']],
    ['xpack.actions.email.domain_allowlist', '["a.com"]', ['a.com']],
    ['xpack.actions.email.recipient_allowlist', '["*@a.com"]', ['*@a.com']],
    ['xpack.actions.proxyHeaders', '{"Proxy-Authorization": "Basic abc"}', { 'Proxy-Authorization': 'Basic abc' }],
    ['xpack.actions.maxResponseContentLength', '512kb', 524_288],
    ['xpack.actions.maxResponseContentLength', 1000, 1_000],
    ['xpack.actions.responseTimeout', '20m', 1_200_000],
    ['xpack.actions.run.maxAttempts', '10', 10],
    [
      'xpack.actions.run.connectorTypeOverrides',
      [{ id: '.slack', maxAttempts: 5 }, { id: 'x' }],
      [{ id: '.slack', maxAttempts: 5 }, { id: 'x' }],
    ],
    ['xpack.actions.rateLimiter.email', {}, { limit: 500, lookbackWindow: 900_000 }],
    ['xpack.actions.ssl.verificationMode', 'certificate', 'certificate'],
    ['xpack.actions.email.domain_allowlist', [], []],
    ['xpack.actions.email.services.enabled', ['amazon-ses', '*'], ['amazon-ses', '*']],
    ['xpack.actions.email.maximum_body_length', 0, 0],
    ['xpack.actions.relay.url', 'https://relay.example.com', 'https://relay.example.com'],
    ['elasticsearch.hosts', 'http://es:9200', ['http://es:9200']],
    ['elasticsearch.hosts', '["http://a:1", "http://b:2"]', ['http://a:1', 'http://b:2']],
    [
      'patchbay.egress.deniedAddresses',
      ['10.0.0.0/8', '192.0.2.7', 'fd00::/8'],
      ['10.0.0.0/8', '192.0.2.7', 'fd00::/8'],
    ],
    [
      'patchbay.queue.connectors',
      { mail: { concurrency: 2 }, '[my.pager]': { rateLimit: { limit: 5 } } },
      { mail: { concurrency: 2 }, 'my.pager': { rateLimit: { limit: 5, window: 1_000 } } },
    ],
    ['patchbay.queue.connectorTypes', { '[.slack]': { concurrency: 20 } }, { '.slack': { concurrency: 20 } }],
    ['patchbay.queue.connectorTypes', '{".slack": {"concurrency": 20}}', { '.slack': { concurrency: 20 } }],
    [
      'patchbay.notices',
      [{ to: 'mail', params: { message: '{{reason}}' } }],
      [
        {
          to: 'mail',
          fallback: [],
          params: { message: '{{reason}}' },
          failures: 5,
          circuit: true,
          throttle: 3_600_000,
        },
      ],
    ],
    [
      'patchbay.notices',
      '[{"to": "mail", "fallback": ["pager"], "failures": 1, "circuit": false, "connectors": ["a"], "throttle": "5m"}]',
      [
        {
          to: 'mail',
          fallback: ['pager'],
          params: {},
          failures: 1,
          circuit: false,
          connectors: ['a'],
          throttle: 300_000,
        },
      ],
    ],
    ['patchbay.database.url', 'postgres://u:p@db/x', 'postgres://u:p@db/x'],
    ['xpack.task_manager.ephemeral_tasks', { enabled: true }, { enabled: true }],
  ])('%s: %j', (path, value, expected) => {
    expect(read(path, value)).toEqual(expected);
  });

  test('ears is enabled once it has a URL, unless it says otherwise', () => {
    const ears = (source: object) => settingsFrom({ 'xpack.actions.auth.ears': source }).xpack.actions.auth.ears;
    expect(ears({ url: 'https://ears.example.com' }).enabled).toBe(true);
    expect(ears({ url: 'https://ears.example.com', enabled: false }).enabled).toBe(false);
    expect(ears({}).enabled).toBeUndefined();
  });

  test('customHostSettings as list, dotted inside, and as JSON', () => {
    const expected = [
      { url: 'https://x', ssl: { verificationMode: 'none', certificateAuthoritiesFiles: ['/etc/ca.pem'] } },
    ];
    const ssl = { verificationMode: 'none', certificateAuthoritiesFiles: '/etc/ca.pem' };
    for (const value of [
      [{ url: 'https://x', ssl }],
      [{ url: 'https://x', 'ssl.verificationMode': 'none', 'ssl.certificateAuthoritiesFiles': ['/etc/ca.pem'] }],
      JSON.stringify([{ url: 'https://x', ssl }]),
    ]) {
      expect(read('xpack.actions.customHostSettings', value)).toEqual(expected);
    }
  });
});

test('every setting has its own environment variable', () => {
  expect(environmentName('xpack.actions.allowedHosts')).toBe('XPACK_ACTIONS_ALLOWEDHOSTS');
  expect(environmentName('xpack.task_manager.poll_interval')).toBe('XPACK_TASK_MANAGER_POLL_INTERVAL');
  const paths = settingsSchemaPaths();
  expect(new Set(paths.map(environmentName)).size).toBe(paths.length);
});
