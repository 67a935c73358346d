import type { JsonSchema } from '../../../api/types.ts';
import {
  type Choice,
  type Condition,
  type Field,
  type FieldBase,
  labelOf,
  type NumberField,
  type TextField,
} from './fields.ts';

/** Deeper schemas are typed as JSON; they may refer to themselves without end. */
const LEVELS_MAX = 5;

interface Place {
  readonly root: JsonSchema;
  readonly level: number;
}

/** The fields of an object's schema, in the order of the form. */
export function fieldsOf(schema: JsonSchema): Field[] {
  return membersOf(schema, { root: schema, level: 0 });
}

function membersOf(schema: JsonSchema, place: Place): Field[] {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(isSchema(schema.properties) ? schema.properties : {})
    .filter((entry): entry is [string, JsonSchema] => isSchema(entry[1]))
    .map(([name, property], index) => ({ name, property, order: numberOr(property['x-order'], index) }))
    .sort((a, b) => a.order - b.order)
    .map(({ name, property }) => fieldOf(name, property, required.has(name), place));
}

function fieldOf(name: string, written: JsonSchema, isRequired: boolean, place: Place): Field {
  const schema = withoutNull(resolved(written, place.root), place.root);
  const common: FieldBase = {
    name,
    label: text(schema.title) ?? labelOf(name),
    help: text(schema.description),
    placeholder: text(schema['x-placeholder']),
    // A default that is null fills in for what is left out, so nothing has to be entered.
    isRequired: isRequired && !('default' in schema),
    isSecret: schema['x-secret'] === true,
    initial: schema.default ?? undefined,
    when: conditionOf(schema['x-when']),
  };
  const inner = { ...place, level: place.level + 1 };
  const widget = schema['x-widget'];

  if ('const' in schema) return { ...common, kind: 'constant', value: schema.const };
  const choices = choicesOf(schema);
  if (choices !== undefined) return { ...common, kind: 'choice', choices };
  const type = Array.isArray(schema.type) && schema.type.length === 1 ? schema.type[0] : schema.type;
  if (type === 'string') return textField(common, schema);
  if (type === 'boolean') return { ...common, kind: 'flag' };
  if (type === 'number' || type === 'integer') return numberField(common, schema, type === 'integer');

  const isDeep = inner.level > LEVELS_MAX;
  if (type === 'array') {
    if (widget === 'json' || isDeep || !isSchema(schema.items)) return { ...common, kind: 'json', accepts: 'array' };
    return {
      ...common,
      kind: 'list',
      item: fieldOf('*', schema.items, true, inner),
      minItems: numberOr(schema.minItems, 0),
      maxItems: optionalNumber(schema.maxItems),
    };
  }
  if (type === 'object') {
    if (widget === 'json' || isDeep) return { ...common, kind: 'json', accepts: 'object' };
    if (isSchema(schema.properties) && Object.keys(schema.properties).length > 0) {
      return { ...common, kind: 'object', fields: membersOf(schema, inner) };
    }
    const { additionalProperties: values } = schema;
    if (isSchema(values) && isSimple(resolved(values, place.root))) {
      const item = fieldOf('*', values, true, inner);
      return { ...common, kind: 'map', item: { ...item, isSecret: item.isSecret || common.isSecret } };
    }
    return { ...common, kind: 'json', accepts: 'object' };
  }
  const options = alternativesOf(schema);
  if (options.length > 0 && !isDeep && options.every((option) => resolved(option, place.root).type === 'object')) {
    return { ...common, kind: 'union', options: options.map((option) => fieldOf('*', option, true, inner)) };
  }
  return { ...common, kind: 'json', accepts: 'anything' };
}

