import { ActionIcon, Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMay } from '../../../api/session.ts';
import { tame } from '../../../ui/format.ts';
import { Icon } from '../../../ui/icons.tsx';
import { listWords } from '../../../words/list.ts';
import classes from './List.module.css';
import type { Row } from './rows.ts';

const words = listWords.actions;

/** Why a connector cannot be tested; undefined when it can. */
export function testProblem(row: Row, mayExecute: boolean): string | undefined {
  if (row.block !== undefined) return listWords.block[row.block];
  return mayExecute ? undefined : words.testForbidden;
}

/** Fix, test and delete; what is not possible stays in its place and says why. */
export function RowActions({ row, onDelete }: { row: Row; onDelete: (row: Row) => void }) {
  const mayUpdate = useMay('update');
  const mayDelete = useMay('delete');
  const problem = testProblem(row, useMay('execute'));
  const name = tame(row.connector.name, 60);
  const link = { params: { connectorId: row.id }, search: true } as const;
  return (
    <div className={classes.actions}>
      {row.block === 'missing-secrets' && mayUpdate && (
        <Button
          size="compact-xs"
          variant="default"
          title={words.fixHint}
          renderRoot={(props) => <Link to="/connectors/$connectorId/config" {...link} {...props} />}
          data-test-subj="fixConnectorButton"
        >
          {words.fix}
        </Button>
      )}
      {problem === undefined ? (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={words.test(name)}
          title={words.test(name)}
          renderRoot={(props) => <Link to="/connectors/$connectorId/test" {...link} {...props} />}
          data-test-subj="runConnector"
        >
          <Icon name="play" />
        </ActionIcon>
      ) : (
        <OffButton icon="play" label={words.test(name)} reason={problem} testSubj="runConnector" />
      )}
      {/* Leaves its place free, so that the buttons of all rows stand below each other. */}
      {row.connector.is_preconfigured ? (
        <span className={classes.noButton} />
      ) : mayDelete ? (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={words.delete(name)}
          title={words.delete(name)}
          onClick={() => onDelete(row)}
          data-test-subj="deleteConnector"
        >
          <Icon name="trash" />
        </ActionIcon>
      ) : (
        <OffButton icon="trash" label={words.delete(name)} reason={words.deleteForbidden} testSubj="deleteConnector" />
      )}
    </div>
  );
}

interface OffButtonProps {
  readonly icon: 'play' | 'trash';
  readonly label: string;
  readonly reason: string;
  readonly testSubj: string;
}

/** Can still be reached with the keyboard, because its name says why it does nothing. */
function OffButton({ icon, label, reason, testSubj }: OffButtonProps) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      data-disabled
      aria-disabled="true"
      aria-label={`${label}: ${reason}`}
      title={reason}
      data-test-subj={testSubj}
    >
      <Icon name={icon} />
    </ActionIcon>
  );
}
