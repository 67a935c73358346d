import type { Auth } from '../connectors/auth.ts';
import { checkConnector } from '../connectors/check-connector.ts';
import type { Connector } from '../connectors/connector.ts';
import type { AnyConnectorType, CheckContext, Details } from '../connectors/define.ts';
import { secretValues } from '../connectors/form.ts';
import { createRedactor, type Redactor } from '../egress/redact.ts';
import type { SmtpServer, TlsOptions } from '../egress/types.ts';
import { withPartsOfUrls } from './redaction.ts';

/** Everything about a connector that is the same for each of its runs. Holds decrypted secrets: never log one. */
export interface PreparedConnector {
  readonly type: AnyConnectorType;
  readonly config: Record<string, unknown>;
  readonly baseUrl?: string;
  readonly otherBaseUrls?: readonly string[];
  readonly auth?: Auth;
  readonly tls?: TlsOptions;
  readonly smtp?: SmtpServer;
  readonly traits?: Readonly<Record<string, string>>;
  /** Blackens this connector's secrets, in every spelling they may travel in. */
  readonly redact: Redactor;
  readonly secretTexts: readonly string[];
}

/** Credentials that belong to the server and that only a type's `auth`, `target` and `tls` may see. */
export type ServerDetails = Details<unknown, unknown>['server'];

export interface Preparer {
  /**
   * Decrypts and checks a connector, once for as long as it does not change.
   *
   * @throws {PatchbayError} `config_invalid`, `secrets_invalid` in Kibana's words, or `secrets_unreadable`
   */
  prepare(connector: Connector, type: AnyConnectorType): PreparedConnector;
}

export function createPreparer(context: CheckContext, server: ServerDetails): Preparer {
  // By identity: a saved connector is a new object. What nobody holds any more is collected, its secrets with it.
  const prepared = new WeakMap<Connector, PreparedConnector>();

  return {
    prepare(connector, type) {
      const known = prepared.get(connector);
      if (known !== undefined) return known;
      const fresh = prepare(connector, type, context, server);
      prepared.set(connector, fresh);
      return fresh;
    },
  };
}

function prepare(
  connector: Connector,
  type: AnyConnectorType,
  context: CheckContext,
  server: ServerDetails,
): PreparedConnector {
  const { config, secrets } = checkConnector(connector, type, context, server);
  const details = { config, secrets, settings: context.settings, server };
  const secretTexts = withPartsOfUrls([...secretValues(type, config, secrets), ...secretsOfServer(type, server)]);
  return {
    type,
    config,
    baseUrl: type.target === undefined ? urlOf(config) : type.target(details),
    otherBaseUrls: type.otherTargets?.(details),
    auth: type.auth?.(details),
    tls: type.tls?.(details),
    smtp: type.smtp?.(details),
    traits: type.traits?.(details),
    redact: createRedactor(secretTexts),
    secretTexts,
  };
}

/** A cluster may repeat the server's own credentials as any target may repeat a connector's. */
function secretsOfServer({ reaches }: AnyConnectorType, server: ServerDetails): string[] {
  if (reaches !== 'elasticsearch') return [];
  const { password, apiKey, ssl } = server?.elasticsearch ?? {};
  return [password, apiKey, ssl?.passphrase].filter((secret): secret is string => secret !== undefined);
}

function urlOf(config: Record<string, unknown>): string | undefined {
  return typeof config.url === 'string' ? config.url : undefined;
}
