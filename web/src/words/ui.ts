/** Texts of the shared components. */
export const ui = {
  tryAgain: 'Try again',
  cancel: 'Cancel',
  close: 'Close',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Copying is not allowed here: select the text instead',
  dismiss: 'Dismiss',
  loading: 'Loading',
  selectAll: 'Select all',
  selectRow: (name: string) => `Select ${name}`,
  sortBy: (column: string) => `Sort by ${column}`,
  clear: 'Clear',
  clearFilter: (label: string) => `Clear the filter “${label}”`,
  filterSearch: (label: string) => `Search in “${label}”`,
  filterNothing: 'Nothing matches.',
  filterChosen: 'chosen',
  searchShortcut: 'Press / to search',
  showTable: 'Show as table',
  showChart: 'Show as chart',
  time: 'Time',
  typeToConfirm: (word: string) => `Type “${word}” to confirm`,
  unsavedTitle: 'Leave without saving?',
  unsavedText: 'Your changes have not been saved. If you leave now, they are lost.',
  unsavedLeave: 'Discard changes',
  unsavedStay: 'Keep editing',
  never: 'never',
  unknownError: 'The console met an error that it did not expect. Reload the page; if it comes again, report it.',
} as const;

/** How an execution stands, in a word. */
export const statusWords: Readonly<Record<string, string>> = {
  queued: 'queued',
  running: 'running',
  retrying: 'retrying',
  succeeded: 'succeeded',
  failed: 'failed',
  expired: 'expired',
  cancelled: 'cancelled',
};

/** Distances in time. The words are those of the console; the exact times beside them follow the reader's locale. */
export const distance = {
  now: 'just now',
  past: (amount: string) => `${amount} ago`,
  future: (amount: string) => `in ${amount}`,
  milliseconds: (count: string) => `${count} ms`,
  seconds: (count: string) => `${count} s`,
  minutes: (count: string) => `${count} min`,
  hours: (count: string) => `${count} h`,
  days: (count: string, isOne: boolean) => `${count} ${isOne ? 'day' : 'days'}`,
  months: (count: string, isOne: boolean) => `${count} ${isOne ? 'month' : 'months'}`,
  years: (count: string, isOne: boolean) => `${count} ${isOne ? 'year' : 'years'}`,
} as const;
