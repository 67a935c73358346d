import { type ExecutionFilter, type ExecutionStatus, SOURCES, STATUSES } from '../../api/executions.ts';
import { type Codec, flag, int, oneOf, text } from '../../ui/view.ts';
import { DEFAULT_RANGE, QUICK_RANGES, type QuickRange, resolveRange, type TimeRange } from './time-range.ts';

const statuses: Codec<readonly ExecutionStatus[]> = {
  read: (values) => STATUSES.filter((status) => values.includes(status)),
  write: (value) => value,
};

/** A time that a machine wrote, else nothing. */
const moment: Codec<string> = {
  read: ([value = '']) => (Number.isNaN(Date.parse(value)) ? '' : new Date(value).toISOString()),
  write: (value) => (value === '' ? [] : [value]),
};

/** What the page shows, as the address says it. Empty text means that nothing is asked for. */
export const VIEW = {
  q: text(),
  status: statuses,
  connector: text(),
  type: text(),
  source: oneOf(['', ...SOURCES], ''),
  range: oneOf(Object.keys(QUICK_RANGES) as QuickRange[], DEFAULT_RANGE),
  /** Counts more than the range. */
  from: moment,
  to: moment,
  sort: oneOf(['newest', 'oldest'], 'newest'),
  page: int(1),
  /** New executions appear by themselves. */
  follow: flag(),
};
export type View = { readonly [K in keyof typeof VIEW]: (typeof VIEW)[K] extends Codec<infer T> ? T : never };

/** Rows on a page of the list. */
export const PER_PAGE = 50;
/** The server reads no longer text. */
export const TEXT_MAX = 200;

export function rangeOf({ range, from, to }: Pick<View, 'range' | 'from' | 'to'>): TimeRange {
  if (from === '') return range;
  return { from, to: to > from ? to : undefined };
}

/** The change of a view that shows another time, from its first page. */
export function toRange(range: TimeRange): Partial<View> {
  return typeof range === 'string'
    ? { range, from: '', to: '', page: 1 }
    : { range: DEFAULT_RANGE, from: range.from, to: range.to ?? '', page: 1 };
}

/** The filter without its times. */
export function partsOf({ q, status, connector, type, source }: View): ExecutionFilter {
  return {
    connector_id: connector || undefined,
    connector_type_id: type || undefined,
    status: status.length === 0 ? undefined : status,
    source: source || undefined,
    text: q.trim().slice(0, TEXT_MAX) || undefined,
  };
}

/** What the server is asked for, now. */
export function filterOf(view: View, now?: number): ExecutionFilter {
  const { from, to } = resolveRange(rangeOf(view), now);
  return { ...partsOf(view), from: from.toISOString(), to: to?.toISOString() };
}

/** Whether anything but the time is asked for. */
export function isFiltered(view: View): boolean {
  return Object.values(partsOf(view)).some((part) => part !== undefined);
}

/** The change of a view that asks for nothing but its time. */
export const UNFILTERED: Partial<View> = { q: '', status: [], connector: '', type: '', source: '', page: 1 };
