import { type RefObject, useEffect, useRef } from 'react';

/**
 * For a button that is disabled while it works, by which browsers take the focus from it: gives it back afterwards, unless
 * the reader has gone elsewhere meanwhile.
 */
export function useFocusAfter(isBusy: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  const wasBusy = useRef(isBusy);
  useEffect(() => {
    const isDone = wasBusy.current && !isBusy;
    wasBusy.current = isBusy;
    if (isDone && document.activeElement === document.body) button.current?.focus({ preventScroll: true });
  }, [isBusy]);
  return button;
}
