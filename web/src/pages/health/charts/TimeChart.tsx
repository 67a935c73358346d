import { useElementSize } from '@mantine/hooks';
import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { chartWords } from '../../../words/health.ts';
import { Axes, GUTTER_BOTTOM, GUTTER_TOP, gutterFor } from './Axes.tsx';
import classes from './charts.module.css';
import { Bars, Lines, type Point, type Series } from './Marks.tsx';
import { Readout } from './Readout.tsx';
import { linear, type ValueKind, valueTicks } from './scales.ts';
import { spanText } from './time-text.ts';

export interface TimeChartProps {
  readonly kind: 'bars' | 'lines';
  /** What is drawn, for those who do not see it. */
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly series: readonly Series[];
  readonly points: readonly Point[];
  /** A value with its unit. */
  readonly format: (value: number) => string;
  /** What the values are; `format` says them. */
  readonly values: ValueKind;
  /** Pixels, axes included. */
  readonly height: number;
  /** Called with a stretch of time that was dragged over, clicked on, or chosen with Enter. */
  readonly onZoom?: (from: number, to: number) => void;
}

/** From here on a press is a drag. */
const DRAG_PX = 6;

/**
 * A chart over time with axes. What is under the pointer is read out in numbers; with the keyboard, the arrows move from
 * value to value. It takes the width that there is and never more height than `height`.
 */
export function TimeChart(props: TimeChartProps) {
  const { kind, label, from, to, series, points, format, values: valueKind, height, onZoom } = props;
  const { ref, width } = useElementSize();
  const [index, setIndex] = useState<number>();
  const [dragFrom, setDragFrom] = useState<number>();

  const tops = points.map(({ values }) =>
    kind === 'bars'
      ? values.reduce<number>((sum, value) => sum + (value ?? 0), 0)
      : Math.max(0, ...values.map((value) => value ?? 0)),
  );
  const ticks = valueTicks(Math.max(0, ...tops), height < 140 ? 2 : 4, valueKind);
  const left = gutterFor(ticks.map(format));
  const x = linear(from, to, left, width);
  const time = linear(left, width, from, to);
  const y = linear(0, ticks.at(-1)!, height - GUTTER_BOTTOM, GUTTER_TOP);
  const last = points.length - 1;
  const at = index === undefined ? undefined : Math.min(index, last);
  const point = at === undefined ? undefined : points[at];

  const nearest = (event: PointerEvent) => {
    const moment = time(event.clientX - event.currentTarget.getBoundingClientRect().left);
    return indexAt(points, moment);
  };

  const zoom = (a: number, b: number) => {
    const [first, end] = [points[Math.min(a, b)]!, points[Math.max(a, b)]!];
    onZoom?.(first.at, end.until ?? end.at);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last };
    const move = moves[event.key];
    if (move !== undefined) setIndex(Math.max(0, Math.min(last, (at ?? last) + move)));
    else if (event.key === 'Enter' && at !== undefined && onZoom !== undefined) zoom(at, at);
    else return;
    event.preventDefault();
  };

  const Marks = kind === 'bars' ? Bars : Lines;
  const isDragging = dragFrom !== undefined && at !== undefined && dragFrom !== at;
  return (
    // A slider: the one role for something that is moved through with the arrows and says a value at each place.
    <div
      ref={ref}
      className={classes.chart}
      style={{ height }}
      data-zooms={onZoom !== undefined || undefined}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, last)}
      aria-valuenow={Math.max(0, at ?? last)}
      aria-valuetext={pointText(point ?? points[last], series, format)}
      onKeyDown={onKeyDown}
      onFocus={(event) => event.currentTarget.matches(':focus-visible') && setIndex(last)}
      onBlur={() => setIndex(undefined)}
      onPointerMove={(event) => setIndex(nearest(event))}
      onPointerLeave={() => setIndex(undefined)}
      onPointerDown={(event) => {
        setIndex(nearest(event));
        if (onZoom === undefined || event.button !== 0 || event.pointerType === 'touch' || last < 0) return;
        setDragFrom(nearest(event));
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerUp={(event) => {
        if (dragFrom !== undefined) zoom(dragFrom, nearest(event));
        setDragFrom(undefined);
      }}
      onPointerCancel={() => setDragFrom(undefined)}
    >
      {width > left + DRAG_PX && (
        <svg width={width} height={height} aria-hidden="true">
          <Axes {...{ from, to, x, y, ticks, left, width, height, format }} />
          {isDragging && (
            <Shade x={x} height={height} a={points[Math.min(dragFrom, at)]!} b={points[Math.max(dragFrom, at)]!} />
          )}
          {kind === 'bars' && point !== undefined && !isDragging && <Shade x={x} height={height} a={point} b={point} />}
          <Marks {...{ series, points, x, y }} />
          {kind === 'lines' && point !== undefined && (
            <line
              x1={x(point.at)}
              x2={x(point.at)}
              y1={GUTTER_TOP}
              y2={height - GUTTER_BOTTOM}
              className={classes.cross}
            />
          )}
        </svg>
      )}
      {point !== undefined && <Readout left={x(point.at)} width={width} {...{ point, series, format }} />}
    </div>
  );
}

function Shade({ a, b, x, height }: { a: Point; b: Point; x: (time: number) => number; height: number }) {
  const left = x(a.at);
  const right = x(b.until ?? b.at);
  return (
    <rect
      x={left}
      width={Math.max(0, right - left)}
      y={GUTTER_TOP}
      height={height - GUTTER_BOTTOM - GUTTER_TOP}
      className={classes.shade}
    />
  );
}

function indexAt(points: readonly Point[], moment: number): number {
  const hit = points.findIndex(({ at, until }) => until !== undefined && at <= moment && moment < until);
  if (hit !== -1) return hit;
  let best = 0;
  points.forEach(({ at }, index) => {
    if (Math.abs(at - moment) < Math.abs(points[best]!.at - moment)) best = index;
  });
  return best;
}

function pointText(point: Point | undefined, series: readonly Series[], format: (value: number) => string): string {
  if (point === undefined) return chartWords.nothing;
  const values = series.flatMap(({ label }, index) => {
    const value = point.values[index];
    return value === undefined ? [] : `${label} ${format(value)}`;
  });
  return chartWords.reading(spanText(point.at, point.until), values);
}
