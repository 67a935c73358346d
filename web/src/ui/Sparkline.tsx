import { type Bar, markColour, totalOf } from './charts.ts';

interface SparklineProps {
  /** The picture in words, e.g. "Last 24 hours: 112 succeeded, 3 failed". */
  readonly label: string;
  readonly bars: readonly Bar[];
  /** Pixels; 96 and 24 when left out. */
  readonly width?: number;
  readonly height?: number;
}

const BASELINE = 1;
/** A single event must not look like a peak. */
const TOP_MIN = 4;

/** A picture of a few pixels: a bar for each step, stacked from the bottom up. Without axes, so its words say the sums. */
export function Sparkline({ label, bars, width = 96, height = 24 }: SparklineProps) {
  const max = Math.max(TOP_MIN, ...bars.map(totalOf));
  const step = width / Math.max(1, bars.length);
  const barWidth = Math.max(1, step - 1);
  const scale = (height - BASELINE) / max;
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={label}
      style={{ display: 'block', flex: 'none', maxWidth: '100%' }}
    >
      <title>{label}</title>
      <rect x={0} y={height - BASELINE} width={width} height={BASELINE} fill="var(--line)" />
      {bars.map((bar, index) => {
        let top = height - BASELINE;
        return bar.parts.map((part) => {
          if (part.value === 0) return null;
          // One failure among a thousand successes must still be seen.
          const partHeight = Math.max(2, part.value * scale);
          top = Math.max(0, top - partHeight);
          return (
            <rect
              key={`${bar.label} ${part.name}`}
              x={index * step}
              y={top}
              width={barWidth}
              height={partHeight}
              fill={markColour(part.tone)}
            />
          );
        });
      })}
    </svg>
  );
}
