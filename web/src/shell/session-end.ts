import { signInUrl } from '../api/client.ts';
import { createStore } from '../ui/store.ts';
import { unsavedForms } from '../ui/unsaved.ts';

/** The session is over while something on the page is not saved: the shell asks to sign in again in place. */
export const isSessionOver = createStore(false);

let isLeaving = false;

/** Nobody is signed in any more: goes to the sign-in page, which leads back, or asks in place if that would lose work. */
export function sessionEnded(): void {
  if (unsavedForms.get() > 0) isSessionOver.set(true);
  else if (!isLeaving) {
    // Each call that is under way says so, and a second journey would cut off the first.
    isLeaving = true;
    location.replace(signInUrl());
  }
}
