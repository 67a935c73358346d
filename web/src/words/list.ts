import type { Block, Health } from '../pages/connectors/list/rows.ts';

const count = (n: number) => n.toLocaleString();
const connectors = (n: number) => (n === 1 ? '1 connector' : `${count(n)} connectors`);

/** All text of the list of connectors, of deleting and of import and export. */
export const listWords = {
  title: 'Connectors',
  lead: 'Where actions are sent: the services, their addresses and their credentials.',
  create: 'Create connector',
  import: 'Import',
  table: 'Connectors',
  search: 'Search name, id, type or tag',
  filters: { type: 'Type', health: 'Health', tags: 'Tags' },
  columns: {
    name: 'Name',
    type: 'Type',
    last: 'Last run',
    day: '24 hours',
    used: 'Used by',
    actions: 'Actions',
    more: 'More',
  },
  loadFailed: 'The connectors could not be loaded',
  refreshFailed: 'The list may be out of date',
  summary: (found: number, all: number) => (found === all ? connectors(all) : `${count(found)} of ${connectors(all)}`),
  clear: 'Clear search and filters',
  noMatch: 'No connector matches',
  noMatchHint: 'Nothing in this space has all the words of the search and what the filters ask for.',
  empty: 'No connectors in this space yet',
  emptyHint:
    'Connectors that are created here, imported, or defined in the server’s settings will appear in this list.',
  emptyReadOnly: 'No connectors in this space yet',
  emptyReadOnlyHint:
    'You may look at connectors and run them, but not create them. Ask an administrator for the role actions_all, or to create one.',

  health: {
    failing: 'Failing',
    retrying: 'Retrying',
    blocked: 'Cannot run',
    working: 'Working',
    cancelled: 'Cancelled',
    never: 'Never ran',
  } satisfies Record<Health, string>,
  block: {
    'missing-secrets': 'Its secrets are missing: it was imported without them.',
    'type-disabled': 'Its type is left out of the setting xpack.actions.enabledActionTypes.',
    'type-unknown': 'This server has no connector type of this id.',
  } satisfies Record<Block, string>,
  badges: {
    preconfigured: 'Preconfigured',
    preconfiguredHint: 'Defined in the server’s settings; it cannot be changed or deleted here.',
    deprecated: 'Deprecated',
    deprecatedHint: 'This kind of connector is on its way out. Move to its successor.',
    'missing-secrets': 'Missing secrets',
    'type-disabled': 'Disabled',
    'type-unknown': 'Unknown type',
  },
  moreTags: (n: number) => `+${n}`,
  never: 'never ran',
  cannotRun: 'cannot run',
  day: (ran: number, failed: number) =>
    ran === 0
      ? 'No runs in the last 24 hours'
      : `${count(ran)} ${ran === 1 ? 'run' : 'runs'} in the last 24 hours, ${failed === 0 ? 'none' : count(failed)} failed`,
  unknown: 'not known',
  use: (kind: string, name: string, role: string | undefined) =>
    `${kind} “${name}”${role === 'fallback' ? ' (as fallback)' : ''}`,

  actions: {
    fix: 'Fix',
    fixHint: 'Enter the missing secrets',
    test: (name: string) => `Test ${name}`,
    delete: (name: string) => `Delete ${name}`,
    more: (name: string) => `More actions for ${name}`,
    menuTest: 'Test',
    menuEdit: 'Edit',
    menuOpen: 'Open',
    menuExecutions: 'Show executions',
    copy: 'Copy as',
    kinds: { curl: 'curl command', terraform: 'Terraform resource', yaml: 'YAML for the settings' },
    copied: (what: string) => `Copied as ${what}`,
    copyFailed:
      'The browser did not allow copying. It keeps the clipboard from pages without TLS: open the console with https, or on localhost.',
    export: 'Export',
    menuDelete: 'Delete',
    testForbidden: 'You may not run connectors. Ask an administrator for the role actions_read or actions_all.',
    deleteForbidden: 'You may not delete connectors. Ask an administrator for the role actions_all.',
  },

  selection: {
    selected: (n: number) => `${count(n)} selected`,
    delete: (n: number) => `Delete ${count(n)}`,
    export: (n: number) => `Export ${count(n)}`,
    clear: 'Clear selection',
  },

  delete: {
    title: (n: number) => (n === 1 ? 'Delete connector' : `Delete ${connectors(n)}`),
    lead: (n: number) =>
      n === 1
        ? 'A deleted connector cannot be brought back. Its executions stay in the log.'
        : 'Deleted connectors cannot be brought back. Their executions stay in the log.',
    and: (n: number) => `and ${count(n)} more`,
    inUse: (used: number, all: number) => {
      if (all === 1) return 'This connector is in use';
      return used === 1 ? '1 of these connectors is in use' : `${count(used)} of these connectors are in use`;
    },
    usedBy: (n: number, names: string) => `is used by ${count(n)}: ${names}`,
    inUseHint: 'What uses it will fail, or go to the next recipient, from then on.',
    usageUnknown: 'What uses them could not be found out',
    usageUnknownHint: 'Delete only what you know is not needed.',
    confirm: (n: number) => (n === 1 ? 'Delete connector' : `Delete ${connectors(n)}`),
    progress: (done: number, n: number) => `Deleting ${count(done)} of ${count(n)}`,
    word: 'delete',
    done: (n: number) => `Deleted ${connectors(n)}`,
    failed: (n: number) => `${connectors(n)} could not be deleted`,
    failedWhy: (name: string, reason: string) => `${name}: ${reason}`,
  },

  export: {
    done: (n: number) => `Exported ${connectors(n)}`,
    failed: 'The export failed',
    file: 'connectors.ndjson',
  },

  importing: {
    title: 'Import connectors',
    lead: 'A file that was exported here or from Kibana. Secrets are never part of it.',
    drop: 'Drop an .ndjson file here, or',
    dropAnywhere: 'Drop the file to import connectors',
    choose: 'Choose a file',
    chooseOther: 'Choose another file',
    file: 'File to import',
    tooLarge: (limit: string) => `The file is larger than ${limit}, which is more than the server takes.`,
    notNdjson: 'The name of the file must end in .ndjson.',
    notReadable:
      'This is no export of connectors: no line of the file is a connector. Choose an .ndjson file that was made by an export.',
    unreadable: 'The browser could not read the file. Choose it again.',
    contents: (n: number, others: number) =>
      others === 0 ? connectors(n) : `${connectors(n)}, and ${count(others)} of other kinds, which are left out`,
    conflicts: 'When a connector of the same id exists',
    modes: {
      stop: 'Import nothing and say so',
      overwrite: 'Replace it',
      copies: 'Keep it, and import everything with new ids',
    },
    start: 'Import',
    cancel: 'Cancel',
    close: 'Close',
    failed: 'The import failed',
    overwriteAll: 'Replace existing ones',
    copyAll: 'Import with new ids',
    report: 'What became of each object',
    columns: { name: 'Connector', result: 'Result' },
    result: {
      all: (n: number) => `Imported ${connectors(n)}`,
      none: 'Nothing was imported',
      some: (done: number, failed: number) => `Imported ${connectors(done)}; ${count(failed)} could not be imported`,
      noneHint: 'At least one connector exists already, so none was written. Choose what to do with those that exist.',
    },
    fix: (n: number) =>
      n === 1
        ? '1 connector needs its secrets before it can run.'
        : `${count(n)} connectors need their secrets before they can run.`,
    created: 'created',
    replaced: 'replaced',
    held: 'not written',
    refused: 'not imported',
    newId: (id: string) => `With the id ${id}.`,
    heldWhy: 'Others of the file exist already.',
    conflict: 'A connector of this id exists already.',
    ambiguous: 'Several connectors here come from the same one.',
    unsupported: 'It is not a connector; other kinds of objects are left out.',
    missingReferences: 'It refers to objects that do not exist here.',
    unknown: 'The server did not say why. Its log may.',
    needsSecrets: 'Missing secrets',
  },
} as const;
