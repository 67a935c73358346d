import { formatDuration, formatNumber } from './format.ts';

/** How long something took, with all milliseconds as title. */
export function Duration({ ms }: { ms: number }) {
  return (
    <span title={`${formatNumber(ms)} ms`} style={{ whiteSpace: 'nowrap', fontVariantNumeric: 'tabular-nums' }}>
      {formatDuration(ms)}
    </span>
  );
}
