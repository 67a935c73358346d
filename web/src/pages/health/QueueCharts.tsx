import { formatDuration, formatNumber } from '../../ui/format.ts';
import { healthWords } from '../../words/health.ts';
import { ChartFigure } from './charts/ChartFigure.tsx';
import { type Sample, sampledTime, toPoints } from './samples.ts';

const words = healthWords.charts;
/** Pixels of each chart of the page. */
export const CHART_HEIGHT = 160;

/** Depth, age and start delay since the page was opened. */
export function QueueCharts({ samples }: { samples: readonly Sample[] }) {
  const time = sampledTime(samples);
  const last = samples.at(-1);
  const figure = (text: string | undefined) => text ?? healthWords.figures.none;
  return (
    <>
      <ChartFigure
        kind="lines"
        title={words.depth}
        lead={words.depthLead}
        figure={figure(last && formatNumber(last.depth))}
        series={[
          { label: words.onTheWay, color: 'var(--accent)' },
          { label: words.due, color: 'var(--warning-mark)' },
          { label: words.retrying, color: 'var(--neutral-mark)' },
        ]}
        points={toPoints(samples, ({ depth, due, retrying }) => [depth, due, retrying])}
        format={formatNumber}
        values="count"
        height={CHART_HEIGHT}
        {...time}
      />
      <ChartFigure
        kind="lines"
        title={words.age}
        lead={words.ageLead}
        figure={figure(last && (last.ageMs === 0 ? words.nothingLate : formatDuration(last.ageMs)))}
        series={[{ label: words.oldest, color: 'var(--warning-mark)' }]}
        points={toPoints(samples, ({ ageMs }) => [ageMs])}
        format={formatDuration}
        values="duration"
        height={CHART_HEIGHT}
        {...time}
      />
      <ChartFigure
        kind="lines"
        title={words.delay}
        lead={words.delayLead}
        figure={figure(last?.delayMs && formatDuration(last.delayMs.most))}
        series={[
          { label: words.slowest, color: 'var(--accent)' },
          { label: words.median, color: 'var(--neutral-mark)' },
        ]}
        points={toPoints(samples, ({ delayMs }) => [delayMs?.most, delayMs?.half])}
        format={formatDuration}
        values="duration"
        height={CHART_HEIGHT}
        {...time}
      />
    </>
  );
}
