import { useIsFetching, useIsMutating } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { Notice } from '../ui/Notice.tsx';
import { shell } from '../words/shell.ts';
import classes from './Connection.module.css';

/** A call that is under way for longer than this is worth a word. */
const SLOW_MS = 4_000;

function subscribe(listener: () => void): () => void {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
}

/** Says when the browser is offline or the server slow; takes no room otherwise. */
export function Connection() {
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine);
  const isSlow = useIsSlow();
  if (isOnline && !isSlow) return <div role="status" />;
  return (
    <div role="status" className={classes.connection}>
      <Notice tone="warning">{isOnline ? shell.slow : shell.offline}</Notice>
    </div>
  );
}

function useIsSlow(): boolean {
  const isBusy = useIsFetching() + useIsMutating() > 0;
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    if (!isBusy) return setSlow(false);
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, [isBusy]);
  return isSlow;
}
