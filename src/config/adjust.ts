import { EMAIL_BODY_MAX } from './schema/email.ts';
import type { Settings } from './schema.ts';

const ALERT_HISTORY_ID = 'preconfigured-alert-history-es-index';

/**
 * What is only worth a warning. The texts are Kibana's. Host names, proxies and TLS settings that cannot be used are
 * reported by `egress/`, which reads the certificates too. Mutates `settings`.
 *
 * @returns the warnings
 */
export function adjustSettings(settings: Settings): string[] {
  const { actions } = settings.xpack;
  const warnings: string[] = [];

  if (Object.hasOwn(actions.preconfigured, ALERT_HISTORY_ID)) {
    delete actions.preconfigured[ALERT_HISTORY_ID];
    warnings.push(`Preconfigured connectors cannot have the id "${ALERT_HISTORY_ID}" because this is a reserved id.`);
  }

  const length = actions.email?.maximum_body_length;
  if (actions.email !== undefined && length !== undefined && length > EMAIL_BODY_MAX) {
    actions.email.maximum_body_length = EMAIL_BODY_MAX;
    warnings.push(
      `The configuration xpack.actions.email.maximum_body_length value ${length} is larger than the maximum setting of ${EMAIL_BODY_MAX} and the maximum value will be used instead`,
    );
  } else if (length === 0) {
    warnings.push(
      'The configuration xpack.actions.email.maximum_body_length is set to 0 and will result in sending empty emails',
    );
  }
  return warnings;
}
