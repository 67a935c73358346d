import { PatchbayError } from '../errors.ts';

/** Settings as written, nested, every key split at its dots. Leaves are YAML or JSON values. */
export type Tree = { [key: string]: unknown };

// Assigning to these through a path would reach the prototype of every object of the process.
const UNSAFE_SEGMENTS = new Set(['__proto__', 'constructor', 'prototype']);
const PRECONFIGURED = 'xpack.actions.preconfigured';
const DEPTH_MAX = 64;

/** True for a mapping of YAML or JSON: neither a list nor a scalar. */
export function isMap(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/**
 * Splits every key at its dots, at every depth and inside lists, so that dotted and nested spelling give the same tree.
 * A key wholly in square brackets, `[a.b]`, is kept whole without them. A key that comes twice: the later one wins.
 *
 * @param repeated told the path of each setting that is given more than once
 * @throws {PatchbayError} `setting_invalid` for keys that would reach an object's prototype, or nesting beyond reason
 */
export function nest(source: Tree, repeated: (path: string) => void = () => {}): Tree {
  return nestMap(source, [], repeated);
}

function nestMap(source: Tree, path: readonly string[], repeated: (path: string) => void): Tree {
  assertDepth(path);
  const result: Tree = {};
  for (const [key, value] of Object.entries(source)) {
    const segments = splitKey(key);
    const nested = nestValue(value, [...path, ...segments], repeated);
    mergeAt(result, segments, nested, path, repeated);
  }
  return result;
}

function nestValue(value: unknown, path: readonly string[], repeated: (path: string) => void): unknown {
  if (Array.isArray(value)) {
    assertDepth(path);
    return value.map((item, index) => nestValue(item, [...path, String(index)], repeated));
  }
  return isMap(value) ? nestMap(value, path, repeated) : value;
}

function splitKey(key: string): string[] {
  return key.startsWith('[') && key.endsWith(']') && key.length > 2 ? [key.slice(1, -1)] : key.split('.');
}

/** Puts a value at a path; maps are merged leaf by leaf, anything else is replaced. Mutates `tree`. */
export function put(tree: Tree, path: readonly string[], value: unknown): void {
  mergeAt(tree, path, value, [], () => {});
}

/** Merges maps leaf by leaf; lists, scalars and empty maps of `added` replace what was there. Mutates `tree`. */
export function merge(tree: Tree, added: Tree): void {
  for (const [key, value] of Object.entries(added)) put(tree, [key], value);
}

function mergeAt(
  tree: Tree,
  segments: readonly string[],
  value: unknown,
  prefix: readonly string[],
  repeated: (path: string) => void,
): void {
  let current = tree;
  for (const [index, segment] of segments.slice(0, -1).entries()) {
    assertSafe(segment, [...prefix, ...segments.slice(0, index)]);
    const next = Object.hasOwn(current, segment) ? current[segment] : undefined;
    if (isMap(next)) {
      current = next;
    } else {
      if (next !== undefined) repeated([...prefix, ...segments.slice(0, index + 1)].join('.'));
      const created: Tree = {};
      current[segment] = created;
      current = created;
    }
  }
  const last = segments.at(-1)!;
  const path = [...prefix, ...segments];
  assertSafe(last, path.slice(0, -1));
  const present = Object.hasOwn(current, last) ? current[last] : undefined;
  if (isMap(present) && isMap(value) && Object.keys(value).length > 0) {
    for (const [key, child] of Object.entries(value)) mergeAt(present, [key], child, path, repeated);
    return;
  }
  if (present !== undefined) repeated(path.join('.'));
  current[last] = value;
}

/**
 * Checks a value that did not come through {@link nest} (JSON text, the keystore), whose keys are not split.
 *
 * @throws {PatchbayError} as {@link nest}
 */
export function assertSafeValue(value: unknown, path: readonly string[]): void {
  if (typeof value !== 'object' || value === null) return;
  assertDepth(path);
  for (const [key, child] of Object.entries(value)) {
    assertSafe(key, path);
    assertSafeValue(child, [...path, key]);
  }
}

function assertSafe(segment: string, parent: readonly string[]): void {
  const owner = parent.join('.');
  if (owner === PRECONFIGURED && (segment === '' || UNSAFE_SEGMENTS.has(segment))) {
    throw new PatchbayError(
      'setting_invalid',
      `[${PRECONFIGURED}]: invalid preconfigured action id "${segment}". Give the connector an id of letters, digits, "-" and "_".`,
    );
  }
  if (UNSAFE_SEGMENTS.has(segment)) {
    throw new PatchbayError(
      'setting_invalid',
      `[${[...parent, segment].join('.')}]: "${segment}" is not allowed as a part of a setting's name. Remove or rename it.`,
    );
  }
}

function assertDepth(path: readonly string[]): void {
  if (path.length <= DEPTH_MAX) return;
  throw new PatchbayError(
    'setting_invalid',
    `[${path.slice(0, 3).join('.')}…]: nested more than ${DEPTH_MAX} levels deep. Remove the inner levels.`,
  );
}

/** The value at a path, or undefined. Lists count their items from 0. */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  let current = tree;
  for (const segment of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, segment)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[segment];
  }
  return current;
}

/** The path of every leaf: a scalar, a list, or an empty map. */
export function leafPaths(tree: Tree, prefix: readonly string[] = []): string[][] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const path = [...prefix, key];
    return isMap(value) && Object.keys(value).length > 0 ? leafPaths(value, path) : [path];
  });
}

/** Takes a setting out, and the maps that become empty by it. Returns its value. Mutates `tree`. */
export function take(tree: Tree, path: readonly string[]): unknown {
  const [head, ...rest] = path as [string, ...string[]];
  if (!Object.hasOwn(tree, head)) return undefined;
  const value = tree[head];
  if (rest.length === 0) {
    delete tree[head];
    return value;
  }
  if (!isMap(value)) return undefined;
  const taken = take(value, rest);
  if (taken !== undefined && Object.keys(value).length === 0) delete tree[head];
  return taken;
}
