import type { Connector } from '../connectors/connector.ts';
import { notEnabled, notRegistered, type Registry } from '../connectors/registry.ts';
import { notFound } from '../connectors/store.ts';

/** Why no action of a connector can begin, in Kibana's words. */
export interface ConnectorProblem {
  readonly kind: 'not_found' | 'not_registered' | 'not_enabled' | 'missing_secrets';
  readonly message: string;
}

/** @param connector as found; undefined: there is none (any more) */
export function problemOf(
  registry: Pick<Registry, 'find' | 'isEnabled'>,
  connectorId: string,
  connector: Connector | undefined,
): ConnectorProblem | undefined {
  if (connector === undefined) return { kind: 'not_found', message: notFound(connectorId).message };
  const { typeId, name } = connector;
  if (registry.find(typeId) === undefined) return { kind: 'not_registered', message: notRegistered(typeId).message };
  // Whoever writes a connector into the configuration file has enabled its type by that.
  if (connector.origin === 'stored' && !registry.isEnabled(typeId)) {
    return { kind: 'not_enabled', message: notEnabled(typeId).message };
  }
  if (connector.isMissingSecrets) {
    const message = `Unable to execute action because no secrets are defined for the "${name}" connector.`;
    return { kind: 'missing_secrets', message };
  }
  return undefined;
}
