import { Checkbox, Skeleton } from '@mantine/core';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useContext, useRef } from 'react';
import { ui } from '../words/ui.ts';
import classes from './DataTable.module.css';
import { Icon } from './icons.tsx';
import { ScrollParent } from './scroll-parent.ts';
import { useRows } from './use-rows.ts';
import { useWidth } from './use-width.ts';
import type { Sort } from './view.ts';

export interface Column<Row> {
  readonly id: string;
  /** Heading; with `isTitleHidden` for screen readers only. */
  readonly title: string;
  readonly isTitleHidden?: boolean;
  /** Pixels; the columns without share what is left. */
  readonly width?: number;
  /** Numbers and buttons stand at the end. */
  readonly align?: 'start' | 'end';
  readonly isSortable?: boolean;
  /** Left out while the table is narrower than this many pixels. */
  readonly from?: number;
  /** One line of 40 pixels; what is longer is cut. */
  readonly render: (row: Row) => ReactNode;
  /** On every cell of the column. */
  readonly testSubj?: string;
}

/** Check boxes in front of the rows. */
export interface Selection<Row> {
  readonly selected: ReadonlySet<string>;
  readonly onChange: (selected: ReadonlySet<string>) => void;
  /** What the check box is for, e.g. the row's name. */
  readonly labelOf: (row: Row) => string;
  /** Rows that cannot be chosen have a disabled box. */
  readonly canSelect?: (row: Row) => boolean;
}

interface DataTableProps<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
  /** Shown in the heading; the caller sorts. */
  readonly sort?: Sort;
  readonly onSort?: (sort: Sort) => void;
  readonly selection?: Selection<Row>;
  /** Draws grey rows in the place of those that come. */
  readonly isLoading?: boolean;
  /** How many grey rows; 8 when left out. */
  readonly skeletonRows?: number;
  /** In the place of the rows when there are none. */
  readonly empty?: ReactNode;
  /** A row to mark, such as the one whose panel is open. */
  readonly currentId?: string;
  readonly rowClassName?: (row: Row) => string | undefined;
  readonly testSubj?: string;
  readonly rowTestSubj?: string;
}

export const ROW_HEIGHT = 40;
/** Pixels that a column without a width should have at least. */
const FLEXIBLE_MIN = 100;

/**
 * Rows of 40 pixels under a sticky heading. Only those in sight are drawn, so 10,000 are no burden. Arrow keys, Home
 * and End move between the rows' first links; `x` selects; Shift selects all in between.
 */
export function DataTable<Row>({
  label,
  rows,
  rowId,
  columns,
  sort,
  onSort,
  selection,
  isLoading = false,
  skeletonRows = 8,
  empty,
  currentId,
  rowClassName,
  testSubj,
  rowTestSubj,
}: DataTableProps<Row>) {
  const element = useRef<HTMLDivElement>(null);
  const width = useWidth(element);
  const lastChosen = useRef<number | undefined>(undefined);
  const shown = columns.filter(({ from = 0 }) => width >= from);
  // More than fits even so: scrolls sideways, at the price of a heading that no longer stays.
  const needed = shown.reduce((sum, column) => sum + (column.width ?? FLEXIBLE_MIN), selection === undefined ? 0 : 40);
  const { before, after, visible, reveal } = useRows(isLoading ? 0 : rows.length, element, useContext(ScrollParent));
  const columnCount = shown.length + (selection === undefined ? 0 : 1);

  function select(index: number, isOn: boolean, isRange: boolean) {
    const from = isRange ? (lastChosen.current ?? index) : index;
    const next = new Set(selection!.selected);
    for (const row of rows.slice(Math.min(from, index), Math.max(from, index) + 1)) {
      if (selection!.canSelect?.(row) === false) continue;
      if (isOn) next.add(rowId(row));
      else next.delete(rowId(row));
    }
    lastChosen.current = index;
    selection!.onChange(next);
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    const target = event.target as HTMLElement;
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches('input:not([type=checkbox]), textarea'))
      return;
    const index = Number(target.closest<HTMLElement>('[data-index]')?.dataset.index ?? Number.NaN);
    if (Number.isNaN(index)) return;
    if (event.key === 'x' && selection !== undefined) {
      event.preventDefault();
      return select(index, !selection.selected.has(rowId(rows[index]!)), false);
    }
    const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined || to < 0 || to >= rows.length) return;
    event.preventDefault();
    reveal(to, () => focusRow(element.current, to));
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys move between the links and boxes inside
    <div ref={element} className={classes.frame} data-wide={needed > width || undefined} onKeyDown={onKeyDown}>
      <table
        className={classes.table}
        style={{ minWidth: needed > width ? needed : undefined }}
        aria-label={label}
        aria-rowcount={isLoading ? -1 : rows.length + 1}
        aria-busy={isLoading}
        data-test-subj={testSubj}
      >
        <colgroup>
          {selection !== undefined && <col style={{ width: 40 }} />}
          {shown.map((column) => (
            <col key={column.id} style={{ width: column.width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {selection !== undefined && (
              <th className={classes.box}>
                <SelectAll rows={rows} rowId={rowId} selection={selection} />
              </th>
            )}
            {shown.map((column) => (
              <Heading key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        {isLoading && <SkeletonRows rows={skeletonRows} columns={columnCount} />}
        {before > 0 && <Spacer height={before} />}
        <tbody>
          {visible.map((index) => {
            const row = rows[index];
            // The rows may have become fewer since what is in sight was worked out.
            if (row === undefined) return null;
            const id = rowId(row);
            return (
              <tr
                key={id}
                data-index={index}
                data-row-id={id}
                aria-rowindex={index + 2}
                aria-selected={selection === undefined ? undefined : selection.selected.has(id)}
                data-current={currentId === id || undefined}
                className={`${classes.row} ${rowClassName?.(row) ?? ''}`}
                data-test-subj={rowTestSubj}
              >
                {selection !== undefined && (
                  <td className={classes.box}>
                    <Checkbox
                      size="xs"
                      aria-label={ui.selectRow(selection.labelOf(row))}
                      checked={selection.selected.has(id)}
                      disabled={selection.canSelect?.(row) === false}
                      onClick={(event: MouseEvent<HTMLInputElement>) =>
                        select(index, event.currentTarget.checked, event.shiftKey)
                      }
                      onChange={() => {}}
                      data-test-subj={`checkboxSelectRow-${id}`}
                    />
                  </td>
                )}
                {shown.map((column) => (
                  <td key={column.id} data-align={column.align} data-test-subj={column.testSubj}>
                    {column.render(row)}
                  </td>
                ))}
              </tr>
            );
          })}
          {!isLoading && rows.length === 0 && empty !== undefined && (
            <tr>
              <td colSpan={columnCount} className={classes.empty}>
                {empty}
              </td>
            </tr>
          )}
        </tbody>
        {after > 0 && <Spacer height={after} />}
      </table>
    </div>
  );
}

function focusRow(frame: HTMLElement | null, index: number): void {
  const row = frame?.querySelector(`[data-index="${index}"]`);
  (row?.querySelector<HTMLElement>('a[href], button:not(:disabled)') ?? row?.querySelector('input'))?.focus({
    preventScroll: true,
  });
}

function Spacer({ height }: { height: number }) {
  return (
    <tbody aria-hidden="true">
      <tr>
        <td style={{ height, padding: 0, border: 0 }} />
      </tr>
    </tbody>
  );
}

function SkeletonRows({ rows, columns }: { rows: number; columns: number }) {
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

function SelectAll<Row>({
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

function Heading<Row>({ column, sort, onSort }: HeadingProps<Row>) {
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
