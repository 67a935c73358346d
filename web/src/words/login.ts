/** Texts of the sign-in page. */
export const login = {
  title: 'Sign in',
  username: 'User name',
  password: 'Password',
  showPassword: 'Show or hide what is typed',
  signIn: 'Sign in',
  noUsername: 'Enter your user name.',
  noPassword: 'Enter your password.',
  wrong: 'The user name or the password is wrong. Check both and try again.',
} as const;
