import { Button } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { useRef } from 'react';
import {
  countExecutions,
  EXECUTIONS_KEY,
  type ExecutionStatus,
  readHistogram,
  UNFINISHED,
} from '../../api/executions.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Failure, reasonOf } from '../../ui/Failure.tsx';
import { Notice } from '../../ui/Notice.tsx';
import { Page, Toolbar } from '../../ui/Page.tsx';
import { useView } from '../../ui/view.ts';
import { listWords as words } from '../../words/executions.ts';
import { ExecutionRows } from './list/ExecutionRows.tsx';
import { Filters } from './list/Filters.tsx';
import { FollowControl, HeldNotice } from './list/FollowControl.tsx';
import { HistogramChart } from './list/HistogramChart.tsx';
import { Kpis } from './list/Kpis.tsx';
import classes from './list/list.module.css';
import { MatchingMenu } from './list/MatchingMenu.tsx';
import { Pages } from './list/Pages.tsx';
import { RangeMenu } from './list/RangeMenu.tsx';
import { rangeText } from './list/range-text.ts';
import { useReading } from './list/use-reading.ts';
import { resolveRange } from './time-range.ts';
import { useExecutions } from './use-executions.ts';
import { useHeldRows } from './use-held-rows.ts';
import { filterOf, isFiltered, PER_PAGE, partsOf, rangeOf, toRange, UNFILTERED, VIEW, type View } from './view.ts';

/** All executions of the space: the picture over time, filters, rows, and over them the panel of one. */
export function ExecutionsPage() {
  const [view, setView] = useView(VIEW);
  const { executionId } = useParams({ strict: false });
  const list = useRef<HTMLDivElement>(null);
  const isReading = useReading(list);
  const canFollow = view.page === 1 && view.sort === 'newest' && view.to === '';
  const isFollowing = view.follow && canFollow;
  const range = rangeOf(view);
  const name = { ...partsOf(view), range };

  const query = useExecutions({
    name,
    filter: () => filterOf(view),
    page: view.page,
    perPage: PER_PAGE,
    sort: view.sort,
    follow: isFollowing,
  });
  const overview = useOverview(view, isFollowing);
  const { data } = query;
  const held = useHeldRows(
    data === undefined || query.isPlaceholderData ? undefined : JSON.stringify([name, view.page, view.sort]),
    data?.data ?? [],
    query.dataUpdatedAt,
    isFollowing && (isReading || executionId !== undefined),
  );

  const refresh = () => {
    void query.refetch();
    void overview.refetch();
    held.release();
  };

  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        <>
          <FollowControl
            isOn={isFollowing}
            canFollow={canFollow}
            onChange={(follow) => setView({ follow, page: 1, sort: 'newest', to: '' })}
            onRefresh={refresh}
            isRefreshing={query.isFetching && !isFollowing && data !== undefined}
          />
          <MatchingMenu view={view} />
          <RangeMenu range={range} onChange={(next) => setView(toRange(next), { replace: false })} />
        </>
      }
    >
      <Toolbar>
        <Filters view={view} onChange={setView} />
      </Toolbar>
      <div className={classes.overview}>
        <Kpis
          histogram={overview.histogram.data}
          waiting={overview.waiting}
          onFilter={(status) => setView({ status, page: 1 }, { replace: false })}
        />
        <HistogramChart
          query={overview.histogram}
          onZoom={(next) => setView({ ...toRange(next), follow: false }, { replace: false })}
        />
      </div>
      {query.isError && data !== undefined && (
        <Notice tone="warning" title={words.refreshFailed} role="status">
          {reasonOf(query.error)}
        </Notice>
      )}
      {query.isError && data === undefined ? (
        <Failure title={words.loadFailed} error={query.error} onRetry={() => query.refetch()} />
      ) : (
        <div ref={list} className={classes.list}>
          {isFollowing && <HeldNotice newer={held.newer} onShow={held.release} />}
          <ExecutionRows
            rows={held.rows}
            isLoading={data === undefined}
            skeletonRows={12}
            isNew={held.isNew}
            currentId={executionId}
            newestFirst={view.sort === 'newest'}
            onSort={(isNewest) => setView({ sort: isNewest ? 'newest' : 'oldest', page: 1 })}
            empty={<Nothing view={view} onChange={setView} />}
          />
          <Pages
            page={view.page}
            perPage={PER_PAGE}
            total={data?.total ?? 0}
            onPage={(page) => {
              setView({ page }, { replace: false });
              scrollTo({ top: 0 });
            }}
          />
        </div>
      )}
      <Outlet />
    </Page>
  );
}

/** How often the picture over time is read while the list is followed: it moves slower than the rows. */
const OVERVIEW_MS = 5_000;

/** The histogram of what the view shows, and how many of it have not ended. */
function useOverview(view: View, isFollowing: boolean) {
  const parts = partsOf(view);
  const range = rangeOf(view);
  const unfinished = UNFINISHED.filter((status: ExecutionStatus) => parts.status?.includes(status) ?? true);
  const refetchInterval = isFollowing && OVERVIEW_MS;
  const histogram = useQuery({
    queryKey: [...EXECUTIONS_KEY, 'histogram', parts, range],
    queryFn: ({ signal }) => {
      const { from, to, buckets } = resolveRange(range).chart;
      return readHistogram({ ...parts, from: from.toISOString(), to: to.toISOString() }, buckets, signal);
    },
    placeholderData: keepPreviousData,
    refetchInterval,
  });
  const waiting = useQuery({
    queryKey: [...EXECUTIONS_KEY, 'waiting', parts, range],
    queryFn: ({ signal }) =>
      unfinished.length === 0 ? 0 : countExecutions({ ...filterOf(view), status: unfinished }, signal),
    placeholderData: keepPreviousData,
    refetchInterval,
  });
  return {
    histogram,
    waiting: waiting.data,
    refetch: () => Promise.all([histogram.refetch(), waiting.refetch()]),
  };
}

/** Why there are no rows, and what to do about it. */
function Nothing({ view, onChange }: { view: View; onChange: (patch: Partial<View>) => void }) {
  const time = rangeText(rangeOf(view));
  if (view.page > 1) {
    return (
      <EmptyState
        icon="search"
        title={words.pageBeyond}
        actions={<Button onClick={() => onChange({ page: 1 })}>{words.toFirstPage}</Button>}
      />
    );
  }
  if (isFiltered(view)) {
    return (
      <EmptyState
        icon="search"
        title={words.noMatch}
        actions={
          <Button variant="default" onClick={() => onChange(UNFILTERED)}>
            {words.clear}
          </Button>
        }
      >
        {words.noMatchHint(time)}
      </EmptyState>
    );
  }
  if (view.range !== '90d' || view.from !== '') {
    return (
      <EmptyState
        icon="executions"
        title={words.quiet}
        actions={
          <Button variant="default" onClick={() => onChange(toRange('90d'))}>
            {words.longer}
          </Button>
        }
      >
        {words.quietHint(time)}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="executions"
      title={words.empty}
      actions={
        <Button variant="default" renderRoot={(props) => <Link {...props} to="/connectors" />}>
          {words.emptyAction}
        </Button>
      }
    >
      {words.emptyHint}
    </EmptyState>
  );
}
