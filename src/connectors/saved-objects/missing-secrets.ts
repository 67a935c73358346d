import { PatchbayError } from '../../errors.ts';
import type { AnyConnectorType, CheckContext } from '../define.ts';
import { validateConfig, validateConnector, validateSecrets } from '../validate.ts';

/**
 * Whether a connector cannot run without secrets, which no export holds. Kibana's rule: the type needs some, or else the
 * connector says so itself with `hasAuth`. Types without that field may need secrets for some configs only; their own
 * check knows.
 */
export function needsSecrets(
  type: AnyConnectorType,
  config: Readonly<Record<string, unknown>>,
  context: CheckContext,
): boolean {
  if (isRefused(() => validateSecrets(type, {}, context))) return true;
  if (typeof config.hasAuth === 'boolean') return config.hasAuth;
  let valid: Record<string, unknown>;
  try {
    valid = validateConfig(type, config, context);
  } catch (error) {
    // What is wrong with the config is said when the connector runs or is saved; it says nothing about secrets.
    if (error instanceof PatchbayError) return false;
    throw error;
  }
  return isRefused(() => validateConnector(type, { config: valid, secrets: {}, settings: context.settings }));
}

function isRefused(check: () => unknown): boolean {
  try {
    check();
    return false;
  } catch (error) {
    if (error instanceof PatchbayError) return true;
    throw error;
  }
}
