import type { Execution } from '../../../api/executions.ts';
import { tame } from '../../../ui/format.ts';
import { RelativeTime } from '../../../ui/RelativeTime.tsx';
import { TypeIcon } from '../../../ui/TypeIcon.tsx';
import classes from './list.module.css';
import { MessageCell } from './MessageCell.tsx';

interface ConnectorCellProps {
  readonly execution: Execution;
  readonly typeName: string;
  /** With the time and what became of the execution below the name, where no other columns say it. */
  readonly isAll: boolean;
}

/** Which connector an execution is of. */
export function ConnectorCell({ execution, typeName, isAll }: ConnectorCellProps) {
  const { connector_name, connector_type_id } = execution;
  const name = <span className={classes.name}>{tame(connector_name, 80)}</span>;
  if (isAll) {
    return (
      <div className={classes.twoLines}>
        {name}
        <span className={classes.secondLine}>
          <RelativeTime at={execution.created_at} /> · <MessageCell execution={execution} />
        </span>
      </div>
    );
  }
  return (
    <span className={classes.connector} title={tame(connector_name)}>
      <TypeIcon typeId={connector_type_id} name={typeName} />
      {name}
    </span>
  );
}
