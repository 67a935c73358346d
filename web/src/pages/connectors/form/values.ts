import type { Values } from '../../../api/types.ts';
import type { Field } from './fields.ts';

/** What was typed where it is no value yet: JSON that does not parse, a number that is none. */
export class Unfinished {
  readonly text: string;
  readonly problem: string;
  constructor(text: string, problem: string) {
    this.text = text;
    this.problem = problem;
  }
}

/** Nothing was entered: blank texts, empty lists and maps, and objects of nothing else. */
export function isUnset(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (value instanceof Unfinished || typeof value !== 'object') return false;
  return Object.values(value).every(isUnset);
}

/** What a new form begins with: defaults that are a choice, so that everybody sees what holds. */
export function initialValues(fields: readonly Field[]): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .filter(({ initial }) => initial !== undefined && typeof initial !== 'object')
      .map(({ name, initial }) => [name, initial]),
  );
}

/** Whether the field is part of the form as it is filled in; a field that depends on a hidden one is hidden, too. */
export function isVisible(field: Field, fields: readonly Field[], values: Values, around?: Surroundings): boolean {
  let current: Field | undefined = field;
  // As many steps as there are fields: conditions may point at each other.
  for (let step = 0; step <= fields.length + (around?.fields.length ?? 0); step += 1) {
    const { when }: Field = current;
    if (when === undefined) return true;
    const near: Field | undefined = fields.find(({ name }) => name === when.field);
    const far: Field | undefined = near ?? around?.fields.find(({ name }) => name === when.field);
    if (far === undefined) return true;
    const value = (near === undefined ? around?.values : values)?.[when.field];
    const plain = isUnset(value) ? (far.initial ?? null) : value;
    if (!when.is.includes(plain)) return false;
    if (far === current) return true;
    current = far;
  }
  return true;
}

/** Fields around that conditions may look at as well: the config's, for the secrets. */
export interface Surroundings {
  readonly fields: readonly Field[];
  readonly values: Values;
}

/** What is sent: only fields that are shown and have a value, at every level. */
export function filledIn(fields: readonly Field[], values: Values, around?: Surroundings): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const known = new Set(fields.map(({ name }) => name));
  for (const field of fields) {
    if (!isVisible(field, fields, values, around)) continue;
    const value = filled(field, values[field.name]);
    if (value !== undefined) result[field.name] = value;
  }
  // What the schema does not name was there before, or the schema takes any key.
  for (const [name, value] of Object.entries(values)) if (!known.has(name) && value !== undefined) result[name] = value;
  return result;
}

function filled(field: Field, value: unknown): unknown {
  if (field.kind === 'constant') return field.value;
  if (field.kind === 'flag' && field.isRequired && isUnset(value)) return false;
  // An empty list is a value where one must be given.
  if (field.kind === 'list' && Array.isArray(value)) {
    const items = value.filter((item) => !isUnset(item)).map((item) => filled(field.item, item));
    return items.length > 0 || field.isRequired ? items : undefined;
  }
  if (field.kind === 'json' && typeof value === 'object' && value !== null) return value;
  if (isUnset(value)) return undefined;
  switch (field.kind) {
    case 'object':
      return filledIn(field.fields, value as Values);
    case 'union':
      return filled(field.options[optionOf(field.options, value)]!, value);
    case 'map':
      return Object.fromEntries(Object.entries(value as Values).filter(([key, each]) => key !== '' || !isUnset(each)));
    default:
      return value;
  }
}

/** Which alternative of a union a value is of: constants and the names of its members tell. */
export function optionOf(options: readonly Field[], value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members = value as Values;
  const points = options.map((option) => {
    if (option.kind !== 'object') return 0;
    return option.fields.reduce((sum, field) => {
      const member = members[field.name];
      if (field.kind === 'constant') return sum + (member === field.value ? 3 : member === undefined ? 0 : -3);
      if (field.kind === 'choice' && member !== undefined) {
        return sum + (field.choices.some((choice) => choice.value === member) ? 1 : -3);
      }
      // A key that is there although nothing stands in it yet was put there by choosing this alternative.
      return sum + (field.name in members ? 2 : field.isRequired ? -1 : 0);
    }, 0);
  });
  return points.indexOf(Math.max(...points));
}

/** Keys of maps by which no two values may meet. */
export const pathOf = (...segments: readonly (string | number)[]) => segments.join('.');

/** Whether two values say the same; `undefined` members count as left out. */
export function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner) =>
      inner instanceof Unfinished
        ? { unfinished: inner.text }
        : typeof inner === 'object' && inner !== null && !Array.isArray(inner)
          ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
          : inner,
    ) ?? ''
  );
}
