/** Words of the panel of one connector. */
export const edit = {
  loading: 'Loading the connector',
  loadFailed: 'The connector could not be loaded',
  missingTitle: 'No connector has this id',
  missingText: (id: string) =>
    `There is no connector “${id}” in this space. It may have been deleted, or be in another space.`,
  toList: 'Show all connectors',
  tabs: { config: 'Configuration', test: 'Test', usage: 'Used by', executions: 'Executions' },
  close: 'Close',
  save: 'Save',
  saved: 'Changes saved',
  nothing: 'There is nothing to save',
  updated: (name: string) => `Updated '${name}'`,

  preconfigured: 'Preconfigured',
  preconfiguredTitle: 'This connector comes from the settings of the server',
  preconfiguredText: (id: string) =>
    `It cannot be changed here. Change xpack.actions.preconfigured.${id} in the settings and restart the server.`,
  preconfiguredHidden: 'The settings keep its configuration to themselves; exposeConfig: true shows it here.',
  deprecated: 'Deprecated',
  missingSecrets: 'Missing secrets',
  missingSecretsTitle: 'The secrets of this connector are missing',
  missingSecretsText: (labels: string) =>
    `Sensitive information is never part of an export. Enter ${labels} again and save; until then the connector cannot run.`,
  missingSecretsAny: 'what is needed',
  disabledTitle: 'The type of this connector is disabled',
  disabledText: (type: string) =>
    `It can be looked at, but neither changed nor run. Add ${type} to the setting xpack.actions.enabledActionTypes.`,
  unknownTypeTitle: 'This server has no such connector type',
  unknownTypeText: (type: string) =>
    `Nothing is known of the type “${type}”. Check the setting patchbay.connectorTypes, or delete the connector.`,
  readOnly: 'Your role allows looking at connectors, but not changing them.',

  deletedTitle: 'This connector has been deleted meanwhile',
  deletedText:
    'Nothing can be saved in it any more. What you have typed is still here: “Copy as code” makes a command of it that creates the connector anew, without its secrets.',

  conflictTitle: 'Somebody else changed this connector',
  conflictText:
    'It was saved while you were editing. Nothing of yours has been saved. Compare, then choose: keeping your changes takes over theirs wherever you changed nothing.',
  conflictEarly:
    'It was saved while you were editing. Compare, then choose: keeping your changes takes over theirs wherever you changed nothing.',
  conflictUnseen: 'No field that can be seen differs; a secret may have been replaced.',
  conflictField: 'Field',
  conflictBefore: 'Before',
  conflictTheirs: 'Stored now',
  conflictMine: 'Yours',
  conflictTable: 'What differs',
  keepMine: 'Keep my changes',
  takeTheirs: 'Discard my changes',
  mergedHint: 'Your changes stand in the form, on top of what is stored now. Check them and save.',
  nothingSet: 'not set',

  usageLead: 'What sends through this connector.',
  usageNone: 'Nothing uses this connector',
  usageNoneText:
    'Notices that name it will appear here. Programs that call it by the HTTP API are seen under “Executions” only.',
  usageFailed: 'What uses this connector could not be loaded',
  usageTable: 'Uses of this connector',
  usageName: 'Name',
  usageKind: 'Kind',
  usageRole: 'Role',
  kinds: { notice: 'Notice' } as Readonly<Record<string, string>>,
  roles: { to: 'Recipient', fallback: 'When others fail' } as Readonly<Record<string, string>>,

  listed: (labels: readonly string[]) =>
    labels.length < 2
      ? labels.join('')
      : labels.length === 2
        ? labels.join(' and ')
        : `${labels.slice(0, -1).join(', ')}, and ${labels.at(-1)}`,
} as const;
