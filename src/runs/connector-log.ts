import type { Logger } from 'pino';
import type { Connector } from '../connectors/connector.ts';
import type { ConnectorLog } from '../connectors/define.ts';

/** A logger for one run: its lines name connector, space and execution, and hold none of the connector's secrets. */
export function createConnectorLog(
  log: Logger,
  run: { connector: Connector; spaceId: string; executionId: string },
  redact: (text: string) => string,
): ConnectorLog {
  const fields = {
    connector_id: run.connector.id,
    connector_type_id: run.connector.typeId,
    space_id: run.spaceId,
    execution_id: run.executionId,
  };
  return {
    trace: (message) => log.trace(fields, redact(message)),
    debug: (message) => log.debug(fields, redact(message)),
    info: (message) => log.info(fields, redact(message)),
    warn: (message) => log.warn(fields, redact(message)),
    error: (message) => log.error(fields, redact(message)),
    fatal: (message) => log.fatal(fields, redact(message)),
  };
}
