import { z } from 'zod';
import type { AnyConnectorType, Category } from './define.ts';
import type { FieldMeta } from './fields.ts';

/** JSON Schema 2020-12 with the annotations of {@link describeType}. */
export type FormSchema = Record<string, unknown>;

/** The answer of `GET /api/actions/connector_type/{type_id}`: enough to draw every form of a type. */
export interface TypeDescription {
  id: string;
  name: string;
  description: string;
  category: Category;
  docs_url?: string;
  /** How to get the credentials, step by step. */
  setup?: readonly string[];
  /** What somebody should know before using it, e.g. when the vendor switches the service off. */
  notice?: string;
  /** Whether `_check` can check address and credentials without leaving a trace. */
  has_check: boolean;
  /** `flat`: params are those of the action `run`; `subAction`: `{ subAction, subActionParams }`. */
  style: 'flat' | 'subAction';
  config_schema: FormSchema;
  secrets_schema: FormSchema;
  actions: Record<string, { params_schema: FormSchema; description?: string; destructive?: boolean }>;
  sample: { name?: string; config: unknown; secrets: unknown; params: unknown };
}

/**
 * Describes a type for forms, documentation and OpenAPI, from the schemas that validate it.
 *
 * Each schema is JSON Schema 2020-12 of the accepted input. A field's label is its `title`, its help the `description`;
 * further: `x-order` (position in its object, from 0), `x-widget`, `x-placeholder`, `x-tool` (`{ label, url }`: a page that
 * takes the text as its fragment), `x-options` (labels by value), `x-when` (`{ field, is: […] }`: shown only while that
 * sibling has one of the values) and, for secrets, `x-secret` and `writeOnly`.
 */
export function describeType(type: AnyConnectorType): TypeDescription {
  const { name, config, secrets, params } = type.sample;
  return {
    id: type.id,
    name: type.name,
    description: type.description,
    category: type.category,
    ...(type.docsUrl === undefined ? {} : { docs_url: type.docsUrl }),
    ...(type.setup === undefined ? {} : { setup: type.setup }),
    ...(type.notice === undefined ? {} : { notice: type.notice }),
    has_check: type.test !== undefined,
    style: type.style,
    config_schema: formSchema(type.config),
    secrets_schema: formSchema(type.secrets),
    actions: Object.fromEntries(
      Object.entries(type.actions).map(([id, { params: schema, description, destructive }]) => [
        id,
        {
          params_schema: formSchema(schema),
          ...(description === undefined ? {} : { description }),
          ...(destructive === true ? { destructive } : {}),
        },
      ]),
    ),
    sample: { ...(name === undefined ? {} : { name }), config, secrets, params },
  };
}

/** One schema as {@link describeType} gives it. What JSON Schema cannot say (a custom check) is left out. */
export function formSchema(schema: z.ZodType): FormSchema {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-2020-12' });
  return annotate(json as FormSchema);
}

/** Names of {@link FieldMeta} in the form schema. */
const ANNOTATIONS: Readonly<Record<keyof FieldMeta, string>> = {
  label: 'title',
  help: 'description',
  secret: 'x-secret',
  widget: 'x-widget',
  placeholder: 'x-placeholder',
  tool: 'x-tool',
  options: 'x-options',
  when: 'x-when',
  order: 'x-order',
};
const HOISTED = [...Object.values(ANNOTATIONS), 'writeOnly'];

function isSchema(value: unknown): value is FormSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function annotate(node: FormSchema): FormSchema {
  const result: FormSchema = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties' || key === '$defs') result[key] = annotateAll(value as FormSchema, key === 'properties');
    else if (key === 'anyOf' || key === 'oneOf' || key === 'allOf' || key === 'prefixItems') {
      result[key] = (value as FormSchema[]).map(annotate);
    } else if ((key === 'items' || key === 'additionalProperties') && isSchema(value)) result[key] = annotate(value);
    else result[Object.hasOwn(ANNOTATIONS, key) ? ANNOTATIONS[key as keyof FieldMeta] : key] = value;
  }
  if (result['x-secret'] === true) result.writeOnly = true;
  return hoistNullable(result);
}

function annotateAll(nodes: FormSchema, ordered: boolean): FormSchema {
  const entries = Object.entries(nodes) as [string, FormSchema][];
  return Object.fromEntries(
    entries.map(([name, node], order) => [name, { ...(ordered ? { 'x-order': order } : {}), ...annotate(node) }]),
  );
}

/** A field that may be null keeps its label beside the `anyOf`, not inside: a form looks there. */
function hoistNullable(node: FormSchema): FormSchema {
  const branches = node.anyOf;
  if (!Array.isArray(branches)) return node;
  const values = (branches as FormSchema[]).filter((branch) => branch.type !== 'null');
  const [only] = values;
  if (only === undefined || values.length !== 1) return node;
  const hoisted = HOISTED.filter((key) => key in only && !(key in node)).map((key) => [key, only[key]]);
  return { ...node, ...Object.fromEntries(hoisted) };
}

interface Wrapped {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly getter?: () => z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly catchall?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly items?: readonly z.ZodType[];
  readonly left?: z.ZodType;
  readonly right?: z.ZodType;
}

