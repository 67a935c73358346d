import { DAY } from './scales.ts';

const MINUTE = 60_000;

const hasSeconds = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const hasMinutes = { hour: '2-digit', minute: '2-digit' } as const;
const hasDay = { day: 'numeric', month: 'short' } as const;

/** A mark of a time axis, in the reader's locale: as exact as the step asks for, and the day where one begins. */
export function tickText(at: number, step: number): string {
  const date = new Date(at);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  if (step >= DAY || isMidnight) return date.toLocaleDateString(undefined, hasDay);
  return date.toLocaleTimeString(undefined, step < MINUTE ? hasSeconds : hasMinutes);
}

/** A moment, or a stretch of time, as the reading of a chart says it. */
export function spanText(at: number, until?: number): string {
  const begin = new Date(at);
  const options = { ...hasDay, ...(until === undefined || until - at < MINUTE ? hasSeconds : hasMinutes) };
  if (until === undefined) return begin.toLocaleString(undefined, options);
  return new Intl.DateTimeFormat(undefined, options).formatRange(begin, new Date(until));
}
