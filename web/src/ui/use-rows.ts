import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  observeWindowOffset,
  observeWindowRect,
  useVirtualizer,
  windowScroll,
} from '@tanstack/react-virtual';
import { type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { ROW_HEIGHT } from './DataTable.tsx';

const HEADING_HEIGHT = 36;
/** Rows drawn beyond the edge, so that scrolling by a wheel's turn shows no gap. */
const BEYOND = 6;

interface VisibleRows {
  /** Pixels that the rows above and below those drawn would take. */
  readonly before: number;
  readonly after: number;
  readonly visible: readonly number[];
  /** Scrolls to a row if it is out of sight, then calls back when it is drawn. */
  reveal(index: number, then: () => void): void;
}

/**
 * Which of the table's rows are in sight.
 *
 * @param scroller what scrolls around the table; null for the page
 */
export function useRows(
  count: number,
  frame: RefObject<HTMLElement | null>,
  scroller: HTMLElement | null,
): VisibleRows {
  const [offset, setOffset] = useState(0);
  const isScrolling = useRef(false);
  // Where the table begins: what stands above it may grow and shrink, but not because one scrolls.
  useLayoutEffect(() => {
    if (isScrolling.current) return;
    const top = frame.current!.getBoundingClientRect().top;
    const start = scroller === null ? scrollY : scroller.scrollTop - scroller.getBoundingClientRect().top;
    setOffset(Math.round(top + start + HEADING_HEIGHT));
  });
  const isPage = scroller === null;
  const virtual = useVirtualizer<Element, Element>({
    count,
    estimateSize: () => ROW_HEIGHT,
    overscan: BEYOND,
    scrollMargin: offset,
    // The heading covers the first row that it stands before.
    scrollPaddingStart: HEADING_HEIGHT + (isPage ? topBarHeight() : 0),
    // The page and an element report and take their position in different ways; the library types one at a time.
    getScrollElement: () => (isPage ? window : scroller) as Element,
    observeElementRect: (isPage ? observeWindowRect : observeElementRect) as never,
    observeElementOffset: (isPage ? observeWindowOffset : observeElementOffset) as never,
    scrollToFn: (isPage ? windowScroll : elementScroll) as never,
    initialOffset: () => (isPage ? window.scrollY : 0),
  });
  isScrolling.current = virtual.isScrolling;
  const items = virtual.getVirtualItems();
  const first = items[0];
  const last = items.at(-1);
  return {
    before: first === undefined ? 0 : first.start - offset,
    after: last === undefined ? 0 : Math.max(0, count * ROW_HEIGHT - (last.end - offset)),
    visible: items.map(({ index }) => index),
    reveal(index, then) {
      virtual.scrollToIndex(index, { align: 'auto' });
      whenDrawn(frame, index, then);
    },
  };
}

/** Frames to wait for a row; a busy machine may need some. */
const FRAMES_MAX = 120;

function whenDrawn(frame: RefObject<HTMLElement | null>, index: number, then: () => void, left = FRAMES_MAX): void {
  requestAnimationFrame(() => {
    if (frame.current?.querySelector(`[data-index="${index}"]`) != null) then();
    else if (left > 0) whenDrawn(frame, index, then, left - 1);
  });
}

const topBarHeight = () => document.querySelector('[data-top-bar]')?.clientHeight ?? 0;
