import { code as words } from '../../words/code.ts';

/** What a connector or an action can be copied as. */
export type CodeKind = keyof typeof words.kinds;
export const CODE_KINDS = Object.keys(words.kinds) as CodeKind[];

/** What is known of a connector, in the names of the API; stored and unsaved ones alike. */
export interface CodeConnector {
  readonly id: string;
  readonly name: string;
  readonly connector_type_id: string;
  /** Left out where the settings do not show it. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Names of the secrets that are set; their values are never part of the code. */
  readonly configured_secrets?: readonly string[];
  readonly tags?: readonly string[];
}

/** Where the server is: the address of the console's pages and the space that they are in. */
export interface CodePlace {
  readonly root: URL;
  readonly space: string;
}

/** An action of a stored connector. */
export interface CodeAction {
  readonly connector: Pick<CodeConnector, 'id' | 'name'>;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A connector as code that makes the same one, with placeholders where the secrets belong. */
export function connectorAsCode(kind: CodeKind, connector: CodeConnector, place: CodePlace): string {
  switch (kind) {
    case 'curl':
      return connectorAsCurl(connector, place);
    case 'terraform':
      return connectorAsTerraform(connector, place);
    case 'yaml':
      return connectorAsYaml(connector);
  }
}

/** An action as code that performs it (curl) or that a rule has it with (Terraform, YAML). */
export function actionAsCode(kind: CodeKind, action: CodeAction, place: CodePlace): string {
  switch (kind) {
    case 'curl': {
      const path = `api/actions/connector/${encodeURIComponent(action.connector.id)}/_execute`;
      return curl(new URL(path, place.root), { params: action.params });
    }
    case 'terraform':
      return lines(
        `# ${words.terraformAction}`,
        'actions {',
        `  id     = elasticstack_kibana_action_connector.${resourceName(action.connector)}.connector_id`,
        `  group  = "default"`,
        `  params = jsonencode(${hcl(action.params, 1)})`,
        '}',
      );
    case 'yaml':
      return lines(
        `# ${words.yamlAction}`,
        `id: ${yamlText(action.connector.id)}`,
        'group: default',
        ...yamlMember('params', action.params, 0),
      );
  }
}

function connectorAsCurl(connector: CodeConnector, { root }: CodePlace): string {
  const names = connector.configured_secrets ?? [];
  const body = {
    name: connector.name,
    connector_type_id: connector.connector_type_id,
    ...(connector.config === undefined ? {} : { config: withoutNulls(connector.config) }),
    ...(names.length === 0 ? {} : { secrets: Object.fromEntries(names.map((name) => [name, `<${name}>`])) }),
    ...(connector.tags?.length ? { tags: connector.tags } : {}),
  };
  const url = new URL(`api/actions/connector/${encodeURIComponent(connector.id)}`, root);
  const notes = [
    ...(names.length === 0 ? [] : [words.replaceSecrets]),
    ...(connector.config === undefined ? [words.noConfig] : []),
  ];
  return curl(url, body, notes);
}

function curl(url: URL, body: unknown, notes: readonly string[] = []): string {
  return lines(
    ...[words.curlLead, ...notes].map((note) => `# ${note}`),
    `curl -X POST ${shellText(url.href)} \\`,
    '  -u "$PATCHBAY_USER:$PATCHBAY_PASSWORD" \\',
    "  -H 'kbn-xsrf: true' -H 'Content-Type: application/json' \\",
    `  -d ${shellText(JSON.stringify(body, undefined, 2))}`,
  );
}

/** In single quotes, where a shell reads nothing but the closing quote. */
function shellText(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[14][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

function connectorAsTerraform(connector: CodeConnector, { space }: CodePlace): string {
  const resource = resourceName(connector);
  const secrets = connector.configured_secrets ?? [];
  const variable = (name: string) => `${resource}_${identifier(name)}`;
  const isInSpace = space !== 'default';
  const { config } = connector;
  return lines(
    ...secrets.flatMap((name) => [
      `variable "${variable(name)}" {`,
      `  description = ${hclText(words.secret(name, connector.name))}`,
      '  type        = any',
      '  sensitive   = true',
      '  ephemeral   = true',
      '}',
      '',
    ]),
    `# ${oneLine(words.importHint(`elasticstack_kibana_action_connector.${resource}`, `${space}/${connector.id}`))}`,
    `resource "elasticstack_kibana_action_connector" "${resource}" {`,
    `  name              = ${hclText(connector.name)}`,
    `  connector_type_id = ${hclText(connector.connector_type_id)}`,
    // The provider takes ids of no other kind.
    ...(UUID.test(connector.id) ? [`  connector_id      = ${hclText(connector.id)}`] : []),
    ...(isInSpace ? [`  space_id          = ${hclText(space)}`] : []),
    ...(config === undefined ? [`  # ${words.noConfig}`] : []),
    ...(config === undefined || Object.keys(withoutNulls(config)).length === 0
      ? []
      : [`  config = jsonencode(${hcl(withoutNulls(config), 1)})`]),
    ...(secrets.length === 0
      ? []
      : [
          '  secrets_wo = jsonencode({',
          ...secrets.map((name) => `    ${hclKey(name)} = var.${variable(name)}`),
          '  })',
          '  secrets_wo_version = "1"',
        ]),
    '}',
  );
}

/** A name that Terraform takes for a resource: letters, digits, `_`, beginning with a letter. */
function resourceName({ id, name }: Pick<CodeConnector, 'id' | 'name'>): string {
  return identifier(UUID.test(id) ? name : id) || 'connector';
}

function identifier(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    // Beginnings of words in the middle: `routingKey` is to be read as `routing_key`.
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return /^[0-9]/.test(plain) ? `connector_${plain}` : plain;
}

/** A value as HCL writes it. */
function hcl(value: unknown, level: number): string {
  const inner = '  '.repeat(level + 1);
  const outer = '  '.repeat(level);
  if (typeof value === 'string') return hclText(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((each) => `${inner}${hcl(each, level + 1)},`).join('\n')}\n${outer}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value);
    if (members.length === 0) return '{}';
    return `{\n${members.map(([key, each]) => `${inner}${hclKey(key)} = ${hcl(each, level + 1)}`).join('\n')}\n${outer}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

function hclKey(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : hclText(key);
}

/** JSON's escapes are HCL's; what would begin an expression inside a text is doubled. */
function hclText(text: string): string {
  return JSON.stringify(text)
    .replaceAll('${', () => '$${')
    .replaceAll('%{', '%%{');
}

function connectorAsYaml(connector: CodeConnector): string {
  const names = connector.configured_secrets ?? [];
  const variable = (name: string) => `\${${`${resourceName(connector)}_${identifier(name)}`.toUpperCase()}}`;
  const config = connector.config === undefined ? undefined : withoutNulls(connector.config);
  return lines(
    ...(config === undefined ? [`# ${words.noConfig}`] : []),
    ...(names.length === 0 ? [] : [`# ${words.yamlSecrets}`]),
    'xpack.actions.preconfigured:',
    `  ${yamlKey(connector.id)}:`,
    `    name: ${yamlText(connector.name)}`,
    `    actionTypeId: ${yamlText(connector.connector_type_id)}`,
    ...(config === undefined || Object.keys(config).length === 0 ? [] : yamlMember('config', config, 2)),
    ...(names.length === 0
      ? []
      : yamlMember('secrets', Object.fromEntries(names.map((name) => [name, variable(name)])), 2)),
  );
}

function yamlMember(key: string, value: unknown, level: number): string[] {
  const indent = '  '.repeat(level);
  if (Array.isArray(value) && value.length > 0) {
    return [`${indent}${yamlKey(key)}:`, ...value.flatMap((each) => yamlItem(each, level + 1))];
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0) {
    return [
      `${indent}${yamlKey(key)}:`,
      ...Object.entries(value).flatMap(([inner, each]) => yamlMember(inner, each, level + 1)),
    ];
  }
  return [`${indent}${yamlKey(key)}: ${yamlScalar(value)}`];
}

function yamlItem(value: unknown, level: number): string[] {
  const indent = '  '.repeat(level);
  if (typeof value !== 'object' || value === null) return [`${indent}- ${yamlScalar(value)}`];
  // JSON is YAML: what is nested in a list stays on one line and needs no rules of its own.
  return [`${indent}- ${JSON.stringify(value)}`];
}

function yamlScalar(value: unknown): string {
  return typeof value === 'string' ? yamlText(value) : (JSON.stringify(value) ?? 'null');
}

/** Plain where no reader could take it for anything else, else in JSON's quotes, which YAML reads as well. */
function yamlText(text: string): string {
  const isPlain = /^[A-Za-z][A-Za-z0-9 ._/-]*$/.test(text) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(text);
  return isPlain && !text.endsWith(' ') ? text : JSON.stringify(text);
}

/** The settings take a dot in a key for a level, unless the key stands in brackets. */
function yamlKey(key: string): string {
  if (key.includes('.')) return JSON.stringify(`[${key}]`);
  return yamlText(key);
}

/** Null stands for "not set" in every config; code reads better without. */
function withoutNulls(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}

/** Names come from outside: a line break in one must not begin a line of code. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ');
}

function lines(...all: string[]): string {
  return `${all.join('\n')}\n`;
}
