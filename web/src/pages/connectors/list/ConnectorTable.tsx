import { Button } from '@mantine/core';
import { memo, useMemo } from 'react';
import { useMay } from '../../../api/session.ts';
import { type Column, DataTable } from '../../../ui/DataTable.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { tame } from '../../../ui/format.ts';
import type { Sort } from '../../../ui/view.ts';
import { listWords as words } from '../../../words/list.ts';
import { DayCell, LastRunCell, TypeCell, UsedCell } from './cells.tsx';
import classes from './List.module.css';
import { NameCell } from './NameCell.tsx';
import { RowActions } from './RowActions.tsx';
import { RowMenu } from './RowMenu.tsx';
import { DESCENDING_FIRST, type Row } from './rows.ts';

interface ConnectorTableProps {
  readonly rows: readonly Row[];
  readonly isLoading: boolean;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
  readonly currentId: string | undefined;
  readonly onDelete: (row: Row) => void;
  readonly onExport: (row: Row) => void;
  readonly onClearFilters: () => void;
}

const idOf = (row: Row) => row.id;

// A row stays the same object while one searches, so what was drawn of it can stay as well.
const cells = {
  NameCell: memo(NameCell),
  TypeCell: memo(TypeCell),
  LastRunCell: memo(LastRunCell),
  DayCell: memo(DayCell),
  UsedCell: memo(UsedCell),
  RowActions: memo(RowActions),
  RowMenu: memo(RowMenu),
};

/** The rows of the list. */
export function ConnectorTable(props: ConnectorTableProps) {
  const { rows, isLoading, sort, onSort, selected, onSelect, currentId, onDelete, onExport, onClearFilters } = props;
  const mayDelete = useMay('delete');
  const columns = useMemo(() => columnsOf(onDelete, onExport), [onDelete, onExport]);
  return (
    <div className={classes.table}>
      <DataTable
        label={words.table}
        rows={rows}
        rowId={idOf}
        columns={columns}
        isLoading={isLoading}
        sort={sort}
        onSort={(next) =>
          onSort(next.by !== sort.by && DESCENDING_FIRST.includes(next.by) ? { ...next, descending: true } : next)
        }
        selection={
          mayDelete
            ? { selected, onChange: onSelect, labelOf: labelOf, canSelect: (row) => !row.connector.is_preconfigured }
            : undefined
        }
        currentId={currentId}
        rowClassName={(row) => (row.block === 'type-disabled' ? classes.off : undefined)}
        empty={
          <EmptyState
            icon="search"
            title={words.noMatch}
            actions={
              <Button variant="default" onClick={onClearFilters}>
                {words.clear}
              </Button>
            }
          >
            {words.noMatchHint}
          </EmptyState>
        }
        testSubj="actionsTable"
        rowTestSubj="connectors-row"
      />
    </div>
  );
}

const labelOf = (row: Row) => tame(row.connector.name, 60);

function columnsOf(onDelete: (row: Row) => void, onExport: (row: Row) => void): Column<Row>[] {
  const { columns } = words;
  return [
    {
      id: 'name',
      title: columns.name,
      isSortable: true,
      render: (row) => <cells.NameCell row={row} />,
      testSubj: 'connectorsTableCell-name',
    },
    {
      id: 'type',
      title: columns.type,
      width: 128,
      from: 720,
      isSortable: true,
      render: (row) => <cells.TypeCell row={row} />,
      testSubj: 'connectorsTableCell-actionType',
    },
    {
      id: 'last',
      title: columns.last,
      from: 540,
      isSortable: true,
      render: (row) => <cells.LastRunCell row={row} />,
    },
    {
      id: 'day',
      title: columns.day,
      width: 112,
      from: 900,
      isSortable: true,
      render: (row) => <cells.DayCell row={row} />,
    },
    {
      id: 'used',
      title: columns.used,
      width: 96,
      from: 960,
      isSortable: true,
      render: (row) => <cells.UsedCell row={row} />,
    },
    {
      id: 'actions',
      title: columns.actions,
      isTitleHidden: true,
      width: 120,
      from: 640,
      align: 'end',
      render: (row) => <cells.RowActions row={row} onDelete={onDelete} />,
    },
    {
      id: 'more',
      title: columns.more,
      isTitleHidden: true,
      width: 52,
      align: 'end',
      render: (row) => <cells.RowMenu row={row} onDelete={onDelete} onExport={onExport} />,
    },
  ];
}
