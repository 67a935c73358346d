import { Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { Histogram } from '../../../api/executions.ts';
import { Failure } from '../../../ui/Failure.tsx';
import { formatNumber } from '../../../ui/format.ts';
import { histogramWords as words } from '../../../words/executions.ts';
import { ChartFigure } from '../../health/charts/ChartFigure.tsx';
import type { Point, Series } from '../../health/charts/Marks.tsx';
import type { TimeRange } from '../time-range.ts';
import classes from './list.module.css';

/** Failures stand on the axis, where their heights can be compared. */
export const OUTCOMES: readonly Series[] = [
  { label: words.failed, color: 'var(--failure-mark)' },
  { label: words.succeeded, color: 'var(--success-mark)' },
  { label: words.other, color: 'var(--neutral-mark)' },
];

const HEIGHT = 120;

interface HistogramChartProps {
  readonly query: UseQueryResult<Histogram>;
  readonly onZoom: (range: TimeRange) => void;
}

/** How many executions were accepted when, by how they ended. */
export function HistogramChart({ query, onZoom }: HistogramChartProps) {
  const { data } = query;
  if (data === undefined && query.isError) {
    return <Failure title={words.failedToLoad} error={query.error} onRetry={() => query.refetch()} />;
  }
  if (data === undefined) return <Skeleton className={classes.histogramSkeleton} />;
  return (
    <ChartFigure
      kind="bars"
      title={words.title}
      lead={words.lead}
      from={Date.parse(data.from)}
      to={Date.parse(data.to)}
      series={OUTCOMES}
      points={toBars(data)}
      format={formatNumber}
      values="count"
      height={HEIGHT}
      onZoom={(from, to) => onZoom({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })}
    />
  );
}

/** The bars of a histogram, with parts in the order of {@link OUTCOMES}. */
export function toBars({ buckets, bucket_ms }: Histogram): Point[] {
  return buckets.map(({ at, succeeded, failed, other }) => {
    const from = Date.parse(at);
    return { at: from, until: from + bucket_ms, values: [failed, succeeded, other] };
  });
}
