// @ts-check
import { call, isProblem, root, signInUrl, space } from './client.js';
import { byId, el, tame } from './dom.js';

/**
 * Fills the top bar: the space, who is signed in, and the way out.
 *
 * @throws {import('./client.js').Problem} status 401 when nobody is signed in
 */
export async function showWho() {
  const { username } = await call('internal/session');
  const signOut = el('button', { type: 'button', id: 'sign-out' }, 'Sign out');
  signOut.addEventListener('click', async () => {
    try {
      await call('internal/session', { method: 'DELETE' });
      location.assign(new URL('login', root));
    } catch (error) {
      if (!isProblem(error)) throw error;
      signOut.textContent = 'Sign out failed, try again';
    }
  });
  byId('who').replaceChildren(
    el('span', { class: 'space' }, 'space ', el('strong', {}, space)),
    el('bdi', { class: 'username', title: `Signed in as ${tame(username, 200)}` }, tame(username, 40)),
    signOut,
  );
}

/**
 * Shows that something could not be loaded, why, and a way on.
 *
 * @param {string} what a sentence without its reason
 * @param {unknown} error
 * @param {() => void} retry
 */
export function showFailure(what, error, retry) {
  if (!isProblem(error)) throw error;
  const button = el('button', { type: 'button', class: 'primary' }, 'Try again');
  button.addEventListener('click', retry);
  byId('notice').replaceChildren(
    el(
      'div',
      { class: 'notice failed', role: 'alert' },
      el('h2', {}, what),
      el('p', {}, tame(error.message, 1000)),
      button,
    ),
  );
}

/** Goes to the sign-in page, which leads back here. */
export function goToSignIn() {
  location.replace(signInUrl());
}

// Back after signing out must not bring the list back from the browser's memory.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
