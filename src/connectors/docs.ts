import { stringify } from 'yaml';
import type { AnyConnectorType, Category } from './define.ts';
import { templateSection } from './docs-templates.ts';
import { describeType, type FormSchema, type TypeDescription } from './form.ts';
import { codeBlock, codeSpan, escapeMarkdown } from './markdown.ts';

/**
 * The reference pages of the connector types, generated from their schemas so that they cannot say anything else than
 * what is validated.
 */

/** Not `index.md`: that is the page of the type `.index`. */
const INDEX_FILE = 'README.md';

const GENERATED = '<!-- Made by `npm run docs` from src/connector-types/. Change it there. -->';

const SECRETS =
  'All of these are stored encrypted and never answered. Those marked 🔒 are also masked in records, log lines and answers ([how, and the limits](../security.md#redaction-and-its-limits)).';

const HOW_TO_READ: readonly string[] = [
  '## How to read the pages',
  'The tables are what is validated: an unknown field or a value of another kind is refused, and the message names it. ' +
    '"required" stands for a field without which the connector cannot be saved (or, below "Parameters", the action not run); ' +
    '"–" for one that is simply absent when it is left out.',
  'The examples call a server at `http://localhost:5601` as `admin`; curl asks for the password. ' +
    'Where a connector may lead is decided by `xpack.actions.allowedHosts` and by [the egress guard](../security.md#the-egress-guard).',
  '"Templates" says which parameters may hold variables like `{{rule.name}}` when a rule fills them from an alert, as in Kibana, ' +
    'and how the values are written there; `{{{rule.name}}}` always writes one as it is. Rules are not part of this version. ' +
    '`_execute` takes parameters as they are given; [failure notices](../notices.md) have variables and rules of their own.',
  '## What a run answers',
  'A run that took place answers with status 200, whatever came of it:',
  [
    '| answer | meaning |',
    '| --- | --- |',
    '| `"status": "ok"` | Done. `data`, if there is some, is what the type returns. |',
    '| `"status": "error"` | Not done. `message` says what failed; `service_message` why, often in the words of the target. |',
    '| `"retry": true`, or a time | The target was busy or failing: trying again later, or at that time, can help. |',
    '| `"retry": false` | Trying again cannot help before something is changed. |',
    '| `"reference"` | With `?extended=true`: the `id`, and for some types the `url`, of what was created at the vendor. |',
    '| `"errorSource"` | `user`: the connector, the parameters or the target; `framework`: the server around them. |',
  ].join('\n'),
  'Messages that every type can give:',
  [
    '| message begins or ends with | what to do |',
    '| --- | --- |',
    '| `error validating action params: …` | The parameters do not fit the table of the type; the message names the field. |',
    '| `error validating connector type config: …`, `… secrets: …` | The same for the connector: save it again with the field corrected. |',
    '| `error validating action type connector: …` | Config and secrets do not fit each other; save the connector again. |',
    '| `… is not added to the Kibana config xpack.actions.allowedHosts` | Add the host to that setting, or correct the address. |',
    '| `… and is refused. …` | The egress guard: the address is of a kind that is closed. The message names the setting that would open it. |',
    '| `timeout of …ms exceeded (xpack.actions.responseTimeout)` | The target took too long. Look there first, then at the setting. |',
    '| `an error occurred while running the action` | `service_message` has the reason. |',
  ].join('\n'),
];

const CATEGORY_TITLES: Readonly<Record<Category, string>> = {
  messaging: 'Messaging',
  paging: 'Paging',
  tickets: 'Tickets',
  'security-operations': 'Security operations',
  ai: 'AI',
  endpoint: 'Endpoint security',
  generic: 'Generic',
};

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
  if (!isSchema(schema.properties)) {
    return mergeRows(alternativesOf(schema).map((alternative) => rowsOf(alternative, prefix)));
  }
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    const field = withoutNull(property as FormSchema);
    const path = `${prefix}${name}`;
    const inner = isSchema(field.items) ? rowsOf(withoutNull(field.items), `${path}[].`) : rowsOf(field, `${path}.`);
    return [{ path, schema: field, required: required.has(name) }, ...inner];
  });
}

/** One row a field, whichever alternatives have it; required is what all of them require. */
function mergeRows(alternatives: readonly Row[][]): Row[] {
  const all = alternatives.flat();
  return [...new Set(all.map(({ path }) => path))].map((path) => {
    const rows = all.filter((row) => row.path === path);
    const schemas = new Map(rows.map(({ schema }) => [JSON.stringify(schema), schema]));
    const [first, ...others] = schemas.values();
    const schema = others.length === 0 ? first! : { ...withoutKind(first!), anyOf: [...schemas.values()] };
    return { path, schema, required: rows.length === alternatives.length && rows.every(({ required }) => required) };
  });
}

/** Label and help without what says which values are taken. */
function withoutKind({ title, description }: FormSchema): FormSchema {
  return { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) };
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
    const values = isSchema(schema.additionalProperties) ? kindOf(schema.additionalProperties) : 'anything';
    return values === 'anything' ? 'object' : `map of names to ${values}`;
  }
  if (schema['x-widget'] === 'file') return 'file, as base64';
  const words: Record<string, string> = { string: 'text', integer: 'whole number', boolean: 'true or false' };
  return typeof schema.type === 'string' ? (words[schema.type] ?? schema.type) : 'anything';
}

