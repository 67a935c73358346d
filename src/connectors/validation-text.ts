import type { z } from 'zod';

/**
 * The words of failed validation. Kibana 9.3 validates connectors with zod 3 and its default messages, clients and tests
 * compare them, and zod 4 has others: so zod 4 is given zod 3's messages here, and the list of problems is put together
 * as Kibana does. The test beside this file compares both steps with zod 3 itself (`zod/v3`).
 *
 * What differs is what zod 4 no longer looks at: other checks once `.int()` has failed (so write `.int()` last), the value
 * of a record's entry whose key is wrong, the elements of a list that is too long. And where unions stand directly inside
 * unions, another alternative than zod 3's may be the one that is listed.
 */

type RawIssue = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

const MAX_ENTRIES = 5;
/** Deeper problems are named by their ancestor. */
const MAX_LEVELS = 20;
const MAX_KEYS_LISTED = 20;
/** Characters of a key or value that a message repeats. */
const MAX_ECHO = 100;

/** Keys and values come from outside and end up in answers and logs, so a message repeats only so much of them. */
function echo(text: string): string {
  return text.length > MAX_ECHO ? `${text.slice(0, MAX_ECHO)}…` : text;
}

/** zod 3's names of kinds: `nan`, `array`, `null`, … (`getParsedType` there). */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (Number.isNaN(value)) return 'nan';
  if (value instanceof Date) return 'date';
  if (value instanceof Map) return 'map';
  if (value instanceof Set) return 'set';
  return typeof value;
}

/** zod 4's names of what it expects, where zod 3 has another one. */
const EXPECTED_NAMES: Readonly<Record<string, string>> = { int: 'integer', record: 'object', tuple: 'array' };

function quoted(values: readonly unknown[], separator: string): string {
  return values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value))).join(separator);
}

function wrongType(issue: RawIssue & { code: 'invalid_type' }): string {
  if (issue.input === undefined) return 'Required';
  if (issue.input === Infinity || issue.input === -Infinity) return 'Number must be finite';
  if (issue.expected === 'date' && issue.input instanceof Date) return 'Invalid date';
  if (issue.expected === 'int') return 'Expected integer, received float';
  return `Expected ${EXPECTED_NAMES[issue.expected] ?? issue.expected}, received ${kindOf(issue.input)}`;
}

function wrongValue(issue: RawIssue & { code: 'invalid_value' }, hideValues: boolean): string {
  const def = issue.inst?._zod.def as { type?: string } | undefined;
  const isLiteral = def?.type === 'literal' && issue.values.length === 1;
  if (isLiteral) {
    const [expected] = issue.values;
    return `Invalid literal value, expected ${typeof expected === 'bigint' ? `"${expected}"` : JSON.stringify(expected)}`;
  }
  const options = quoted(issue.values, ' | ');
  if (issue.input === undefined) return 'Required';
  if (typeof issue.input !== 'string') return `Expected ${options}, received ${kindOf(issue.input)}`;
  const received = hideValues ? '' : `, received '${echo(issue.input)}'`;
  return `Invalid enum value. Expected ${options}${received}`;
}

function wrongFormat(issue: RawIssue & { code: 'invalid_format' }): string {
  switch (issue.format) {
    case 'regex':
      return 'Invalid';
    case 'starts_with':
      return `Invalid input: must start with "${issue.prefix}"`;
    case 'ends_with':
      return `Invalid input: must end with "${issue.suffix}"`;
    case 'includes':
      return `Invalid input: must include "${issue.includes}"`;
    default:
      return `Invalid ${issue.format}`;
  }
}

/** Words for a bound by what it bounds: exactly, including the bound, excluding it. */
const BOUNDS = {
  too_small: {
    string: ['exactly', 'at least', 'over'],
    array: ['exactly', 'at least', 'more than'],
    number: ['exactly equal to', 'greater than or equal to', 'greater than'],
  },
  too_big: {
    string: ['exactly', 'at most', 'under'],
    array: ['exactly', 'at most', 'less than'],
    number: ['exactly', 'less than or equal to', 'less than'],
  },
} as const;

function outOfBounds(issue: RawIssue & { code: 'too_small' | 'too_big' }): string {
  const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  const index = issue.exact ? 0 : issue.inclusive ? 1 : 2;
  const words = BOUNDS[issue.code];
  switch (issue.origin) {
    case 'string':
      return `String must contain ${words.string[index]} ${limit} character(s)`;
    case 'array':
      return `Array must contain ${words.array[index]} ${limit} element(s)`;
    case 'number':
    case 'int':
      return `Number must be ${words.number[index]} ${limit}`;
    default:
      return 'Invalid input';
  }
}

