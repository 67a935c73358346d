import { createRedactor } from '../egress/redact.ts';
import { PatchbayError } from '../errors.ts';
import type { Connector } from './connector.ts';
import type { AnyConnectorType, CheckContext, Details } from './define.ts';
import { secretValues } from './form.ts';
import { validateConfig, validateConnector, validateSecrets } from './validate.ts';
import type { Secrets } from './vault.ts';

/**
 * Checks a whole connector against its type, as at every run and, for preconfigured ones, at the start.
 *
 * Whoever saves a connector may see his own values in a refusal, and Kibana's texts hold them (`target url "https://…" is
 * not added to …`); whoever runs it or reads the log may not, so here the secrets are taken out of every message.
 *
 * @returns config and secrets as the schemas parsed them
 * @throws {PatchbayError} `config_invalid`, `secrets_invalid` in Kibana's words, or `secrets_unreadable`
 */
export function checkConnector(
  connector: Connector,
  type: AnyConnectorType,
  context: CheckContext,
  server?: Details<unknown, unknown>['server'],
): { config: Record<string, unknown>; secrets: Secrets } {
  const stored = connector.readSecrets();
  try {
    const config = validateConfig(type, connector.config, context) as Record<string, unknown>;
    const secrets = validateSecrets(type, stored, context) as Secrets;
    validateConnector(type, { config, secrets, settings: context.settings, server });
    return { config, secrets };
  } catch (error) {
    if (!(error instanceof PatchbayError)) throw error;
    const redact = createRedactor(secretValues(type, connector.config, stored));
    throw new PatchbayError(error.code, redact(error.message));
  }
}
