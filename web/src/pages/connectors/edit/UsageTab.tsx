import { Skeleton, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { usageQuery } from '../../../api/connectors.ts';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { Failure } from '../../../ui/Failure.tsx';
import { tame } from '../../../ui/format.ts';
import { edit as words } from '../../../words/edit.ts';
import classes from './edit.module.css';
import { useEdit } from './edit-context.ts';

/** What sends through the connector. */
export function UsageTab() {
  const { connector } = useEdit();
  const usage = useQuery(usageQuery);
  if (usage.isError)
    return <Failure title={words.usageFailed} error={usage.error} onRetry={() => void usage.refetch()} />;
  if (usage.data === undefined) return <Skeleton height={120} />;
  // Ids are anybody's choice, also `constructor`.
  const uses = Object.hasOwn(usage.data, connector.id) ? usage.data[connector.id]! : [];
  if (uses.length === 0)
    return (
      <EmptyState icon="link" title={words.usageNone}>
        {words.usageNoneText}
      </EmptyState>
    );
  return (
    <>
      <p className={classes.text}>{words.usageLead}</p>
      <Table aria-label={words.usageTable}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{words.usageName}</Table.Th>
            <Table.Th>{words.usageKind}</Table.Th>
            <Table.Th>{words.usageRole}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {uses.map(({ kind, name, role = '' }) => (
            <Table.Tr key={`${kind} ${name} ${role}`}>
              <Table.Td>{tame(name)}</Table.Td>
              <Table.Td>{words.kinds[kind] ?? tame(kind)}</Table.Td>
              <Table.Td>{words.roles[role] ?? tame(role)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}
