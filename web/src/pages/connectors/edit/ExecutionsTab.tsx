import { ExecutionTable } from '../../executions/ExecutionTable.tsx';
import { useEdit } from './edit-context.ts';

/** The executions of the connector. */
export function ExecutionsTab() {
  const { connector } = useEdit();
  return <ExecutionTable connectorId={connector.id} />;
}
