import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { connectorTypesQuery } from '../../../api/connectors.ts';
import type { ListedExecution } from '../../../api/executions.ts';
import { type Column, DataTable } from '../../../ui/DataTable.tsx';
import { Duration } from '../../../ui/Duration.tsx';
import { formatNumber, tame } from '../../../ui/format.ts';
import { RelativeTime } from '../../../ui/RelativeTime.tsx';
import { ExecutionStatus } from '../../../ui/Status.tsx';
import type { Search, Sort } from '../../../ui/view.ts';
import { sourceWords, listWords as words } from '../../../words/executions.ts';
import { between } from '../panel/advice.ts';
import { ConnectorCell } from './ConnectorCell.tsx';
import classes from './list.module.css';
import { MessageAndTime, MessageCell } from './MessageCell.tsx';

interface ExecutionRowsProps {
  readonly rows: readonly ListedExecution[];
  readonly isLoading: boolean;
  readonly skeletonRows?: number;
  readonly isNew?: (row: ListedExecution) => boolean;
  readonly currentId?: string;
  /** All rows are of one connector, so it is not named in each. */
  readonly isOfOne?: boolean;
  /** The query of the address that a row leads to; the page's own when left out. */
  readonly search?: Search;
  readonly newestFirst?: boolean;
  readonly onSort?: (newestFirst: boolean) => void;
  readonly empty: ReactNode;
}

/** No room for columns of messages and times: they stand below the names. */
const NARROW = '(width < 640px)';
const NEVER = Number.POSITIVE_INFINITY;

/** Executions as rows; each leads to its panel. */
export function ExecutionRows(props: ExecutionRowsProps) {
  const {
    rows,
    isLoading,
    skeletonRows,
    isNew,
    currentId,
    isOfOne = false,
    search,
    newestFirst,
    onSort,
    empty,
  } = props;
  const navigate = useNavigate();
  const isNarrow = useMediaQuery(NARROW, undefined, { getInitialValueInEffect: false });
  const { data: types } = useQuery(connectorTypesQuery);
  const typeName = (id: string) => types?.find((type) => type.id === id)?.name ?? id;

  // The link in the row is for keys and for a second tab; who clicks beside it means the same.
  const onClick = (event: MouseEvent<HTMLElement>) => {
    const target = event.target as HTMLElement;
    const id = target.closest<HTMLElement>('tr[data-row-id]')?.dataset.rowId;
    const isSelecting = getSelection()?.isCollapsed === false;
    if (id === undefined || isSelecting || target.closest('a, button') !== null) return;
    void navigate({ to: '/executions/$executionId', params: { executionId: id }, search: (search ?? true) as never });
  };

  const columns: Column<ListedExecution>[] = [
    {
      id: 'status',
      title: words.columns.status,
      width: 116,
      render: ({ status, execution_id, connector_name }) => (
        <Link
          to="/executions/$executionId"
          params={{ executionId: execution_id }}
          search={(search ?? true) as never}
          className={classes.rowLink}
          title={words.open(tame(connector_name, 80))}
        >
          <ExecutionStatus status={status} />
        </Link>
      ),
    },
    {
      id: 'connector',
      title: words.columns.connector,
      width: isNarrow ? undefined : 200,
      render: (row) => <ConnectorCell execution={row} typeName={typeName(row.connector_type_id)} isAll={isNarrow} />,
    },
    {
      id: 'type',
      title: words.columns.type,
      width: 130,
      from: 1080,
      render: ({ connector_type_id }) => tame(typeName(connector_type_id), 60),
    },
    {
      id: 'source',
      title: words.columns.source,
      width: 92,
      from: 820,
      render: ({ source }) => sourceWords[source] ?? source,
    },
    {
      id: 'message',
      title: words.columns.message,
      from: isNarrow && !isOfOne ? NEVER : undefined,
      render: (row) => (isNarrow ? <MessageAndTime execution={row} /> : <MessageCell execution={row} />),
    },
    {
      id: 'attempts',
      title: words.columns.attempts,
      width: 80,
      align: 'end',
      from: 940,
      render: ({ attempt_count }) => formatNumber(attempt_count),
    },
    {
      id: 'duration',
      title: words.columns.duration,
      width: 96,
      align: 'end',
      from: 720,
      render: ({ created_at, finished_at }) =>
        finished_at !== undefined && <Duration ms={between(created_at, finished_at)} />,
    },
    {
      id: 'created',
      title: words.columns.created,
      width: 118,
      align: 'end',
      from: isNarrow ? NEVER : undefined,
      isSortable: true,
      testSubj: 'connectorsTableCell-timestamp',
      render: ({ created_at }) => <RelativeTime at={created_at} />,
    },
  ];
  const sort: Sort | undefined = newestFirst === undefined ? undefined : { by: 'created', descending: newestFirst };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in each row is what keys use
    // biome-ignore lint/a11y/noStaticElementInteractions: the link in each row is what keys use
    <div onClick={onClick}>
      <DataTable
        label={words.table}
        rows={rows}
        rowId={(row) => row.execution_id}
        columns={isOfOne ? columns.filter(({ id }) => id !== 'connector' && id !== 'type') : columns}
        sort={sort}
        onSort={onSort && (() => onSort(!newestFirst))}
        isLoading={isLoading}
        skeletonRows={skeletonRows}
        currentId={currentId}
        rowClassName={(row) => (isNew?.(row) ? `${classes.row} ${classes.newRow}` : classes.row)}
        empty={empty}
        testSubj="executionsTable"
        rowTestSubj="executions-row"
      />
    </div>
  );
}
