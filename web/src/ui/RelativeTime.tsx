import { VisuallyHidden } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { ui } from '../words/ui.ts';
import { formatExact, formatRelative, type Moment, toMs } from './format.ts';

const TICK_MS = 10_000;

let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  if (timer === undefined) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const notify of listeners) notify();
    }, TICK_MS);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, in milliseconds since 1970, as of at most ten seconds ago; one clock for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

interface RelativeTimeProps {
  /** Null and undefined say "never". */
  readonly at: Moment | null | undefined;
}

/** `2 min ago`, kept current, with the exact time as title and for screen readers. */
export function RelativeTime({ at }: RelativeTimeProps) {
  const current = useNow();
  if (at === null || at === undefined) return <span>{ui.never}</span>;
  const ms = toMs(at);
  if (!Number.isFinite(ms)) return <span>{String(at)}</span>;
  const exact = formatExact(ms);
  return (
    <time dateTime={new Date(ms).toISOString()} title={exact} style={{ whiteSpace: 'nowrap' }}>
      {formatRelative(ms, current)}
      <VisuallyHidden>{` (${exact})`}</VisuallyHidden>
    </time>
  );
}
