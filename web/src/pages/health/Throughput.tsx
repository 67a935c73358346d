import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { EXECUTIONS_KEY, readHistogram } from '../../api/executions.ts';
import { Failure } from '../../ui/Failure.tsx';
import { formatNumber } from '../../ui/format.ts';
import { healthWords } from '../../words/health.ts';
import { OUTCOMES, toBars } from '../executions/list/HistogramChart.tsx';
import { resolveRange } from '../executions/time-range.ts';
import { ChartFigure } from './charts/ChartFigure.tsx';
import classes from './health.module.css';
import { CHART_HEIGHT } from './QueueCharts.tsx';

const words = healthWords.charts;
const REFRESH_MS = 10_000;

/** How many executions were accepted in each minute of the last hour, by how they ended. */
export function Throughput() {
  const { data, isError, error, refetch } = useQuery({
    queryKey: [...EXECUTIONS_KEY, 'throughput'],
    queryFn: ({ signal }) => {
      const { from, to, buckets } = resolveRange('1h').chart;
      return readHistogram({ from: from.toISOString(), to: to.toISOString() }, buckets, signal);
    },
    refetchInterval: REFRESH_MS,
  });
  if (data === undefined) {
    if (isError) return <Failure title={words.throughputFailed} error={error} onRetry={refetch} />;
    return <Skeleton className={classes.chartSkeleton} />;
  }
  // The last minute has only begun.
  const lastWhole = data.buckets.at(-2);
  const perMinute = lastWhole === undefined ? 0 : lastWhole.succeeded + lastWhole.failed + lastWhole.other;
  return (
    <ChartFigure
      kind="bars"
      title={words.throughput}
      lead={words.throughputLead}
      figure={words.perMinute(formatNumber(perMinute))}
      from={Date.parse(data.from)}
      to={Date.parse(data.to)}
      series={OUTCOMES}
      points={toBars(data)}
      format={formatNumber}
      values="count"
      height={CHART_HEIGHT}
    />
  );
}
