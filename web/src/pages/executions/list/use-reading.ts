import { type RefObject, useEffect, useState } from 'react';

/** Below the top bar, a few rows may go before somebody counts as reading further down. */
const SCROLLED_PX = 80;

/**
 * Whether somebody seems to read what is inside: the pointer or the focus is in it, or it is scrolled away from its
 * beginning.
 */
export function useReading(ref: RefObject<HTMLElement | null>): boolean {
  const [isPointed, setIsPointed] = useState(false);
  const [isFocused, setIsFocused] = useState(false);
  const [isScrolled, setIsScrolled] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const stop = new AbortController();
    const listen = (target: EventTarget, type: string, listener: (event: Event) => void) =>
      target.addEventListener(type, listener, { signal: stop.signal, passive: true });
    // A finger that has left the glass points at nothing.
    listen(element, 'pointerenter', (event) => setIsPointed((event as PointerEvent).pointerType === 'mouse'));
    listen(element, 'pointerleave', () => setIsPointed(false));
    listen(element, 'focusin', () => setIsFocused(true));
    listen(element, 'focusout', (event) =>
      setIsFocused(element.contains((event as FocusEvent).relatedTarget as Node | null)),
    );
    listen(window, 'scroll', () => setIsScrolled(element.getBoundingClientRect().top < SCROLLED_PX));
    return () => stop.abort();
  }, [ref]);
  return isPointed || isFocused || isScrolled;
}
