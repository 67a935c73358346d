import { useState } from 'react';
import { type ExecutionStatus, STATUSES } from '../../api/executions.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Failure } from '../../ui/Failure.tsx';
import { FilterMenu } from '../../ui/FilterMenu.tsx';
import { Toolbar } from '../../ui/Page.tsx';
import { statusNames, listWords as words } from '../../words/executions.ts';
import { ExecutionRows } from './list/ExecutionRows.tsx';
import classes from './list/list.module.css';
import { Pages } from './list/Pages.tsx';
import { useExecutions } from './use-executions.ts';

const PER_PAGE = 20;

/**
 * The executions of one connector, the newest first, whatever their age; kept up to date. For the connector's panel: what
 * is chosen here is not in the address, which belongs to the list behind.
 */
export function ExecutionTable({ connectorId }: { connectorId: string }) {
  const [status, setStatus] = useState<readonly ExecutionStatus[]>([]);
  const [page, setPage] = useState(1);
  const query = useExecutions({
    name: ['of', connectorId, status],
    filter: () => ({ connector_id: connectorId, status: status.length === 0 ? undefined : status }),
    page,
    perPage: PER_PAGE,
    follow: page === 1,
  });
  const { data } = query;
  if (data === undefined && query.isError) {
    return <Failure title={words.loadFailed} error={query.error} onRetry={() => query.refetch()} />;
  }
  return (
    <div className={classes.list}>
      <Toolbar>
        <FilterMenu
          label={words.filters.status}
          options={STATUSES.map((value) => ({ value, label: statusNames[value] }))}
          selected={status}
          onChange={(chosen) => {
            setStatus(chosen as readonly ExecutionStatus[]);
            setPage(1);
          }}
        />
      </Toolbar>
      <ExecutionRows
        rows={data?.data ?? []}
        isLoading={data === undefined}
        isOfOne
        search={{ connector: connectorId }}
        empty={
          status.length === 0 ? (
            <EmptyState icon="executions" title={words.empty}>
              {words.emptyOfOne}
            </EmptyState>
          ) : (
            <EmptyState icon="search" title={words.noMatch} />
          )
        }
      />
      <Pages page={page} perPage={PER_PAGE} total={data?.total ?? 0} onPage={setPage} />
    </div>
  );
}