const BOUNDS: readonly [keyword: string, text: (limit: unknown) => string][] = [
  ['minLength', (limit) => `at least ${counted(limit, 'character')}`],
  ['maxLength', (limit) => `at most ${counted(limit, 'character')}`],
  // zod writes the safe integers as the bounds of every whole number; they say nothing.
  ['minimum', (limit) => (limit === Number.MIN_SAFE_INTEGER ? '' : `at least ${limit}`)],
  ['maximum', (limit) => (limit === Number.MAX_SAFE_INTEGER ? '' : `at most ${limit}`)],
  ['minItems', (limit) => `at least ${counted(limit, 'entry', 'entries')}`],
  ['maxItems', (limit) => `at most ${counted(limit, 'entry', 'entries')}`],
];

function counted(number: unknown, one: string, several = `${one}s`): string {
  return `${number} ${number === 1 ? one : several}`;
}

/** `a`, `a or b`, `a, b or c`. */
function either(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** What the values mean, where their labels say more than they do themselves. */
function valuesOf(schema: FormSchema): string {
  const labels = Object.entries((schema['x-options'] ?? {}) as Record<string, string>);
  if (labels.every(([value, label]) => value.toLowerCase() === label.toLowerCase())) return '';
  return `${labels.map(([value, label]) => `${codeSpan(value)}: ${escapeMarkdown(label)}`).join('; ')}.`;
}

function meaningOf({ schema }: Row): string {
  const when = schema['x-when'] as { field: string; is: readonly unknown[] } | undefined;
  const bounds = BOUNDS.filter(([keyword]) => typeof schema[keyword] === 'number').map(([keyword, text]) =>
    text(schema[keyword]),
  );
  const parts = [
    typeof schema.title === 'string' ? `**${escapeMarkdown(schema.title)}**` : '',
    typeof schema.description === 'string' ? escapeMarkdown(schema.description) : '',
    valuesOf(schema),
    bounds.some((text) => text !== '') ? `(${bounds.filter((text) => text !== '').join(', ')})` : '',
    when === undefined
      ? ''
      : `Only if ${codeSpan(when.field)} is ${either(when.is.map((value) => (value === null ? 'left out' : codeSpan(String(value)))))}.`,
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
    const mark = row.schema['x-secret'] === true ? ' 🔒' : '';
    return `| ${codeSpan(row.path)}${mark} | ${kindOf(row.schema)} | ${fallback} | ${meaningOf(row)} |`;
  });
  return ['| field | value | default | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Quoted only where a shell would read it as something else. */
function shellWord(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : shellQuote(text);
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

/** The sample as settings: what is secret goes into the keystore, not into the file. */
function preconfiguredExample(id: string, name: string, type: TypeDescription): string[] {
  const fields = (type.secrets_schema.properties ?? {}) as Record<string, FormSchema>;
  const isSecret = (field: string) => fields[field] !== undefined && fields[field]['x-secret'] === true;
  const given = Object.entries(type.sample.secrets as Record<string, unknown>);
  const open = Object.fromEntries(given.filter(([field]) => !isSecret(field)));
  const config = type.sample.config as Record<string, unknown>;
  const connector = {
    name,
    actionTypeId: type.id,
    ...(Object.keys(config).length === 0 ? {} : { config }),
    ...(Object.keys(open).length === 0 ? {} : { secrets: open }),
  };
  const commands = given
    .filter(([field]) => isSecret(field))
    .map(([field]) => `npx patchbay keystore add ${shellWord(`xpack.actions.preconfigured.${id}.secrets.${field}`)}`);
  return [
    'Or preconfigure it in `patchbay.yml`:',
    codeBlock('yaml', stringify({ 'xpack.actions.preconfigured': { [id]: connector } })),
    ...(commands.length === 0
      ? []
      : ['Its secrets go into the keystore; the command asks for the value:', codeBlock('sh', commands.join('\n'))]),
  ];
}

function page(source: AnyConnectorType): string {
  const type = describeType(source);
  const id = `my-${slugOf(type.id)}`;
  const { config, secrets, params } = type.sample;
  const name = type.sample.name ?? `My ${type.name} connector`;
  return [
    `# ${escapeMarkdown(type.name)}`,
    GENERATED,
    `${escapeMarkdown(type.description)} Connector type ${codeSpan(type.id)}.`,
    ...(source.deprecated ? ['**This type is deprecated.**'] : []),
    ...(type.notice === undefined ? [] : [`> **Note:** ${escapeMarkdown(type.notice)}`]),
    ...(type.docs_url === undefined ? [] : [`More about it: <${encodeURI(type.docs_url)}>`]),
    ...(type.setup === undefined
      ? []
      : ['## Set-up', type.setup.map((step, at) => `${at + 1}. ${escapeMarkdown(step)}`).join('\n')]),
    '## Configuration',
    table(type.config_schema, 'It has no configuration.'),
    '## Secrets',
    table(type.secrets_schema, 'It has no secrets.'),
    ...(rowsOf(type.secrets_schema).length === 0 ? [] : [SECRETS]),
    ...actionSections(type),
    ...templateSection(source),
    '## Examples',
    'Create a connector:',
    codeBlock('sh', curl(id, { name, connector_type_id: type.id, config, secrets })),
    'Run it:',
    codeBlock('sh', curl(`${id}/_execute`, { params })),
    ...preconfiguredExample(id, name, type),
    `What a run answers and what its messages mean: [Connector types](${INDEX_FILE}#what-a-run-answers).`,
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
  return ['# Connector types', GENERATED, ...sections, ...HOW_TO_READ].join('\n\n').concat('\n');
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
