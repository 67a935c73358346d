import classes from './charts.module.css';

/** What a line or a part of the bars stands for. */
export interface Series {
  readonly label: string;
  /** A colour of the theme, such as `var(--success-mark)`. */
  readonly color: string;
}

/** A moment, or with `until` a stretch of time, with one value for each series; absent where nothing was measured. */
export interface Point {
  readonly at: number;
  readonly until?: number;
  readonly values: readonly (number | undefined)[];
}

export interface MarksProps {
  readonly series: readonly Series[];
  readonly points: readonly Point[];
  readonly x: (time: number) => number;
  readonly y: (value: number) => number;
}

/** One bar for each stretch of time; the first series stands on the axis, so its heights can be compared. */
export function Bars({ series, points, x, y }: MarksProps) {
  return points.map(({ at, until = at, values }) => {
    const left = x(at);
    const width = x(until) - left;
    const gap = width > 5 ? 1 : 0.25;
    let below = 0;
    return series.map(({ label, color }, index) => {
      const value = values[index] ?? 0;
      if (value === 0) return null;
      const base = y(below);
      // A single failure among thousands is still to be seen.
      const height = Math.max(base - y(below + value), 2);
      below += value;
      return (
        <rect
          key={`${at} ${label}`}
          x={left + gap / 2}
          width={Math.max(width - gap, 0.75)}
          y={base - height}
          height={height}
          fill={color}
        />
      );
    });
  });
}

/** A line for each series, the area below the first one filled; interrupted where nothing was measured. */
export function Lines({ series, points, x, y }: MarksProps) {
  return series.map(({ label, color }, index) => {
    const runs = runsOf(points, index);
    return (
      <g key={label}>
        {runs.map((run) => {
          const line = run.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join('L');
          const first = run[0]!;
          if (run.length === 1)
            return <circle key={first.at} cx={x(first.at)} cy={y(first.value)} r={2.5} fill={color} />;
          return (
            <g key={first.at}>
              {index === 0 && (
                <path
                  d={`M${x(first.at)},${y(0)}L${line}L${x(run.at(-1)!.at)},${y(0)}Z`}
                  fill={color}
                  className={classes.area}
                />
              )}
              <path d={`M${line}`} stroke={color} className={classes.line} />
            </g>
          );
        })}
      </g>
    );
  });
}

function runsOf(points: readonly Point[], index: number): { at: number; value: number }[][] {
  const runs: { at: number; value: number }[][] = [[]];
  for (const { at, values } of points) {
    const value = values[index];
    if (value === undefined) runs.push([]);
    else runs.at(-1)!.push({ at, value });
  }
  return runs.filter((run) => run.length > 0);
}
