import { useEffect } from 'react';

/** What has just been taken off the page; the focus is about to go back. */
let closed: { readonly opener: Element | null; readonly timer: ReturnType<typeof setTimeout> } | undefined;

/**
 * For what stands over the page and takes the focus: gives it back to what had it before. Where one takes the place of
 * another (gallery, then form; skeleton, then content), what had it before the first gets it after the last.
 */
export function useFocusBack(): void {
  useEffect(() => {
    const opener = closed === undefined ? document.activeElement : closed.opener;
    clearTimeout(closed?.timer);
    closed = undefined;
    return () => {
      // A moment later: the next one may be about to take its place, and the page is not yet free to be focused.
      const timer = setTimeout(() => {
        closed = undefined;
        giveBack(opener);
      });
      closed = { opener, timer };
    };
  }, []);
}

function giveBack(opener: Element | null): void {
  if (opener instanceof HTMLElement && opener !== document.body && opener.isConnected) {
    opener.focus({ preventScroll: true });
  } else if (document.activeElement === null || document.activeElement === document.body) {
    // It went with what was done, as the button of a row that was deleted.
    document.getElementById('main')?.focus({ preventScroll: true });
  }
}
