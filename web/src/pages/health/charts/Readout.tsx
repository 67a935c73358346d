import classes from './charts.module.css';
import type { Point, Series } from './Marks.tsx';
import { spanText } from './time-text.ts';

interface ReadoutProps {
  readonly point: Point;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
  /** Where the point is, in pixels. */
  readonly left: number;
  readonly width: number;
}

/** The numbers of the point that is looked at, beside it. The slider says the same to screen readers. */
export function Readout({ point, series, format, left, width }: ReadoutProps) {
  const side = left > width / 2 ? { right: width - left + 10 } : { left: left + 16 };
  return (
    <div className={classes.readout} style={side} aria-hidden="true">
      <div className={classes.readoutTime}>{spanText(point.at, point.until)}</div>
      {series.map(({ label, color }, index) => {
        const value = point.values[index];
        return (
          value !== undefined && (
            <div key={label} className={classes.readoutRow}>
              <span className={classes.swatch} style={{ background: color }} />
              <span>{label}</span>
              <span className={classes.figure}>{format(value)}</span>
            </div>
          )
        );
      })}
    </div>
  );
}