function textField(common: FieldBase, schema: JsonSchema): TextField {
  const asked = schema['x-widget'];
  const widget = asked === 'textarea' || asked === 'json' || asked === 'file' || asked === 'password' ? asked : 'text';
  return {
    ...common,
    kind: 'text',
    widget: common.isSecret && widget === 'text' ? 'password' : widget,
    minLength: numberOr(schema.minLength, 0),
    maxLength: optionalNumber(schema.maxLength),
    // A named format comes with a pattern of its own, which the server knows better.
    pattern: schema.format === undefined ? text(schema.pattern) : undefined,
    tool: toolOf(schema['x-tool']),
  };
}

function numberField(common: FieldBase, schema: JsonSchema, isInteger: boolean): NumberField {
  const bound = (value: unknown) => {
    const number = optionalNumber(value);
    // The ends of what JavaScript counts exactly are no bound that anybody chose.
    return number === undefined || Math.abs(number) === Number.MAX_SAFE_INTEGER ? undefined : number;
  };
  return { ...common, kind: 'number', isInteger, min: bound(schema.minimum), max: bound(schema.maximum) };
}

function choicesOf(schema: JsonSchema): Choice[] | undefined {
  const labels = isSchema(schema['x-options']) ? schema['x-options'] : undefined;
  const isNumber = schema.type === 'number' || schema.type === 'integer';
  const listed = Array.isArray(schema.enum)
    ? schema.enum
    : labels && Object.keys(labels).map((key) => (isNumber ? Number(key) : key));
  if (listed === undefined || (schema.type !== 'string' && !isNumber && !Array.isArray(schema.enum))) return undefined;
  const values = listed.filter(
    (value): value is Choice['value'] =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
  );
  if (isNumber && !Array.isArray(schema.enum)) values.sort((a, b) => Number(a) - Number(b));
  return values.map((value) => ({ value, label: text(labels?.[String(value)]) ?? String(value) }));
}

/** Follows `$ref`; marks beside it win over those of what it points to. */
function resolved(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema;
  for (let step = 0; step < LEVELS_MAX && typeof current.$ref === 'string'; step += 1) {
    const { $ref, ...own } = current;
    const name = /^#\/\$defs\/(.+)$/.exec($ref as string)?.[1];
    const target = $ref === '#' ? root : isSchema(root.$defs) && name !== undefined ? root.$defs[name] : undefined;
    if (!isSchema(target)) return own;
    current = { ...target, ...own };
  }
  return current;
}

/** `anyOf` of a schema and null is that schema: a form says null by leaving empty. */
function withoutNull(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const alternatives = alternativesOf(schema);
  const others = alternatives.filter((option) => option.type !== 'null');
  const isNullable =
    others.length < alternatives.length || (Array.isArray(schema.type) && schema.type.includes('null'));
  if (!isNullable) return schema;
  const { anyOf: _, oneOf: __, ...marks } = schema;
  if (others.length > 1) return { ...marks, anyOf: others };
  if (others[0] !== undefined) return { ...resolved(others[0], root), ...marks };
  const type = (schema.type as unknown[]).filter((each) => each !== 'null');
  return { ...schema, type: type.length === 1 ? type[0] : type };
}

function alternativesOf({ anyOf, oneOf }: JsonSchema): JsonSchema[] {
  const list = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  return list.filter(isSchema);
}

function isSimple(schema: JsonSchema): boolean {
  return schema.type === 'string' || schema.type === 'number' || schema.type === 'integer' || schema.type === 'boolean';
}

/** A type of one's own may say anything; only what a browser opens as a page, and safely, becomes a link. */
function toolOf(value: unknown): TextField['tool'] {
  if (!isSchema(value) || typeof value.label !== 'string' || typeof value.url !== 'string') return undefined;
  return /^https:\/\//i.test(value.url) ? { label: value.label, url: value.url } : undefined;
}

function conditionOf(value: unknown): Condition | undefined {
  if (!isSchema(value) || typeof value.field !== 'string' || !Array.isArray(value.is)) return undefined;
  return { field: value.field, is: value.is };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function optionalNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function numberOr(value: unknown, fallback: number): number {
  return optionalNumber(value) ?? fallback;
}
