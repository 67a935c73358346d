import type { z } from 'zod';
import { nearestName } from './nearest.ts';
import { STRICT_ROOTS, settingsSchema, settingsSchemaPaths } from './schema.ts';
import { kindOf, membersOf } from './setting.ts';
import { assertSafeValue, isMap, leafPaths, type Tree } from './tree.ts';

const strictRoots = new Set<string>(STRICT_ROOTS);

/**
 * Takes out what belongs to parts of Kibana that Patchbay does not have. Names below {@link STRICT_ROOTS} stay, so that
 * a mistake there is found. Mutates `tree`.
 *
 * @returns the dotted names that were taken out
 */
export function takeForeignSettings(tree: Tree): string[] {
  return takeForeign(tree, settingsSchema, []);
}

function takeForeign(tree: Tree, schema: z.ZodType, path: readonly string[]): string[] {
  const members = membersOf(schema);
  if (members === undefined || strictRoots.has(path.join('.'))) return [];
  return Object.entries(tree).flatMap(([key, value]) => {
    const childPath = [...path, key];
    const member = Object.hasOwn(members, key) ? members[key] : undefined;
    if (member === undefined) {
      delete tree[key];
      return isMap(value) ? leafPaths(value, childPath).map((leaf) => leaf.join('.')) : [childPath.join('.')];
    }
    return isMap(value) ? takeForeign(value, member, childPath) : [];
  });
}

/**
 * Replaces the text of lists, maps and sections that were given as one string of JSON by what it says. Keys in that JSON
 * are not split. Text that is not JSON of the right sort stays, for the schema to refuse. Mutates `tree`.
 */
export function expandJson(tree: Tree): void {
  expand(tree, settingsSchema, []);
}

function expand(tree: Tree, schema: z.ZodType, path: readonly string[]): void {
  for (const [key, member] of Object.entries(membersOf(schema) ?? {})) {
    if (!Object.hasOwn(tree, key)) continue;
    const childPath = [...path, key];
    const wanted = membersOf(member) !== undefined ? 'map' : kindOf(member)?.json;
    const value = tree[key];
    if (wanted !== undefined && typeof value === 'string') tree[key] = fromJson(value, wanted, childPath);
    const expanded = tree[key];
    if (isMap(expanded)) expand(expanded, member, childPath);
  }
}

function fromJson(text: string, wanted: 'list' | 'map', path: readonly string[]): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (wanted === 'list' ? !Array.isArray(value) : !isMap(value)) return text;
  assertSafeValue(value, path);
  return value;
}

/**
 * What would become of a setting of this name at the next start, if that is not what one wants; undefined for a name
 * that is known.
 */
export function settingNameProblem(name: string): string | undefined {
  const known = settingsSchemaPaths();
  if (known.some((path) => name === path || name.startsWith(`${path}.`))) return undefined;
  const strict = STRICT_ROOTS.some((root) => name.startsWith(`${root}.`));
  const nearest = nearestName(name, known);
  const effect = strict ? 'the server will not start with it' : 'the server will ignore it';
  return `${name} is not a setting of Patchbay; ${effect}.${nearest === undefined ? '' : ` Did you mean ${nearest}?`}`;
}
