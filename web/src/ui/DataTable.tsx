import { type KeyboardEvent, type ReactNode, useCallback, useContext, useLayoutEffect, useMemo, useRef } from 'react';
import classes from './DataTable.module.css';
import { ScrollParent } from './scroll-parent.ts';
import { TableRow } from './TableRow.tsx';
import { Heading, SelectAll, SkeletonRows, Spacer } from './table-parts.tsx';
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

export interface DataTableProps<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  /** Keep the array from drawing to drawing, so that rows in sight are not drawn again while one scrolls. */
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
  const goingTo = useRef<number | undefined>(undefined);
  const shown = useMemo(() => columns.filter(({ from = 0 }) => width >= from), [columns, width]);
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

  // The same function for every drawing: see TableRow.
  const latestSelect = useRef(select);
  useLayoutEffect(() => {
    latestSelect.current = select;
  });
  const onSelect = useCallback<typeof select>((...change) => latestSelect.current(...change), []);

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
    // A key that is held down comes faster than rows are drawn and focused.
    const from = goingTo.current ?? index;
    const to = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined || to < 0 || to >= rows.length) return;
    event.preventDefault();
    goingTo.current = to;
    reveal(to, () => {
      if (goingTo.current !== to) return;
      goingTo.current = undefined;
      focusRow(element.current, to);
    });
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
              <TableRow
                key={id}
                row={row}
                id={id}
                index={index}
                columns={shown}
                isSelected={selection?.selected.has(id)}
                canSelect={selection?.canSelect?.(row) !== false}
                label={selection?.labelOf(row) ?? ''}
                onSelect={onSelect}
                isCurrent={currentId === id}
                className={rowClassName?.(row)}
                testSubj={rowTestSubj}
              />
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
