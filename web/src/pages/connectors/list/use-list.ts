import { useQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { activityQuery, connectorsQuery, connectorTypesQuery, usageQuery } from '../../../api/connectors.ts';
import { list, sort, text, useView } from '../../../ui/view.ts';
import { filterRows, type Row, SORT_KEYS, type SortKey, sortRows, toRows } from './rows.ts';

const BY_NAME = { by: 'name', descending: false } as const;
const codecs = { q: text(), type: list(), health: list(), tag: list(), sort: sort(SORT_KEYS, BY_NAME) };
/** Browsers let a page change its address only so often; a word is typed in about this time. */
const ADDRESS_DELAY_MS = 250;

export type ListView = ReturnType<typeof useView<typeof codecs>>[0];
export type SetListView = (patch: Partial<ListView>) => void;

/** Search, filters and sort of the list. They stand in the address; what is typed gets there a moment later. */
export function useListView(): [ListView, SetListView] {
  const [view, setView] = useView(codecs);
  const [q, setQ] = useState(view.q);
  const written = useRef(view.q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    if (view.q === written.current) return;
    // Changed from outside: Back, or a link.
    written.current = view.q;
    setQ(view.q);
  }, [view.q]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const change = useCallback<SetListView>(
    (patch) => {
      const { q: typed, ...rest } = patch;
      if (typed !== undefined) setQ(typed);
      const write = () => {
        if (typed !== undefined) written.current = typed;
        setView(patch);
      };
      if (typed === undefined) return write();
      clearTimeout(timer.current);
      if (Object.keys(rest).length > 0) write();
      else timer.current = setTimeout(write, ADDRESS_DELAY_MS);
    },
    [setView],
  );
  return [useMemo(() => ({ ...view, q }), [view, q]), change];
}

/** Everything that the list shows, ready to be searched; what is only nice to have is not waited for. */
export function useListData() {
  const connectors = useQuery(connectorsQuery);
  const types = useQuery(connectorTypesQuery);
  const activity = useQuery(activityQuery);
  const usage = useQuery(usageQuery);
  const rows = useMemo(
    () =>
      connectors.data === undefined || types.data === undefined
        ? NO_ROWS
        : toRows(connectors.data, types.data, activity.data, usage.data),
    [connectors.data, types.data, activity.data, usage.data],
  );
  const error = connectors.error ?? types.error;
  return {
    rows,
    types: types.data ?? [],
    /** Undefined until everything is there that a row needs. */
    connectors: types.data === undefined ? undefined : connectors.data,
    isLoading: connectors.data === undefined || types.data === undefined,
    error,
    retry: () => {
      void connectors.refetch();
      void types.refetch();
    },
  };
}

const NO_ROWS: readonly Row[] = [];

/** The rows that the view asks for, in its order, and the counts for its filters. */
export function useFound(rows: readonly Row[], view: ListView) {
  const { q, type, health, tag, sort: order } = view;
  // Sorted once for all searches: filtering keeps the order.
  const sorted = useMemo(() => sortRows(rows, order.by as SortKey, order.descending), [rows, order]);
  return useMemo(
    () => filterRows(sorted, { search: q, types: type, healths: health, tags: tag }),
    [sorted, q, type, health, tag],
  );
}