function unknownKeys(keys: readonly string[]): string {
  const rest = keys.length - MAX_KEYS_LISTED;
  const listed = quoted(keys.slice(0, MAX_KEYS_LISTED).map(echo), ', ');
  return `Unrecognized key(s) in object: ${listed}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function messageOf(issue: RawIssue, hideValues: boolean): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue);
    case 'invalid_value':
      return wrongValue(issue, hideValues);
    case 'invalid_format':
      return wrongFormat(issue);
    case 'too_small':
    case 'too_big':
      return outOfBounds(issue);
    case 'unrecognized_keys':
      return unknownKeys(issue.keys);
    case 'invalid_union':
      return Array.isArray(issue.options)
        ? `Invalid discriminator value. Expected ${quoted(issue.options, ' | ')}`
        : 'Invalid input';
    case 'not_multiple_of':
      return `Number must be a multiple of ${issue.divisor}`;
    default:
      return 'Invalid input';
  }
}

/**
 * Parses with zod 3's messages; those that a schema brings itself win, as always.
 *
 * @param options.hideValues leaves received values out of the messages, for secrets
 * @returns zod's result; give its `error` to {@link formatIssues}
 */
export function parseWithTexts<T>(
  schema: z.ZodType<T>,
  value: unknown,
  options: { hideValues?: boolean } = {},
): z.ZodSafeParseResult<T> {
  const hideValues = options.hideValues === true;
  return schema.safeParse(value, { error: (issue) => messageOf(issue, hideValues) });
}

/** Problems after which zod 3 still counts an alternative of a union as fitting in type ("dirty" there). */
const HARMLESS_CODES: ReadonlySet<string> = new Set([
  'unrecognized_keys',
  'too_small',
  'too_big',
  'invalid_format',
  'not_multiple_of',
  'custom',
]);

function fitsInType(issue: Issue): boolean {
  if (issue.code === 'invalid_union') return issue.errors.some((alternative) => alternative.every(fitsInType));
  if (issue.code === 'invalid_key') return issue.issues.every(fitsInType);
  if (issue.code === 'invalid_type') return issue.expected === 'int';
  return HARMLESS_CODES.has(issue.code);
}

interface Node {
  readonly messages: string[];
  /** Without a prototype, so that a field may be called `__proto__`; the order of its keys is the order of the answer. */
  readonly fields: Record<string, Node>;
}

function newNode(): Node {
  return { messages: [], fields: Object.create(null) as Record<string, Node> };
}

/**
 * zod 4 measures whatever has a length, a list given for a text too, although its type was already found wrong; zod 3
 * stopped there.
 */
function isAfterthought(issue: Issue, index: number, issues: readonly Issue[]): boolean {
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return false;
  const path = JSON.stringify(issue.path);
  return issues.slice(0, index).some((earlier) => !fitsInType(earlier) && JSON.stringify(earlier.path) === path);
}

function addIssues(root: Node, issues: readonly Issue[], base: readonly PropertyKey[]): void {
  for (const [index, issue] of issues.entries()) {
    if (isAfterthought(issue, index, issues)) continue;
    const path = [...base, ...issue.path];
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      // Kibana shows every alternative's problems merged, but only the first one that fits in type.
      const fitting = issue.errors.find((alternative) => alternative.every(fitsInType));
      for (const alternative of fitting === undefined ? issue.errors : [fitting]) addIssues(root, alternative, path);
    } else if (issue.code === 'invalid_key') {
      addIssues(root, issue.issues, path);
    } else {
      let node = root;
      for (const segment of path) node = node.fields[String(segment)] ??= newNode();
      node.messages.push(issue.message);
    }
  }
}

/** A field with problems of its own hides those below it: fixing the field usually changes them. */
function addEntries(node: Node, path: string, level: number, entries: string[]): void {
  for (const [name, field] of Object.entries(node.fields)) {
    const fieldPath = path === '' ? echo(name) : `${path}.${echo(name)}`;
    if (field.messages.length > 0) entries.push(`Field "${fieldPath}": ${field.messages.join(', ')}`);
    else if (level >= MAX_LEVELS) entries.push(`Field "${fieldPath}": has problems too many levels deep to list`);
    else addEntries(field, fieldPath, level + 1, entries);
  }
}

/**
 * The detail text of 9.3: `Field "url": Required`, or for several problems
 * `3 errors:\n [1]: …;\n [2]: …;\n [3]: …`, at most five and then the number of the rest. Facts from running Kibana's
 * `x-pack/platform/plugins/shared/actions/server/lib/format_zod_error.ts`.
 *
 * @param error from {@link parseWithTexts}
 */
export function formatIssues(error: { readonly issues: readonly Issue[] }): string {
  const root = newNode();
  addIssues(root, error.issues, []);
  const entries = [...root.messages];
  addEntries(root, '', 0, entries);

  const [only] = entries;
  if (entries.length === 1 && only !== undefined) return only;
  const listed = entries.slice(0, MAX_ENTRIES);
  const rest = entries.length - listed.length;
  if (rest > 0) listed.push(`and ${rest} more`);
  return `${entries.length} errors:\n ${listed.map((entry, index) => `[${index + 1}]: ${entry}`).join(';\n ')}`;
}
