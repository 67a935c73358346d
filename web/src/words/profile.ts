/** Texts of the panel about oneself. */
export const profile = {
  title: 'Your profile',
  failed: 'Your profile could not be loaded',
  loading: 'Loading your profile',
  fullName: 'Full name',
  email: 'E-mail',
  rights: 'What you may do',
  rightsLead: 'Your roles hold in every space. A superuser can change them.',
  signOut: 'Sign out',

  password: 'Password',
  passwordLead: 'A new password signs you out everywhere but here. API keys go on working.',
  passwordFromSettings:
    'The settings decide your password (patchbay.admin.password), and win at every start. Change it there and start the server again.',
  current: 'Current password',
  next: 'New password',
  nextHelp: 'At least 8 characters.',
  show: 'Show or hide what is typed',
  noCurrent: 'Enter your current password.',
  short: 'Enter a new password of at least 8 characters.',
  same: 'This is the present password. Enter another one.',
  change: 'Change password',
  changed: 'Password changed. All other sessions of yours have ended.',
  changeFailed: 'The password could not be changed',
} as const;
