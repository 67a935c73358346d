import { distance } from '../words/ui.ts';

// `undefined` is the reader's own locale everywhere here.
const numberFormat = new Intl.NumberFormat();
const compactFormat = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const percentFormat = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });
const tenthsFormat = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const exactFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });
const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndTimeFormat = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** A point in time: ISO text, as the API answers it, or milliseconds since 1970. */
export type Moment = string | number;

export const toMs = (at: Moment): number => (typeof at === 'number' ? at : Date.parse(at));

/** `12,345`. */
export const formatNumber = (value: number): string => numberFormat.format(value);
/** `12.3K`, for places too small for all digits. */
export const formatCompact = (value: number): string => compactFormat.format(value);
/** @param share 0 to 1 */
export const formatPercent = (share: number): string => percentFormat.format(share);
/** Date, time with seconds and time zone. */
export const formatExact = (at: Moment): string => dated(exactFormat, at);
export const formatDate = (at: Moment): string => dated(dateFormat, at);
/** `10:42`. */
export const formatTime = (at: Moment): string => dated(timeFormat, at);
/** `10:42:07`. */
export const formatClock = (at: Moment): string => dated(clockFormat, at);
/** `Nov 22, 10:42`. */
export const formatDayAndTime = (at: Moment): string => dated(dayAndTimeFormat, at);

// What is no date must not take the page down.
const dated = (format: Intl.DateTimeFormat, at: Moment) => {
  const ms = toMs(at);
  return Number.isFinite(ms) ? format.format(ms) : String(at);
};

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30.44 * DAY;
const YEAR = 365.25 * DAY;

/** `2 min ago`, `in 5 s`, `just now`. */
export function formatRelative(at: Moment, now: number): string {
  const ms = toMs(at) - now;
  if (!Number.isFinite(ms)) return String(at);
  // Clocks of server and reader differ by a little.
  if (ms < 5 * SECOND && ms > -5 * SECOND) return distance.now;
  const amount = coarse(Math.abs(ms));
  return ms < 0 ? distance.past(amount) : distance.future(amount);
}

function coarse(ms: number): string {
  const count = (unit: number) => formatNumber(Math.floor(ms / unit));
  if (ms < MINUTE) return distance.seconds(count(SECOND));
  if (ms < HOUR) return distance.minutes(count(MINUTE));
  if (ms < DAY) return distance.hours(count(HOUR));
  if (ms < MONTH) return distance.days(count(DAY), ms < 2 * DAY);
  // To the nearest: "in 2 months" would be a poor word for what is valid for 90 days.
  const months = Math.round(ms / MONTH);
  if (months < 12) return distance.months(formatNumber(months), months === 1);
  const years = Math.round(ms / YEAR);
  return distance.years(formatNumber(years), years === 1);
}

/** How long something took or takes: `12 ms`, `1.2 s`, `3 min 4 s`, `2 h 5 min`, `3 days 4 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '';
  if (ms < SECOND) return distance.milliseconds(formatNumber(Math.round(ms)));
  if (ms < 10 * SECOND) return distance.seconds(tenthsFormat.format(ms / SECOND));
  if (ms < MINUTE) return distance.seconds(formatNumber(Math.round(ms / SECOND)));
  if (ms < HOUR) return pair(ms, MINUTE, distance.minutes, SECOND, distance.seconds);
  if (ms < DAY) return pair(ms, HOUR, distance.hours, MINUTE, distance.minutes);
  return pair(ms, DAY, (count) => distance.days(count, ms < 2 * DAY), HOUR, distance.hours);
}

type Words = (count: string) => string;

function pair(ms: number, large: number, largeWords: Words, small: number, smallWords: Words): string {
  const rest = Math.floor((ms % large) / small);
  const first = largeWords(formatNumber(Math.floor(ms / large)));
  return rest === 0 ? first : `${first} ${smallWords(formatNumber(rest))}`;
}

/** `1.2 kB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${tenthsFormat.format(value)} ${units[unit]}`;
}

/**
 * A name, message or vendor's answer as it can be shown on a line: cut to `max` characters, and with the characters
 * that would reverse or hide its neighbours written out, as in `[U+202E]`. Line breaks become spaces.
 */
export function tame(text: string, max = 200): string {
  // Cut first: a text of megabytes must not be searched as a whole.
  const cut = text.length > max ? `${text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
  return cut.replace(/[\r\n\t]+/g, ' ').replace(
    // C0 and C1 controls, and what overrides or embeds a direction (Unicode UAX #9, section 2): `gpj.exe` must not
    // read as `exe.jpg`. The plain marks U+200E and U+200F stay; honest Hebrew and Arabic names use them.
    /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`,
  );
}

/** As {@link tame}, for blocks of text: line breaks and tabs stay. */
export function tameBlock(text: string, max = 200_000): string {
  return text
    .slice(0, max)
    .split(/(\r?\n|\t)/)
    .map((part, index) => (index % 2 === 1 ? part : tame(part, max)))
    .join('');
}
