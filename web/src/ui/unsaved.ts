import { useBlocker } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ui } from '../words/ui.ts';
import { confirm } from './dialogs.tsx';
import { createStore } from './store.ts';

/** How many forms on the page hold what is not saved. */
export const unsavedForms = createStore(0);

interface GuardOptions {
  /** For other addresses that keep the form, such as another tab of its panel. */
  readonly isHarmless?: (pathname: string) => boolean;
  /** On the question. */
  readonly testSubj?: string;
}

/**
 * Asks before what was typed is lost: when another address is opened (links, Back, closing a panel) and when the tab is
 * closed. It never asks while nothing is dirty, nor for changes of the query alone. After saving, navigate with
 * `ignoreBlocker: true`, because the form is clean on the next drawing only.
 */
export function useUnsavedGuard(isDirty: boolean, { isHarmless, testSubj }: GuardOptions = {}): void {
  useBlocker({
    disabled: !isDirty,
    enableBeforeUnload: isDirty,
    async shouldBlockFn({ current, next }) {
      if (current.pathname === next.pathname || isHarmless?.(next.pathname)) return false;
      return !(await confirm({
        title: ui.unsavedTitle,
        text: ui.unsavedText,
        confirm: ui.unsavedLeave,
        cancel: ui.unsavedStay,
        danger: true,
        testSubj,
      }));
    },
  });
  useEffect(() => {
    if (!isDirty) return;
    unsavedForms.set(unsavedForms.get() + 1);
    return () => unsavedForms.set(unsavedForms.get() - 1);
  }, [isDirty]);
}
