import type { z } from 'zod';
import { findInputProblem } from '../connectors/input-limits.ts';
import { PatchbayError } from '../errors.ts';

/** The parts of a request that have a schema. */
export type RequestPart = 'params' | 'query' | 'body' | 'headers';

type RawIssue = z.core.$ZodRawIssue;

/** Characters of a key or value that a message repeats. */
const MAX_ECHO = 100;

function echo(value: unknown): string {
  const text = String(value);
  return text.length > MAX_ECHO ? `${text.slice(0, MAX_ECHO)}…` : text;
}

/** Kibana's names of kinds in these texts: `string`, `number`, `Array`, `Object`, `null`, … */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'Array';
  if (typeof value === 'object') return 'Object';
  // JSON has no NaN: it is what a coercion of text to a number left behind.
  if (Number.isNaN(value)) return 'string';
  return typeof value;
}

const EXPECTED_NAMES: Readonly<Record<string, string>> = { int: 'number', record: 'object', stringbool: 'boolean' };

/** A declared object has one text for a wrong kind, a map of names to values another. */
function wrongKind(expected: string, input: unknown): string {
  if (expected === 'object' && input !== undefined) {
    return `expected a plain object value, but found [${kindOf(input)}] instead.`;
  }
  return `expected value of type [${EXPECTED_NAMES[expected] ?? expected}] but got [${kindOf(input)}]`;
}

function sizeOf(input: unknown): number {
  return typeof input === 'string' || Array.isArray(input) ? input.length : 0;
}

function outOfBounds(issue: RawIssue & { code: 'too_small' | 'too_big' }): string {
  const small = issue.code === 'too_small';
  const limit = small ? issue.minimum : issue.maximum;
  const size = sizeOf(issue.input);
  if (issue.origin === 'string') {
    return `value has length [${size}] but it must have a ${small ? 'minimum' : 'maximum'} length of [${limit}].`;
  }
  if (issue.origin === 'array') {
    return `array size is [${size}], but cannot be ${small ? 'smaller' : 'greater'} than [${limit}]`;
  }
  return `Value must be equal to or ${small ? 'greater' : 'lower'} than [${limit}].`;
}

function messageOf(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongKind(issue.expected, issue.input);
    case 'invalid_value':
      return `expected value to equal ${issue.values.map((value) => `[${String(value)}]`).join(' or ')} but got [${
        typeof issue.input === 'string' ? echo(issue.input) : kindOf(issue.input)
      }]`;
    case 'too_small':
    case 'too_big':
      return outOfBounds(issue);
    case 'unrecognized_keys':
      return `Additional properties are not allowed ('${echo(issue.keys[0])}' was unexpected)`;
    default:
      return 'value is not valid';
  }
}

function refuse(part: RequestPart, path: readonly PropertyKey[], message: string): PatchbayError {
  const where = [part, ...path.map((segment) => echo(segment))].join('.');
  return new PatchbayError('bad_request', `[request ${where}]: ${message}`);
}

/** The innermost first problem; of a union, that of the alternative that fits best, the first of equals. */
function firstIssue(
  issues: readonly z.core.$ZodIssue[],
  base: readonly PropertyKey[] = [],
): [readonly PropertyKey[], string] {
  const [issue] = issues;
  if (issue === undefined) return [base, 'value is not valid'];
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return firstIssue(
      issue.errors.reduce((best, other) => (other.length < best.length ? other : best)),
      path,
    );
  }
  if (issue.code === 'invalid_key') return firstIssue(issue.issues, path);
  if (issue.code === 'unrecognized_keys') return [[...path, ...issue.keys.slice(0, 1)], issue.message];
  return [path, issue.message];
}

/**
 * Checks one part of a request against the route's schema, with Kibana's texts for request bodies:
 * `[request body.name]: expected value of type [string] but got [undefined]`. Only the first problem is reported.
 * The texts are those of Kibana's `config-schema` package, as its integration tests assert them.
 *
 * @returns the parsed value
 * @throws {PatchbayError} `bad_request`
 */
export function validateRequestPart<T>(part: RequestPart, schema: z.ZodType<T>, value: unknown): T {
  const problem = findInputProblem(value);
  if (problem?.kind === 'prototype_key') {
    throw refuse(
      part,
      [...problem.path, '__proto__'],
      `Additional properties are not allowed ('__proto__' was unexpected)`,
    );
  }
  if (problem !== undefined) throw refuse(part, problem.path, problem.message);

  const result = schema.safeParse(value, { error: messageOf });
  if (result.success) return result.data;
  const [path, message] = firstIssue(result.error.issues);
  throw refuse(part, path, message);
}

/**
 * Kibana's blank-string rule for creating and updating connectors: `name`, `connector_type_id` and every string in
 * `config` and `secrets`, at any depth, must hold something other than white space. The message names the field at the
 * first level only and shows `''` whatever was sent. Null passes.
 *
 * @param body of the size and depth that {@link validateRequestPart} lets pass
 * @throws {PatchbayError} `bad_request`: `[request body.config.url]: value '' is not valid`
 */
export function assertNoBlankStrings(body: {
  readonly name?: unknown;
  readonly connector_type_id?: unknown;
  readonly config?: unknown;
  readonly secrets?: unknown;
}): void {
  for (const field of ['name', 'connector_type_id'] as const) {
    if (isBlank(body[field])) throw refuse('body', [field], `value '' is not valid`);
  }
  for (const field of ['config', 'secrets'] as const) {
    const values = body[field];
    if (typeof values !== 'object' || values === null) continue;
    for (const [key, value] of Object.entries(values)) {
      if (holdsBlank(value)) throw refuse('body', [field, key], `value '' is not valid`);
    }
  }
}

/**
 * Refuses the character U+0000 in any string or key: PostgreSQL cannot store it, and C programs behind us end a text at it.
 *
 * @throws {PatchbayError} `bad_request`, naming a field that holds one
 */
export function assertNoNul(value: unknown, part: RequestPart): void {
  const pending: { readonly value: unknown; readonly path: readonly string[] }[] = [{ value, path: [] }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value: current, path } = next;
    if (typeof current === 'string' && current.includes('\0')) {
      throw refuse(part, path, 'the character U+0000 is not allowed; leave it out');
    }
    if (typeof current !== 'object' || current === null) continue;
    for (const [key, inner] of Object.entries(current)) {
      if (key.includes('\0')) throw refuse(part, path, 'the character U+0000 is not allowed in a key; leave it out');
      // The path is only for the message; ten levels say enough, and a deep body must not cost a deep copy each time.
      if (inner !== null && (typeof inner === 'object' || typeof inner === 'string')) {
        pending.push({ value: inner, path: path.length < 10 ? [...path, key] : path });
      }
    }
  }
}

function isBlank(value: unknown): boolean {
  return typeof value === 'string' && value.trim() === '';
}

function holdsBlank(value: unknown): boolean {
  const pending: unknown[] = [value];
  while (pending.length > 0) {
    const current = pending.pop();
    if (isBlank(current)) return true;
    if (typeof current === 'object' && current !== null)
      for (const inner of Object.values(current)) pending.push(inner);
  }
  return false;
}
