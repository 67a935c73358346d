import { PatchbayError } from '../errors.ts';
import { checkConnector } from './check-connector.ts';
import { type Connector, namesOfSetSecrets } from './connector.ts';
import type { AnyConnectorType, CheckContext } from './define.ts';
import type { Registry } from './registry.ts';

/** One entry of `xpack.actions.preconfigured`, its secrets already merged in from the keystore. */
export interface PreconfiguredSetting {
  readonly name: string;
  readonly actionTypeId: string;
  readonly config: Record<string, unknown>;
  readonly secrets: Record<string, unknown>;
  readonly exposeConfig?: boolean;
}

export const ALERT_HISTORY_ID = 'preconfigured-alert-history-es-index';

/**
 * The connectors that exist in memory only, by id: those of the settings in their order, the alert history one if
 * wanted, and one per system type.
 *
 * @throws {PatchbayError} `setting_invalid` for a preconfigured connector of a system type
 */
export function inMemoryConnectors(options: {
  preconfigured: Readonly<Record<string, PreconfiguredSetting>>;
  alertHistory: boolean;
  registry: Registry;
}): ReadonlyMap<string, Connector> {
  const connectors = new Map<string, Connector>();
  if (options.alertHistory) connectors.set(ALERT_HISTORY_ID, alertHistoryConnector());
  for (const [id, setting] of Object.entries(options.preconfigured)) {
    if (options.registry.find(setting.actionTypeId)?.system) {
      throw new PatchbayError(
        'setting_invalid',
        `[xpack.actions.preconfigured.${id}.actionTypeId]: Setting system action types in preconfigured connectors are not allowed. Remove the entry: the server makes the connector of "${setting.actionTypeId}" itself.`,
      );
    }
    connectors.set(id, fromSetting(id, setting));
  }
  for (const { type } of options.registry.list()) {
    if (type.system) connectors.set(`system-connector-${type.id}`, systemConnector(type));
  }
  return connectors;
}

/**
 * Checks a preconfigured connector against its type, which Kibana does only when it runs. The connector stays listed
 * either way.
 *
 * @returns a sentence that names the connector and the field, or undefined when all is well
 */
export function preconfiguredProblem(
  connector: Connector,
  registry: Registry,
  context: CheckContext,
): string | undefined {
  const subject = `Preconfigured connector "${connector.id}" (${connector.typeId}) cannot run yet`;
  const type = registry.find(connector.typeId);
  if (type === undefined) {
    return `${subject}: connector type "${connector.typeId}" is not registered. Correct xpack.actions.preconfigured.${connector.id}.actionTypeId.`;
  }
  try {
    checkConnector(connector, type, context);
    return undefined;
  } catch (error) {
    if (!(error instanceof PatchbayError)) throw error;
    const part = error.code === 'secrets_invalid' ? 'secrets' : 'config';
    return `${subject}: ${error.message}. Correct xpack.actions.preconfigured.${connector.id}.${part}.`;
  }
}

function fromSetting(id: string, setting: PreconfiguredSetting): Connector {
  return inMemory({
    id,
    name: setting.name,
    typeId: setting.actionTypeId,
    config: setting.config,
    secrets: setting.secrets,
    origin: 'preconfigured',
    exposeConfig: setting.exposeConfig ?? false,
  });
}

// Id, name and index are Kibana's; clients and its documentation name them.
function alertHistoryConnector(): Connector {
  return inMemory({
    id: ALERT_HISTORY_ID,
    name: 'Alert history Elasticsearch index',
    typeId: '.index',
    config: { index: 'kibana-alert-history-default' },
    secrets: {},
    origin: 'preconfigured',
    exposeConfig: false,
  });
}

function systemConnector(type: AnyConnectorType): Connector {
  return inMemory({
    id: `system-connector-${type.id}`,
    name: type.name,
    typeId: type.id,
    config: {},
    secrets: {},
    origin: 'system',
    exposeConfig: false,
  });
}

/** A connector without a row. Also what `_test` and `_preview` run before anything is saved. */
export function inMemory(
  values: Pick<Connector, 'id' | 'name' | 'typeId' | 'config' | 'origin' | 'exposeConfig'> & {
    secrets: Record<string, unknown>;
  },
): Connector {
  const { secrets, ...rest } = values;
  return {
    ...rest,
    isMissingSecrets: false,
    tags: [],
    secretNames: namesOfSetSecrets(secrets),
    version: 0,
    readSecrets: () => secrets,
  };
}
