// @ts-check

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * How long ago, in few words: `just now`, `9 min ago`, `3 h ago`, `12 d ago`; beyond 60 days, and for times that lie
 * ahead by more than clocks differ, the date.
 *
 * @param {Date} time
 * @param {Date} now
 */
export function relativeTime(time, now) {
  const ms = now.getTime() - time.getTime();
  if (Number.isNaN(ms)) return 'at an unknown time';
  if (ms < -5 * MINUTE_MS || ms >= 60 * DAY_MS) return time.toLocaleDateString('en', { dateStyle: 'medium' });
  if (ms < MINUTE_MS) return 'just now';
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ago`;
  return `${Math.floor(ms / DAY_MS)} d ago`;
}

/**
 * Date, seconds and time zone, for whoever compares with a log.
 *
 * @param {Date} time
 */
export function exactTime(time) {
  return Number.isNaN(time.getTime()) ? '' : time.toLocaleString('en', { dateStyle: 'medium', timeStyle: 'long' });
}
