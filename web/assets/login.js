// @ts-check
import { call, isProblem, pageAfterSignIn } from './client.js';
import { byId } from './dom.js';

/** @type {HTMLFormElement} */
const form = byId('form');
/** @type {HTMLInputElement} */
const username = byId('username');
/** @type {HTMLInputElement} */
const password = byId('password');
const message = byId('problem');
let isUnderWay = false;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  // Enter pressed twice is one sign-in. The button stays enabled: a disabled one loses the focus.
  if (isUnderWay) return;
  if (username.value === '') return refuse('Enter your user name.', username);
  if (password.value === '') return refuse('Enter your password.', password);
  isUnderWay = true;
  message.textContent = '';
  form.setAttribute('aria-busy', 'true');
  try {
    await call('internal/session', { method: 'POST', body: { username: username.value, password: password.value } });
    proceed();
  } catch (error) {
    if (!isProblem(error)) throw error;
    if (error.status !== 401) return refuse(error.message, password);
    password.value = '';
    refuse('The user name or the password is wrong. Check both and try again.', password);
  } finally {
    isUnderWay = false;
    form.removeAttribute('aria-busy');
  }
});

/**
 * @param {string} text
 * @param {HTMLInputElement} field
 */
function refuse(text, field) {
  message.textContent = text;
  for (const input of [username, password]) input.removeAttribute('aria-invalid');
  field.setAttribute('aria-invalid', 'true');
  field.focus();
}

function proceed() {
  location.replace(pageAfterSignIn(new URLSearchParams(location.search).get('next')));
}

username.focus();
// Whoever is signed in already has nothing to do here; for everyone else the form simply stays.
call('internal/session').then(proceed, () => {});
