import { Checkbox } from '@mantine/core';
import { type MouseEvent, memo } from 'react';
import { ui } from '../words/ui.ts';
import classes from './DataTable.module.css';
import type { Column } from './DataTable.tsx';

interface TableRowProps<Row> {
  readonly row: Row;
  readonly id: string;
  readonly index: number;
  readonly columns: readonly Column<Row>[];
  /** Undefined without check boxes. */
  readonly isSelected: boolean | undefined;
  readonly canSelect: boolean;
  /** What the check box is for. */
  readonly label: string;
  readonly onSelect: (index: number, isOn: boolean, isRange: boolean) => void;
  readonly isCurrent: boolean;
  readonly className?: string;
  readonly testSubj?: string;
}

function Row<T>({
  row,
  id,
  index,
  columns,
  isSelected,
  canSelect,
  label,
  onSelect,
  isCurrent,
  className = '',
  testSubj,
}: TableRowProps<T>) {
  return (
    <tr
      data-index={index}
      data-row-id={id}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-current={isCurrent || undefined}
      className={`${classes.row} ${className}`}
      data-test-subj={testSubj}
    >
      {isSelected !== undefined && (
        <td className={classes.box}>
          <Checkbox
            size="xs"
            aria-label={ui.selectRow(label)}
            checked={isSelected}
            disabled={!canSelect}
            onClick={(event: MouseEvent<HTMLInputElement>) =>
              onSelect(index, event.currentTarget.checked, event.shiftKey)
            }
            onChange={() => {}}
            data-test-subj={`checkboxSelectRow-${id}`}
          />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.id} data-align={column.align} data-test-subj={column.testSubj}>
          {column.render(row)}
        </td>
      ))}
    </tr>
  );
}

/** One row of a table. While one scrolls, those that stay in sight are not drawn again, if `columns` stays the same array. */
export const TableRow = memo(Row) as typeof Row;
