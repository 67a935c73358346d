import { Checkbox, Skeleton } from '@mantine/core';
import { ui } from '../words/ui.ts';
import classes from './DataTable.module.css';
import type { Column, DataTableProps } from './DataTable.tsx';
import { Icon } from './icons.tsx';

/** In the place of rows that are not drawn. */
export function Spacer({ height }: { height: number }) {
  return (
    <tbody aria-hidden="true">
      <tr>
        <td style={{ height, padding: 0, border: 0 }} />
      </tr>
    </tbody>
  );
}

/** Grey bars in the place of rows that come. */
export function SkeletonRows({ rows, columns }: { rows: number; columns: number }) {
  const cells = Array.from({ length: columns }, (_, column) => column);
  return (
    <tbody aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <tr key={row}>
          {cells.map((column) => (
            <td key={column}>
              <Skeleton height={12} width={column === 0 ? '70%' : '55%'} radius="xs" animate={false} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

/** The check box of the heading. */
export function SelectAll<Row>({
  rows,
  rowId,
  selection,
}: Required<Pick<DataTableProps<Row>, 'rows' | 'rowId' | 'selection'>>) {
  const { selected, onChange, canSelect } = selection;
  const ids = rows.filter((row) => canSelect?.(row) !== false).map(rowId);
  const chosen = ids.filter((id) => selected.has(id)).length;
  return (
    <Checkbox
      size="xs"
      aria-label={ui.selectAll}
      checked={ids.length > 0 && chosen === ids.length}
      indeterminate={chosen > 0 && chosen < ids.length}
      disabled={ids.length === 0}
      onChange={() => onChange(chosen === ids.length ? new Set() : new Set(ids))}
      data-test-subj="checkboxSelectAll"
    />
  );
}

type HeadingProps<Row> = { column: Column<Row> } & Pick<DataTableProps<Row>, 'sort' | 'onSort'>;

/** One heading; a button where the column can be sorted. */
export function Heading<Row>({ column, sort, onSort }: HeadingProps<Row>) {
  const { id, title, align, isSortable = false, isTitleHidden = false } = column;
  const isSorted = sort?.by === id;
  const direction = sort?.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" data-align={align} aria-sort={isSorted ? direction : undefined}>
      {isSortable && onSort !== undefined ? (
        <button
          type="button"
          className={classes.sort}
          title={ui.sortBy(title)}
          onClick={() => onSort({ by: id, descending: isSorted && !sort.descending })}
        >
          {title}
          <span className={classes.arrow} data-shown={isSorted || undefined}>
            <Icon name={isSorted && sort.descending ? 'down' : 'up'} size={12} />
          </span>
        </button>
      ) : (
        <span className={isTitleHidden ? classes.hidden : undefined}>{title}</span>
      )}
    </th>
  );
}
