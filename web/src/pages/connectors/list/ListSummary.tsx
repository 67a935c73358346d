import { Button, Skeleton } from '@mantine/core';
import { useMay } from '../../../api/session.ts';
import { Icon } from '../../../ui/icons.tsx';
import { Status } from '../../../ui/Status.tsx';
import { listWords as words } from '../../../words/list.ts';
import classes from './List.module.css';
import type { Row } from './rows.ts';

interface ListSummaryProps {
  readonly found: number;
  /** Undefined while it is loading. */
  readonly all: number | undefined;
  /** What is shown could not be read again. */
  readonly isStale: boolean;
  readonly chosen: readonly Row[];
  readonly onDelete: () => void;
  readonly onExport: () => void;
  readonly isExporting: boolean;
  readonly onClear: () => void;
}

/** One line of fixed height above the table: how many there are, and what can be done with those that are selected. */
export function ListSummary(props: ListSummaryProps) {
  const { found, all, isStale, chosen, onDelete, onExport, isExporting, onClear } = props;
  const mayDelete = useMay('delete');
  return (
    <div className={classes.summary}>
      <span role="status" data-test-subj="connectorSummary">
        {all === undefined ? <Skeleton width={96} height={12} animate={false} /> : words.summary(found, all)}
      </span>
      {isStale && <Status tone="warning">{words.refreshFailed}</Status>}
      {chosen.length > 0 && (
        <div className={classes.chosen}>
          <span className={classes.count}>{words.selection.selected(chosen.length)}</span>
          {mayDelete && (
            <Button
              size="compact-sm"
              color="red"
              leftSection={<Icon name="trash" size={14} />}
              onClick={onDelete}
              data-test-subj="bulkDelete"
            >
              {words.selection.delete(chosen.length)}
            </Button>
          )}
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<Icon name="download" size={14} />}
            loading={isExporting}
            onClick={onExport}
            data-test-subj="bulkExport"
          >
            {words.selection.export(chosen.length)}
          </Button>
          <Button size="compact-sm" variant="subtle" onClick={onClear}>
            {words.selection.clear}
          </Button>
        </div>
      )}
    </div>
  );
}
