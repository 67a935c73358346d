import { Anchor } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { EXECUTIONS_KEY, type FailingConnector, readHistogram } from '../../api/executions.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { Failure } from '../../ui/Failure.tsx';
import { formatNumber, formatPercent, tame } from '../../ui/format.ts';
import { healthWords } from '../../words/health.ts';
import { resolveRange } from '../executions/time-range.ts';
import { ConnectorName } from './ConnectorName.tsx';
import classes from './health.module.css';
import { Section } from './Section.tsx';

const words = healthWords.failures;
const REFRESH_MS = 30_000;

/** The connectors with the most failures of the last day, and how large a share of their executions failed. */
export function FailingConnectors({ typeName }: { typeName: (id: string) => string }) {
  const { data, isError, error, refetch } = useQuery({
    queryKey: [...EXECUTIONS_KEY, 'failing'],
    queryFn: ({ signal }) => {
      const { from, to } = resolveRange('24h').chart;
      return readHistogram({ from: from.toISOString(), to: to.toISOString() }, 1, signal);
    },
    refetchInterval: REFRESH_MS,
  });
  const isNarrow = useMediaQuery('(width < 640px)', undefined, { getInitialValueInEffect: false });
  const rows = data?.by_connector;
  const columns: Column<FailingConnector>[] = [
    {
      id: 'connector',
      title: words.columns.connector,
      render: ({ connector_name, connector_type_id }) => (
        <ConnectorName name={connector_name} typeId={connector_type_id} typeName={typeName(connector_type_id)} />
      ),
    },
    {
      id: 'rate',
      title: words.columns.rate,
      width: isNarrow ? 112 : 180,
      render: ({ failed, total }) => <Share share={failed / Math.max(1, total)} />,
    },
    {
      id: 'count',
      title: words.columns.count,
      width: 88,
      align: 'end',
      from: 480,
      render: ({ failed }) => formatNumber(failed),
    },
    {
      id: 'all',
      title: words.columns.all,
      width: 88,
      align: 'end',
      from: 560,
      render: ({ total }) => formatNumber(total),
    },
    {
      id: 'actions',
      title: words.columns.actions,
      isTitleHidden: true,
      width: 136,
      align: 'end',
      from: 400,
      render: ({ connector_id, connector_name }) => (
        <Anchor
          inherit
          aria-label={words.showOf(tame(connector_name, 80))}
          renderRoot={(props) => (
            <Link
              {...props}
              to="/executions"
              search={{ connector: connector_id, status: ['failed', 'expired'] } as never}
            />
          )}
        >
          {words.show}
        </Anchor>
      ),
    },
  ];
  return (
    <Section title={words.title} lead={words.lead} nothing={rows?.length === 0 ? words.none : undefined}>
      {rows === undefined && isError ? (
        <Failure title={words.failed} error={error} onRetry={refetch} />
      ) : (
        <DataTable
          label={words.title}
          rows={rows ?? []}
          rowId={(row) => row.connector_id}
          columns={columns}
          isLoading={rows === undefined}
          skeletonRows={3}
        />
      )}
    </Section>
  );
}

/** A share as a bar and in percent. */
function Share({ share }: { share: number }) {
  return (
    <span className={classes.share}>
      <span className={classes.track}>
        <span className={classes.fill} style={{ width: `${Math.min(100, share * 100)}%` }} />
      </span>
      {formatPercent(share)}
    </span>
  );
}
