import type { Values } from '../../../api/types.ts';
import { form as words } from '../../../words/form.ts';
import type { Field } from './fields.ts';
import { isUnset, isVisible, optionOf, pathOf, type Surroundings, Unfinished } from './values.ts';

/** Something wrong at a field: `config.headers.X-Team`, or at none, with an empty path. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/**
 * What the schema says is wrong with what is filled in, before the server is asked. It knows more: this is for what can
 * be said at once.
 *
 * @param base `config`, `secrets` or `params`
 * @param isKept for secrets that stay as stored
 */
export function problemsOf(
  fields: readonly Field[],
  values: Values,
  base: string,
  { around, isKept = () => false }: { around?: Surroundings; isKept?: (name: string) => boolean } = {},
): Problem[] {
  return fields
    .filter((field) => isVisible(field, fields, values, around) && !isKept(field.name))
    .flatMap((field) => problemsAt(field, values[field.name], pathOf(base, field.name)));
}

function problemsAt(field: Field, value: unknown, path: string): Problem[] {
  if (value instanceof Unfinished) return [{ path, message: value.problem }];
  if (field.kind === 'constant' || (field.kind === 'flag' && isUnset(value))) return [];
  if (field.kind === 'json' && typeof value === 'object' && value !== null) return jsonProblems(field, value, path);
  // A name without a value was meant to become something.
  const isBegun = field.kind === 'map' && typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (isUnset(value) && !isBegun) {
    // A required object is complete when nothing in it has to be entered.
    if (field.kind === 'object' && field.isRequired) return problemsOf(field.fields, {}, path);
    if (field.kind === 'list' && field.isRequired && field.minItems === 0) return [];
    return field.isRequired
      ? [{ path, message: words.required(field.label || path.slice(path.lastIndexOf('.') + 1)) }]
      : [];
  }
  return innerProblems(field, value, path).map((problem) =>
    typeof problem === 'string' ? { path, message: problem } : problem,
  );
}

function innerProblems(field: Field, value: unknown, path: string): (Problem | string)[] {
  switch (field.kind) {
    case 'text':
      return textProblems(field, String(value));
    case 'number':
      return numberProblems(field, Number(value));
    case 'json':
      return field.accepts === 'anything' ? [] : [field.accepts === 'array' ? words.notArray : words.notObject];
    case 'object':
      return problemsOf(field.fields, value as Values, path);
    case 'union':
      return problemsAt(field.options[optionOf(field.options, value)]!, value, path);
    case 'list':
      return listProblems(field, value as readonly unknown[], path);
    case 'map':
      return Object.entries(value as Values).flatMap<Problem | string>(([key, each]) =>
        key === '' && !isUnset(each) ? [words.emptyKey] : problemsAt(field.item, each, pathOf(path, key)),
      );
    default:
      return [];
  }
}

function jsonProblems({ accepts }: Field & { kind: 'json' }, value: object, path: string): Problem[] {
  if (accepts === 'array' && !Array.isArray(value)) return [{ path, message: words.notArray }];
  if (accepts === 'object' && Array.isArray(value)) return [{ path, message: words.notObject }];
  return [];
}

function textProblems(field: Field & { kind: 'text' }, value: string): string[] {
  if (value.length < field.minLength) return [words.tooShort(field.minLength)];
  if (field.maxLength !== undefined && value.length > field.maxLength) {
    return [words.tooLong(field.maxLength, value.length)];
  }
  return field.pattern !== undefined && !matches(field.pattern, value) ? [words.wrongPattern] : [];
}

/** A pattern that this browser cannot read is the server's to check. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

function numberProblems({ isInteger, min, max }: Field & { kind: 'number' }, value: number): string[] {
  if (Number.isNaN(value)) return [words.notNumber];
  if (isInteger && !Number.isInteger(value)) return [words.notInteger];
  if (min !== undefined && value < min) return [words.tooSmall(min)];
  return max !== undefined && value > max ? [words.tooBig(max)] : [];
}

function listProblems(field: Field & { kind: 'list' }, value: readonly unknown[], path: string): (Problem | string)[] {
  const count = value.filter((item) => !isUnset(item)).length;
  return [
    ...(count < field.minItems ? [words.tooFew(field.minItems)] : []),
    ...(field.maxItems !== undefined && count > field.maxItems ? [words.tooMany(field.maxItems)] : []),
    ...value.flatMap((item, index) => (isUnset(item) ? [] : problemsAt(field.item, item, pathOf(path, index)))),
  ];
}