/** The schema below optional, default, nullable, preprocess and the like, and the outermost mark on the way. */
function unwrap(schema: z.ZodType): { def: Wrapped; secret: boolean | undefined } {
  let secret: boolean | undefined;
  for (let current = schema; ; ) {
    secret ??= (current.meta() as FieldMeta | undefined)?.secret;
    const def = current.def as unknown as Wrapped;
    // The input of `preprocess` is a bare transform; what it accepts stands on the other side.
    const isPreprocess = def.type === 'pipe' && (def.in?.def as Wrapped | undefined)?.type === 'transform';
    const inner = def.innerType ?? (isPreprocess ? def.out : def.in) ?? def.getter?.();
    if (inner === undefined) return { def, secret };
    current = inner;
  }
}

/** The fields of an object, elements of a list, values of a map, alternatives of a union; `*` stands for any key. */
function childrenOf(def: Wrapped): [segment: string | undefined, schema: z.ZodType][] {
  if (def.shape !== undefined) return Object.entries(def.shape);
  if (def.items !== undefined) return def.items.map((item, index) => [String(index), item]);
  const each = def.element ?? def.valueType;
  if (each !== undefined) return [['*', each]];
  const same = def.options ?? [def.left, def.right].filter((side) => side !== undefined);
  return same.map((option) => [undefined, option]);
}

/**
 * Whether a schema has a field of this path, e.g. `to.*` or `message`; `*` stands for every member or element.
 *
 * @param path from the schema's root
 */
export function hasField(schema: z.ZodType, path: readonly string[]): boolean {
  const [segment, ...rest] = path;
  if (segment === undefined) return true;
  const { def } = unwrap(schema);
  // What takes anything has everything.
  if (def.type === 'unknown' || def.type === 'any') return true;
  const isKnown = childrenOf(def).some(([name, child]) => {
    if (name === undefined) return hasField(child, path);
    return (name === segment || name === '*' || segment === '*') && hasField(child, rest);
  });
  const others = def.catchall;
  return isKnown || (others !== undefined && others.def.type !== 'never' && hasField(others, rest));
}

/** The schemas of a field at the first level, defaults and null included: several where alternatives have it, none where nothing does. */
export function fieldsNamed(schema: z.ZodType, name: string): z.ZodType[] {
  return childrenOf(unwrap(schema).def).flatMap(([segment, child]) => {
    if (segment === undefined) return fieldsNamed(child, name);
    return segment === name || segment === '*' ? [child] : [];
  });
}

// Schemas may refer to themselves; no field of a connector lies deeper.
const MAX_LEVELS = 10;

/**
 * Where the secrets of a type are: dotted paths such as `secrets.token`, `secrets.headers.*`, `config.proxy.password`.
 * A marked object, list or map is one path that ends in `*`.
 */
export function secretPaths(type: AnyConnectorType): string[] {
  const found = new Set<string>();
  const visit = (schema: z.ZodType, path: string, level: number): void => {
    const { def, secret } = unwrap(schema);
    const children = childrenOf(def);
    if (secret) found.add(children.some(([segment]) => segment !== undefined) ? `${path}.*` : path);
    else if (level < MAX_LEVELS) {
      for (const [segment, child] of children)
        visit(child, segment === undefined ? path : `${path}.${segment}`, level + 1);
    }
  };
  visit(type.config, 'config', 0);
  visit(type.secrets, 'secrets', 0);
  return [...found];
}

/**
 * The values to blacken wherever they turn up: every non-empty text or number in a field that is marked secret, without
 * repetition. Values that do not fit the schema are passed over, so it may be called on what was never validated.
 */
export function secretValues(type: AnyConnectorType, config: unknown, secrets: unknown): string[] {
  const found = new Set<string>();
  collect(type.config, config, found, 0);
  collect(type.secrets, secrets, found, 0);
  return [...found];
}

function collect(schema: z.ZodType, value: unknown, found: Set<string>, level: number): void {
  const { def, secret } = unwrap(schema);
  if (secret) {
    collectTexts(value, found);
    return;
  }
  if (typeof value !== 'object' || value === null || level >= MAX_LEVELS) return;
  for (const [segment, child] of childrenOf(def)) {
    if (segment === undefined) collect(child, value, found, level + 1);
    else if (segment === '*') for (const each of Object.values(value)) collect(child, each, found, level + 1);
    else if (Object.hasOwn(value, segment)) {
      collect(child, (value as Record<string, unknown>)[segment], found, level + 1);
    }
  }
}

function collectTexts(value: unknown, found: Set<string>): void {
  const pending = [value];
  while (pending.length > 0) {
    const current = pending.pop();
    if (typeof current === 'string' && current !== '') found.add(current);
    else if (typeof current === 'number') found.add(String(current));
    else if (typeof current === 'object' && current !== null) {
      for (const inner of Object.values(current)) pending.push(inner);
    }
  }
}

/**
 * Makes sure that nothing in the secrets of a type can leak because a mark was forgotten. A field that is stored with the
 * secrets but is none, such as a user name that would blacken half of every record, says so with `secret: false`.
 *
 * @throws {TypeError} naming the type and the field that is not marked
 */
export function assertSecretsMarked(type: AnyConnectorType): void {
  const visit = (schema: z.ZodType, path: string, level: number): void => {
    const { def, secret } = unwrap(schema);
    if (secret !== undefined) return;
    const children = childrenOf(def);
    const isContainer = def.shape !== undefined || children.length > 0;
    if (!isContainer || level >= MAX_LEVELS) {
      throw new TypeError(
        `connector type "${type.id}": the field "${path}" of its secrets is not marked as secret. Declare it with f.secret, f.secretMap or { secret: true }; { secret: false } if it really is none.`,
      );
    }
    for (const [segment, child] of children)
      visit(child, segment === undefined ? path : `${path}.${segment}`, level + 1);
  };
  visit(type.secrets, 'secrets', 0);
}
