import { stringify } from 'yaml';
import type { Category } from './define.ts';
import { describeType, type FormSchema, type TypeDescription } from './form.ts';
import type { AnyConnectorType } from './registry.ts';

/**
 * The reference pages of the connector types, generated from their schemas so that they cannot say anything else than
 * what is validated.
 */

/** Not `index.md`: that is the page of the type `.index`. */
const INDEX_FILE = 'README.md';

const CATEGORY_TITLES: Readonly<Record<Category, string>> = {
  messaging: 'Messaging',
  paging: 'Paging',
  tickets: 'Tickets',
  'security-operations': 'Security operations',
  ai: 'AI',
  endpoint: 'Endpoint security',
  generic: 'Generic',
};

/** Plain text inside Markdown: nothing in it becomes markup, a table cell, a line of its own or an HTML tag. */
export function escapeMarkdown(text: string): string {
  const flat = text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return flat
    .replaceAll(/[\\`*_[\]|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

/** A code span that may stand in a table cell, whatever the text holds. */
export function codeSpan(text: string): string {
  const flat = text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  const longest = Math.max(0, ...[...flat.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = flat === '' || /^`|`$/.test(flat) ? ' ' : '';
  return `${fence}${pad}${flat.replaceAll('|', '\\|')}${pad}${fence}`;
}

function codeBlock(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

interface Row {
  readonly path: string;
  readonly schema: FormSchema;
  readonly required: boolean;
}

function isSchema(value: unknown): value is FormSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that may be null, or one alternative of it, without the null. */
function withoutNull(schema: FormSchema): FormSchema {
  const branches = Array.isArray(schema.anyOf)
    ? (schema.anyOf as FormSchema[]).filter(({ type }) => type !== 'null')
    : [];
  return branches.length === 1 ? { ...branches[0], ...schema, anyOf: undefined } : schema;
}

/** Every field, those of objects and of lists of objects as `a.b` and `a[].b` below their parent. */
function rowsOf(schema: FormSchema, prefix = ''): Row[] {
  if (!isSchema(schema.properties)) return alternativesOf(schema).flatMap((alternative) => rowsOf(alternative, prefix));
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    const field = withoutNull(property as FormSchema);
    const path = `${prefix}${name}`;
    const inner = isSchema(field.items) ? rowsOf(withoutNull(field.items), `${path}[].`) : rowsOf(field, `${path}.`);
    return [{ path, schema: field, required: required.has(name) }, ...inner];
  });
}

function alternativesOf(schema: FormSchema): FormSchema[] {
  const alternatives = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  return Array.isArray(alternatives) ? (alternatives as FormSchema[]) : [];
}

function kindOf(schema: FormSchema): string {
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => codeSpan(String(value))).join(', ');
  if (schema.const !== undefined) return codeSpan(JSON.stringify(schema.const));
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return [...new Set(alternatives.map(kindOf))].join(' or ');
  if (schema.type === 'array') return isSchema(schema.items) ? `list of ${kindOf(schema.items)}` : 'list';
  if (schema.type === 'object') {
    return isSchema(schema.additionalProperties) ? `names with ${kindOf(schema.additionalProperties)}` : 'object';
  }
  const words: Record<string, string> = { string: 'text', integer: 'whole number', boolean: 'true or false' };
  return typeof schema.type === 'string' ? (words[schema.type] ?? schema.type) : 'anything';
}

const BOUNDS: readonly [keyword: string, text: (limit: unknown) => string][] = [
  ['minLength', (limit) => `at least ${limit} characters`],
  ['maxLength', (limit) => `at most ${limit} characters`],
  // zod writes the safe integers as the bounds of every whole number; they say nothing.
  ['minimum', (limit) => (limit === Number.MIN_SAFE_INTEGER ? '' : `at least ${limit}`)],
  ['maximum', (limit) => (limit === Number.MAX_SAFE_INTEGER ? '' : `at most ${limit}`)],
  ['minItems', (limit) => `at least ${limit} entries`],
  ['maxItems', (limit) => `at most ${limit} entries`],
];

function meaningOf({ schema }: Row): string {
  const when = schema['x-when'] as { field: string; is: readonly unknown[] } | undefined;
  const bounds = BOUNDS.filter(([keyword]) => typeof schema[keyword] === 'number').map(([keyword, text]) =>
    text(schema[keyword]),
  );
  const parts = [
    typeof schema.title === 'string' ? `**${escapeMarkdown(schema.title)}**` : '',
    typeof schema.description === 'string' ? escapeMarkdown(schema.description) : '',
    bounds.some((text) => text !== '') ? `(${bounds.filter((text) => text !== '').join(', ')})` : '',
    when === undefined
      ? ''
      : `Only if ${codeSpan(when.field)} is ${when.is.map((value) => (value === null ? 'left out' : codeSpan(String(value)))).join(' or ')}.`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function table(schema: FormSchema, nothing: string): string {
  const rows = rowsOf(schema);
  if (rows.length === 0) return nothing;
  const lines = rows.map((row) => {
    const fallback =
      row.schema.default === undefined
        ? row.required
          ? 'required'
          : '–'
        : codeSpan(JSON.stringify(row.schema.default));
    return `| ${codeSpan(row.path)} | ${kindOf(row.schema)} | ${fallback} | ${meaningOf(row)} |`;
  });
  return ['| field | value | default | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curl(path: string, body: unknown): string {
  return [
    `curl -u admin -H 'kbn-xsrf: true' -H 'Content-Type: application/json' \\`,
    `  -d ${shellQuote(JSON.stringify(body))} \\`,
    `  http://localhost:5601/api/actions/connector/${path}`,
  ].join('\n');
}

/** `.slack_api` becomes `slack_api`: a file name and a connector id. */
function slugOf(typeId: string): string {
  return typeId.replace(/^\.+/, '').replaceAll(/[^\w-]+/g, '-') || 'type';
}

function actionSections(type: TypeDescription): string[] {
  return Object.entries(type.actions).flatMap(([name, { params_schema, description, destructive }]) => [
    type.style === 'flat' ? '## Parameters' : `## Sub-action ${codeSpan(name)}`,
    ...(description === undefined ? [] : [escapeMarkdown(description)]),
    ...(destructive ? ['**This cannot be undone at the target.**'] : []),
    table(params_schema, 'It takes no parameters.'),
  ]);
}

function page(source: AnyConnectorType): string {
  const type = describeType(source);
  const id = `my-${slugOf(type.id)}`;
  const { config, secrets, params } = type.sample;
  const name = type.sample.name ?? `My ${type.name} connector`;
  const preconfigured = { 'xpack.actions.preconfigured': { [id]: { name, actionTypeId: type.id, config, secrets } } };
  return [
    `# ${escapeMarkdown(type.name)}`,
    `${escapeMarkdown(type.description)} Connector type ${codeSpan(type.id)}.`,
    ...(source.deprecated ? ['**This type is deprecated.**'] : []),
    ...(type.docs_url === undefined ? [] : [`Documentation of the vendor: <${encodeURI(type.docs_url)}>`]),
    ...(type.setup === undefined
      ? []
      : ['## Set-up', type.setup.map((step, at) => `${at + 1}. ${escapeMarkdown(step)}`).join('\n')]),
    '## Configuration',
    table(type.config_schema, 'It has no configuration.'),
    '## Secrets',
    table(type.secrets_schema, 'It has no secrets.'),
    ...(rowsOf(type.secrets_schema).length === 0 ? [] : ['Secrets are stored encrypted and never answered.']),
    ...actionSections(type),
    '## Examples',
    'Create a connector:',
    codeBlock('sh', curl(id, { name, connector_type_id: type.id, config, secrets })),
    'Run it:',
    codeBlock('sh', curl(`${id}/_execute`, { params })),
    'Or preconfigure it in `patchbay.yml`; put the secrets into the keystore rather than into the file:',
    codeBlock('yaml', stringify(preconfigured)),
    '## Answers',
    'A run answers 200 with `status` `ok`, or `error` with `message`, often a `service_message` with the words of the target, and `retry`:',
    [
      '- `error validating action params: …`: the parameters do not fit the table above; the message names the field.',
      '- `error validating connector type config: …` or `… secrets: …`: the same for the connector; save it again with the field corrected.',
      '- A message that ends with `retry later` or `retry at …`: the target was busy or failing. A queued run is tried again by itself.',
      '- `is not added to the Kibana config xpack.actions.allowedHosts`: add the host to that setting.',
    ].join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}

function indexPage(types: readonly AnyConnectorType[]): string {
  const sections = (Object.keys(CATEGORY_TITLES) as Category[]).flatMap((category) => {
    const members = types.filter((type) => type.category === category);
    if (members.length === 0) return [];
    const lines = members.map(
      (type) =>
        `| [${escapeMarkdown(type.name)}](${slugOf(type.id)}.md) | ${codeSpan(type.id)} | ${escapeMarkdown(type.description)} |`,
    );
    return [
      `## ${CATEGORY_TITLES[category]}`,
      ['| type | id | what it does |', '| --- | --- | --- |', ...lines].join('\n'),
    ];
  });
  return ['# Connector types', ...sections].join('\n\n').concat('\n');
}

/**
 * Markdown pages by file name: `README.md` (the list) and one page for each type, e.g. `webhook.md`. System types have none, since
 * nobody can create them. The same types give the same text, so a comparison finds what was not generated again.
 *
 * @throws {TypeError} when two types would share a page
 */
export function renderConnectorDocs(types: readonly AnyConnectorType[]): Map<string, string> {
  const shown = types.filter((type) => !type.system);
  const pages = new Map([[INDEX_FILE, indexPage(shown)]]);
  for (const type of shown) {
    const file = `${slugOf(type.id)}.md`;
    if (pages.has(file)) throw new TypeError(`connector type "${type.id}": its page would be ${file}, which is taken`);
    pages.set(file, page(type));
  }
  return pages;
}
