import { UnstyledButton } from '@mantine/core';
import { type ReactNode, useId, useState } from 'react';
import { chartWords } from '../../../words/health.ts';
import classes from './charts.module.css';
import type { Point, Series } from './Marks.tsx';
import { TimeChart, type TimeChartProps } from './TimeChart.tsx';
import { spanText } from './time-text.ts';

interface ChartFigureProps extends Omit<TimeChartProps, 'label'> {
  readonly title: string;
  /** The value of now, or of all, beside the title. */
  readonly figure?: ReactNode;
  /** One sentence on how to read it. */
  readonly lead?: string;
}

/** A chart with its title, what its colours mean, and the same numbers as a table for whoever prefers these. */
export function ChartFigure({ title, figure, lead, ...chart }: ChartFigureProps) {
  const [isTable, setIsTable] = useState(false);
  const titleId = useId();
  const { series, points, format, height } = chart;
  return (
    <figure className={classes.figureBox} aria-labelledby={titleId}>
      <figcaption className={classes.caption}>
        <span id={titleId} className={classes.title}>
          {title}
        </span>
        {figure !== undefined && <span className={classes.now}>{figure}</span>}
        {lead !== undefined && <span className={classes.lead}>{lead}</span>}
      </figcaption>
      {isTable ? <ChartTable {...{ title, series, points, format, height }} /> : <TimeChart label={title} {...chart} />}
      <div className={classes.foot}>
        <Legend series={series} />
        <UnstyledButton className={classes.toggle} aria-pressed={isTable} onClick={() => setIsTable(!isTable)}>
          {chartWords.asTable}
        </UnstyledButton>
      </div>
    </figure>
  );
}

export function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul className={classes.legend}>
      {series.map(({ label, color }) => (
        <li key={label}>
          <span className={classes.swatch} style={{ background: color }} />
          {label}
        </li>
      ))}
    </ul>
  );
}

interface ChartTableProps {
  readonly title: string;
  readonly series: readonly Series[];
  readonly points: readonly Point[];
  readonly format: (value: number) => string;
  readonly height: number;
}

function ChartTable({ title, series, points, format, height }: ChartTableProps) {
  return (
    // Scrolls in the place of the chart, so it must take the focus to be scrolled with keys.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls
    <section className={classes.tableBox} style={{ height }} tabIndex={0} aria-label={title}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{chartWords.time}</th>
            {series.map(({ label }) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map(({ at, until, values }) => (
            <tr key={at}>
              <th scope="row">{spanText(at, until)}</th>
              {series.map(({ label }, index) => (
                <td key={label}>{values[index] === undefined ? '' : format(values[index])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
