import { lazy, Suspense, useEffect } from 'react';
import { useFocusBack } from './focus-back.ts';
import { createStore } from './store.ts';

/** A question before something that cannot be undone. */
export interface Confirmation {
  readonly title: string;
  /** A sentence; for more, such as a list of names, use the component `ConfirmDialog`. */
  readonly text: string;
  /** What the button does, as a verb. */
  readonly confirm: string;
  readonly cancel?: string;
  /** Red button. */
  readonly danger?: boolean;
  /** To be typed before the button works. */
  readonly typed?: string;
  /** On the dialog, e.g. `closeConnectorEditConfirm`. */
  readonly testSubj?: string;
}

const asked = createStore<{ question: Confirmation; answer: (yes: boolean) => void } | undefined>(undefined);

/** Dialogs that stand over panels; a panel leaves the Escape key to them. */
export const openDialogs = createStore(0);

/** Asks and waits for the answer; a second question answers the first with no. */
export function confirm(question: Confirmation): Promise<boolean> {
  asked.get()?.answer(false);
  return new Promise((resolve) => {
    asked.set({
      question,
      answer(yes) {
        asked.set(undefined);
        resolve(yes);
      },
    });
  });
}

const ConfirmDialog = lazy(() => import('./ConfirmDialog.tsx').then((module) => ({ default: module.ConfirmDialog })));

/** Shows what {@link confirm} asks; stands once, in the shell. */
export function Dialogs() {
  const current = asked.use();
  if (current === undefined) return null;
  const { question, answer } = current;
  return (
    <Suspense>
      <ConfirmDialog {...question} onConfirm={() => answer(true)} onCancel={() => answer(false)}>
        {question.text}
      </ConfirmDialog>
    </Suspense>
  );
}

/** For dialogs: while one is on the page, panels below leave the Escape key to it; after it, the focus goes back. */
export function useDialogOnTop(): void {
  useFocusBack();
  useEffect(() => {
    openDialogs.set(openDialogs.get() + 1);
    // A moment later: the key that closes the dialog is still on its way to the panel below.
    return () => void setTimeout(() => openDialogs.set(openDialogs.get() - 1));
  }, []);
}
