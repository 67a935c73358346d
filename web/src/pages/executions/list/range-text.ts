import { formatDayAndTime } from '../../../ui/format.ts';
import { rangeNames, rangeWords } from '../../../words/executions.ts';
import { isQuick, type TimeRange } from '../time-range.ts';

/** A time range in words. */
export function rangeText(range: TimeRange): string {
  if (isQuick(range)) return rangeNames[range];
  const from = formatDayAndTime(range.from);
  return range.to === undefined ? rangeWords.since(from) : rangeWords.between(from, formatDayAndTime(range.to));
}
