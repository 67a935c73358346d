import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Settings } from './config/schema.ts';
import type { CheckContext, TypeSettings } from './connectors/define.ts';
import type { VaultSettings } from './connectors/open-vault.ts';
import type { EgressOptions } from './egress/index.ts';
import type { Egress } from './egress/types.ts';
import { PatchbayError } from './errors.ts';
import type { ServerOptions } from './http/server.ts';
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

function toTypeSettings({ server, elasticsearch, xpack: { actions } }: Settings): TypeSettings {
  return {
    elasticsearch: elasticsearch.hosts === undefined ? undefined : { hosts: elasticsearch.hosts },
    publicBaseUrl: server.publicBaseUrl,
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

export function toServerOptions({ server }: Settings): ServerOptions {
  const { ssl } = server;
  return {
    name: server.name,
    basePath: server.basePath,
    rewriteBasePath: server.rewriteBasePath,
    maxPayload: server.maxPayload,
    xsrf: server.xsrf,
    ssl: ssl.enabled
      ? {
          cert: readPem('server.ssl.certificate', ssl.certificate!),
          key: readPem('server.ssl.key', ssl.key!),
          passphrase: ssl.keyPassphrase,
        }
      : undefined,
  };
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
