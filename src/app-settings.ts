import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Settings } from './config/schema.ts';
import type { CheckContext, TypeSettings } from './connectors/define.ts';
import type { VaultSettings } from './connectors/open-vault.ts';
import type { EgressOptions } from './egress/index.ts';
import type { Egress } from './egress/types.ts';
import { PatchbayError } from './errors.ts';
import type { ServerOptions } from './http/server.ts';
import type { HealthSettings } from './queue/health-sections.ts';
import type { QueueOptions } from './queue/queue.ts';
import type { ServerDetails } from './runs/prepare.ts';
import { PATCHBAY_VERSION } from './version.ts';

/** What each part is told of the settings: the one place where their names turn into the parts' own options. */

export function toEgressOptions(settings: Settings, log: Logger): EgressOptions {
  const { actions } = settings.xpack;
  return {
    allowedHosts: actions.allowedHosts,
    proxyUrl: actions.proxyUrl,
    proxyHeaders: actions.proxyHeaders,
    proxyBypassHosts: actions.proxyBypassHosts,
    proxyOnlyHosts: actions.proxyOnlyHosts,
    ssl: actions.ssl,
    customHostSettings: actions.customHostSettings,
    maxResponseContentLength: actions.maxResponseContentLength,
    responseTimeout: actions.responseTimeout,
    deniedAddresses: settings.patchbay.egress.deniedAddresses,
    allowedAddresses: settings.patchbay.egress.allowedAddresses,
    operatorOrigins: settings.elasticsearch.hosts?.map((host) => new URL(host).origin),
    userAgent: `Patchbay/${PATCHBAY_VERSION}`,
    log: { warn: (message) => log.warn(message) },
  };
}

export function toCheckContext(settings: Settings, egress: Egress): CheckContext {
  return { settings: toTypeSettings(settings), egress };
}

function toTypeSettings({ server, elasticsearch, patchbay, xpack: { actions } }: Settings): TypeSettings {
  return {
    elasticsearch: elasticsearch.hosts === undefined ? undefined : { hosts: elasticsearch.hosts },
    publicBaseUrl: server.publicBaseUrl,
    slackApiUrl: patchbay.slackApiUrl,
    actions: {
      enableFooterInEmail: actions.enableFooterInEmail,
      microsoftExchangeUrl: actions.microsoftExchangeUrl,
      microsoftGraphApiUrl: actions.microsoftGraphApiUrl,
      microsoftGraphApiScope: actions.microsoftGraphApiScope,
      email: {
        domainAllowlist: actions.email?.domain_allowlist,
        recipientAllowlist: actions.email?.recipient_allowlist,
        servicesEnabled: actions.email?.services?.enabled ?? ['*'],
        ses: actions.email?.services?.ses,
        maximumBodyLength: actions.email?.maximum_body_length,
      },
      webhookPfxEnabled: actions.webhook.ssl.pfx.enabled,
    },
  };
}

export function toQueueOptions({ patchbay, xpack }: Settings): QueueOptions {
  const { queue } = patchbay;
  const { run, queued } = xpack.actions;
  const taskManager = xpack.task_manager;
  return {
    concurrency: queue.concurrency,
    connectorConcurrency: queue.connectorConcurrency,
    connectorTypeConcurrency: queue.connectorTypeConcurrency,
    rateLimit: queue.rateLimit,
    connectors: queue.connectors,
    connectorTypes: queue.connectorTypes,
    circuit: queue.circuit,
    timeout: queue.timeout,
    attempts: { maxAttempts: run.maxAttempts, overrides: run.connectorTypeOverrides },
    maxQueued: queued.max,
    pollMs: taskManager.poll_interval,
    stuckAfterMs: taskManager.monitored_stats_health_verbose_log.warn_delayed_task_start_in_seconds * 1_000,
    excludedTaskTypes: taskManager.unsafe.exclude_task_types,
  };
}

