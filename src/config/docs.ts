import { pendingSetting } from './pending.ts';
import { allSettings } from './schema.ts';
import { listSettings, type SettingInfo } from './setting.ts';

const AREAS: readonly { readonly title: string; readonly prefix: string; readonly intro: string }[] = [
  { title: 'Server', prefix: 'server.', intro: 'Where and how Patchbay listens.' },
  { title: 'Data', prefix: 'path.', intro: 'What is kept on disk.' },
  { title: 'Status', prefix: 'status.', intro: 'What others may see of the server’s health.' },
  { title: 'Log', prefix: 'logging.', intro: 'What is written to standard error, one JSON object a line.' },
  { title: 'Patchbay', prefix: 'patchbay.', intro: 'What Kibana has no setting for.' },
  {
    title: 'Elasticsearch',
    prefix: 'elasticsearch.',
    intro: 'Where `.index` connectors write: Elasticsearch or OpenSearch.',
  },
  { title: 'Connectors', prefix: 'xpack.actions.', intro: 'Kibana’s own names, with its types, defaults and limits.' },
  { title: 'Encryption', prefix: 'xpack.encryptedSavedObjects.', intro: 'The keys of the stored secrets.' },
  { title: 'Event log', prefix: 'xpack.eventLog.', intro: 'What is kept of executions.' },
  { title: 'Queue', prefix: 'xpack.task_manager.', intro: 'Kibana’s names for its queue.' },
  { title: 'Notifications', prefix: 'notifications.', intro: 'How Patchbay itself sends mail.' },
];

const INTRODUCTION = `# Settings

<!-- Made by \`npm run docs\` from src/config/. Change it there. -->

Settings are read once, at the start, from three places. Each wins over the ones before it:

1. a YAML file: the one given by \`--config\`, else by \`PATCHBAY_CONFIG\`, else \`./patchbay.yml\` if it exists;
2. the environment: dots become underscores and letters upper case, so \`xpack.actions.allowedHosts\` is
   \`XPACK_ACTIONS_ALLOWEDHOSTS\`. Lists and maps are written as JSON. An empty variable counts as not set;
3. the keystore, for secrets: \`npx patchbay keystore create\`, then \`npx patchbay keystore add <name>\`.

In YAML, dotted and nested names mean the same. A key in square brackets, \`"[my.id]"\`, is not split at its dots. Text may
hold \`\${NAME}\` and \`\${NAME:default}\`, which the environment fills in. An existing \`kibana.yml\` can be given as it is:
settings of other parts of Kibana are ignored, with one line in the log. A name that does not exist below \`xpack.actions\`,
\`xpack.encryptedSavedObjects\` or \`patchbay\`, or a value that does not fit, ends the process with exit code 78.

Durations are a whole number and a unit: \`ms\`, \`s\`, \`m\`, \`h\`, \`d\`, \`w\`, \`M\` (30 days), \`Y\` (365 days). Sizes are a whole
number and \`b\`, \`kb\`, \`mb\` or \`gb\`, in multiples of 1024. Settings marked 🔒 are secrets: keep them in the keystore.
[Operations](operations.md#settings) has examples, the rules of the keystore, and what a wrong setting answers.
`;

const DEPRECATED = `## Old names

| Name | What happens |
|---|---|
| \`xpack.actions.whitelistedHosts\` | Read as \`xpack.actions.allowedHosts\`, with a warning. |
| \`xpack.actions.rejectUnauthorized\` | Ignored with a warning. Use \`xpack.actions.ssl.verificationMode\`: \`full\` for \`true\`, \`none\` for \`false\`. |
| \`xpack.actions.proxyRejectUnauthorizedCertificates\` | Ignored with a warning. Use \`xpack.actions.ssl.proxyVerificationMode\` likewise. |
| \`xpack.actions.customHostSettings[n].ssl.rejectUnauthorized\` | Refused. Use \`ssl.verificationMode\` likewise. |
`;

/** The text of `docs/settings.md`: every setting by area, from the schema. Holds nothing of this machine. */
export function renderSettingsDocs(): string {
  const areas = AREAS.map(({ title, prefix, intro }) => {
    const settings = allSettings().filter(({ path }) => path.startsWith(prefix));
    return `## ${title}\n\n${intro}\n\n${table(settings)}`;
  });
  return [INTRODUCTION, ...areas, DEPRECATED].join('\n');
}

function table(settings: readonly SettingInfo[]): string {
  const rows = settings.flatMap((info) => [row(info, true), ...memberRows(info)]);
  return `| Setting | Value | Default | Meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

/** The members of the objects in a list or map. */
function memberRows(info: SettingInfo): string[] {
  const { members } = info.kind;
  return members === undefined
    ? []
    : listSettings(members.schema, `${info.path}${members.suffix}`).map((member) => row(member, false));
}

function row(info: SettingInfo, isSetting: boolean): string {
  const pending = isSetting ? pendingSetting(info.path) : undefined;
  const meaning = pending === undefined ? info.about : `${info.about} *No effect: ${pending.reason}.*`;
  const cells = [`\`${info.path}\`${info.secret ? ' 🔒' : ''}`, info.kind.name, defaultText(info), meaning];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function defaultText(info: SettingInfo): string {
  if (info.default === undefined) return info.unset ?? '–';
  return `\`${typeof info.default === 'string' ? info.default : JSON.stringify(info.default)}\``;
}
