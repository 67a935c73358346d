/** Numbers that people count in, times a power of ten. */
const NICE = [1, 2, 5, 10];

/** What the values of an axis are: things that cannot be half, or times in milliseconds. */
export type ValueKind = 'count' | 'duration';

/**
 * The marks of an axis that begins at 0: few, round, and reaching at least `max`.
 *
 * @param steps how many there should be above 0, at most
 */
export function valueTicks(max: number, steps: number, kind: ValueKind): number[] {
  const rough = Math.max(max, kind === 'duration' ? SECOND : 1) / steps;
  const step = kind === 'duration' && rough >= SECOND ? stepFor(rough) : Math.max(1, niceStep(rough));
  const count = Math.max(kind === 'duration' ? 2 : 1, Math.ceil(max / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return NICE.map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999) ?? rough;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Lengths of time that clocks and calendars are divided by. */
export const TIME_STEPS: readonly number[] = [
  ...[1, 5, 10, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14, 28].map((count) => count * DAY),
];

/** The first step that is at least as long. */
export function stepFor(ms: number): number {
  const step = TIME_STEPS.find((candidate) => candidate >= ms);
  return step ?? Math.ceil(ms / (28 * DAY)) * 28 * DAY;
}

/**
 * Round moments of the reader's clock within a time: full minutes, hours, midnights.
 *
 * @param count how many at most
 */
export function timeTicks(from: number, to: number, count: number): { step: number; ticks: number[] } {
  const step = stepFor((to - from) / Math.max(1, count));
  const midnight = new Date(from);
  midnight.setHours(0, 0, 0, 0);
  const ticks: number[] = [];
  if (step >= DAY) {
    // By the calendar, as a day with a change of the clock is not 24 hours long.
    const days = Math.round(step / DAY);
    for (const day = midnight; day.getTime() < to; day.setDate(day.getDate() + days)) ticks.push(day.getTime());
  } else {
    for (let tick = midnight.getTime(); tick < to; tick += step) ticks.push(tick);
  }
  return { step, ticks: ticks.filter((tick) => tick >= from) };
}

/** A straight line from a range of values to a range of places. */
export function linear(from: number, to: number, start: number, end: number): (value: number) => number {
  const span = to - from || 1;
  return (value) => start + ((value - from) / span) * (end - start);
}
