import type { Tone } from './Status.tsx';

/** What a bar is made of, from the bottom up. */
export interface BarPart {
  readonly tone: Tone;
  /** For the tooltip and the table, e.g. "failed". */
  readonly name: string;
  readonly value: number;
}

/** One step of time (or another bucket). */
export interface Bar {
  /** For the tooltip and the table, e.g. "10:00 – 11:00". */
  readonly label: string;
  /** Below the axis, where there is room for it; the label when left out. */
  readonly tick?: string;
  readonly parts: readonly BarPart[];
}

/** The fill of a mark in a chart. */
export const markColour = (tone: Tone): string => (tone === 'accent' ? 'var(--accent)' : `var(--${tone}-mark)`);

export const totalOf = (bar: Bar): number => bar.parts.reduce((sum, { value }) => sum + value, 0);

/** Round numbers from zero to at least `max`, for an axis of about `count` lines. */
export function axisTicks(max: number, count = 4): readonly number[] {
  if (max <= 0) return [0, 1];
  const raw = max / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= raw) ?? raw;
  const whole = Math.max(step, Number.isInteger(max) ? 1 : 0);
  return Array.from({ length: Math.ceil(max / whole) + 1 }, (_, index) => index * whole);
}