export function toHealthSettings({ patchbay, xpack }: Settings): HealthSettings {
  const taskManager = xpack.task_manager;
  const { default: usual, custom } = taskManager.monitored_task_execution_thresholds;
  const toThreshold = (values: typeof usual) => ({ warn: values.warn_threshold, error: values.error_threshold });
  return {
    capacity: patchbay.queue.concurrency,
    pollIntervalMs: taskManager.poll_interval,
    requiredFreshnessMs: taskManager.monitored_stats_required_freshness,
    refreshRateMs: taskManager.monitored_aggregated_stats_refresh_rate,
    window: taskManager.monitored_stats_running_average_window,
    thresholds: {
      default: toThreshold(usual),
      custom: Object.fromEntries(Object.entries(custom).map(([type, values]) => [type, toThreshold(values)])),
    },
    pausedTaskTypes: taskManager.unsafe.exclude_task_types,
  };
}

/** Credentials of the server's own Elasticsearch. @throws {PatchbayError} `setting_invalid` for an unreadable file */
export function toServerDetails({ elasticsearch }: Settings): ServerDetails {
  if (elasticsearch.hosts === undefined) return {};
  const { ssl } = elasticsearch;
  const read = (name: string, path: string | undefined) =>
    path === undefined ? undefined : readPem(`elasticsearch.ssl.${name}`, path);
  return {
    elasticsearch: {
      hosts: elasticsearch.hosts,
      username: elasticsearch.username,
      password: elasticsearch.password,
      apiKey: elasticsearch.apiKey,
      ssl: {
        verificationMode: ssl.verificationMode,
        ca: ssl.certificateAuthorities
          ?.map((path) => readPem('elasticsearch.ssl.certificateAuthorities', path))
          .join('\n'),
        cert: read('certificate', ssl.certificate),
        key: read('key', ssl.key),
        passphrase: ssl.keyPassphrase,
      },
    },
  };
}

export function toVaultSettings({ path, xpack }: Settings): VaultSettings {
  const { encryptionKey, keyRotation } = xpack.encryptedSavedObjects;
  return { encryptionKey, decryptionOnlyKeys: keyRotation.decryptionOnlyKeys, dataDir: path.data };
}

/** @throws {PatchbayError} `setting_invalid` for a certificate or key that is unreadable or no PEM, or that do not belong together */
export function toServerOptions({ server }: Settings): ServerOptions {
  return {
    name: server.name,
    basePath: server.basePath,
    rewriteBasePath: server.rewriteBasePath,
    maxPayload: server.maxPayload,
    xsrf: server.xsrf,
    isSecure: server.ssl.enabled || server.publicBaseUrl?.startsWith('https:') === true,
    ssl: server.ssl.enabled ? readServerTls(server.ssl) : undefined,
  };
}

function readServerTls({
  certificate,
  key,
  keyPassphrase,
}: Settings['server']['ssl']): NonNullable<ServerOptions['ssl']> {
  const tls = {
    cert: readPem('server.ssl.certificate', certificate!),
    key: readPem('server.ssl.key', key!),
    passphrase: keyPassphrase,
  };
  const cert = usable('server.ssl.certificate', 'a PEM file of the certificate', () => new X509Certificate(tls.cert));
  const hint =
    keyPassphrase === undefined
      ? ', and its passphrase in server.ssl.keyPassphrase if it has one'
      : ', and its right passphrase';
  const privateKey = usable('server.ssl.key', `a PEM file of the private key${hint}`, () => createPrivateKey(tls));
  if (cert.checkPrivateKey(privateKey)) return tls;
  throw new PatchbayError(
    'setting_invalid',
    '[server.ssl.key]: is not the key of server.ssl.certificate. Name the two files that belong together.',
  );
}

/** What OpenSSL says of a bad file is of no use to an operator, and may quote it. */
function usable<T>(setting: string, wanted: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new PatchbayError('setting_invalid', `[${setting}]: the file cannot be used. Name ${wanted}.`, {
      cause: error,
    });
  }
}

function readPem(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new PatchbayError(
      'setting_invalid',
      `[${setting}]: cannot read ${path} (${code}). Name a PEM file that this user may read.`,
    );
  }
}
