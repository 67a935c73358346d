import { root } from '../api/client.ts';
import { signOut } from '../api/session.ts';
import { reasonOf } from '../ui/Failure.tsx';
import { toast } from '../ui/toast.tsx';
import { shell } from '../words/shell.ts';

/** Ends the session and goes to the sign-in page. */
export async function leave(): Promise<void> {
  try {
    await signOut();
    // A fresh start: nothing of this person stays in memory.
    location.assign(new URL('login', root));
  } catch (error) {
    toast.failure(shell.signOutFailed + reasonOf(error));
  }
}
