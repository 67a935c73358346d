import classes from './charts.module.css';
import { timeTicks } from './scales.ts';
import { tickText } from './time-text.ts';

/** Room for the marks of the time axis. */
export const GUTTER_BOTTOM = 20;
export const GUTTER_TOP = 8;
/** About as wide as a figure of the axis. */
const CHARACTER_PX = 6.6;
/** Between two marks of the time axis. */
const TICK_PX = 84;

/** Room for the marks of the value axis. */
export function gutterFor(labels: readonly string[]): number {
  return Math.ceil(Math.max(...labels.map((label) => label.length)) * CHARACTER_PX) + 10;
}

interface AxesProps {
  readonly from: number;
  readonly to: number;
  readonly x: (time: number) => number;
  readonly y: (value: number) => number;
  readonly ticks: readonly number[];
  readonly left: number;
  readonly width: number;
  readonly height: number;
  readonly format: (value: number) => string;
}

export function Axes({ from, to, x, y, ticks, left, width, height, format }: AxesProps) {
  const times = timeTicks(from, to, Math.max(1, Math.floor((width - left) / TICK_PX)));
  const bottom = height - GUTTER_BOTTOM;
  return (
    <g className={classes.axes}>
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={left} x2={width} y1={y(tick)} y2={y(tick)} data-base={tick === 0 || undefined} />
          <text x={left - 6} y={y(tick)} dy="0.32em" textAnchor="end">
            {tick === 0 ? 0 : format(tick)}
          </text>
        </g>
      ))}
      {times.ticks.map((tick) => {
        const place = x(tick);
        // A label that the edge would cut is left out; its mark stays.
        const isWhole = place > left + 8 && place < width - 28;
        return (
          <g key={tick}>
            <line x1={place} x2={place} y1={bottom} y2={bottom + 4} data-base />
            {isWhole && (
              <text x={place} y={height - 3} textAnchor="middle">
                {tickText(tick, times.step)}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}
