import { z } from 'zod';
import { PatchbayError } from '../errors.ts';
import { REMOVED_NAMES } from './legacy.ts';
import { nearestName } from './nearest.ts';
import { settingsSchema, settingsSchemaPaths } from './schema.ts';
import { kindOf, membersOf } from './setting.ts';
import { isMap, leafPaths, type Tree, valueAt } from './tree.ts';
import { typeName } from './types.ts';

/** Where the value of a setting comes from. `name`: the file as given, or the environment variable. */
export type SettingSource =
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'keystore' };

/** By dotted path of each given leaf. Settings that are not in it have their default. */
export type SettingSources = ReadonlyMap<string, SettingSource>;

interface Problem {
  readonly path: string;
  /** The reason in Kibana's words, then the remedy. */
  readonly text: string;
}

type Issue = z.core.$ZodIssue;

/**
 * The error for settings that the schema refused: `[<path>]: <reason> <remedy>`, then where the value comes from and
 * which other settings are wrong too. Holds no value, which may be a secret.
 */
export function settingError(issues: readonly Issue[], tree: Tree, sources: SettingSources): PatchbayError {
  // A name that does not exist explains a missing one better than the other way round.
  const unknownFirst = issues.toSorted((a, b) => rank(a) - rank(b));
  const problems = unknownFirst.flatMap((issue) => problemsOf(issue, tree));
  const [first, ...others] = problems as [Problem, ...Problem[]];
  const also = [...new Set(others.map(({ path }) => path))].filter((path) => path !== first.path);
  return new PatchbayError(
    'setting_invalid',
    `[${first.path}]: ${first.text}${sourceText(first.path, sources)}${alsoText(also)}`,
    { attributes: { problems: problems.map(({ path, text }) => `[${path}]: ${text}`) } },
  );
}

function rank(issue: Issue): number {
  return issue.code === 'unrecognized_keys' ? 0 : 1;
}

function problemsOf(issue: Issue, tree: Tree): Problem[] {
  const path = issue.path.map(String);
  const name = path.join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.flatMap((key) => unknownKey([...path, key], tree));
  const remedy =
    dottedIdRemedy(path, tree) ?? kindOf(schemaAt(path) ?? settingsSchema)?.remedy ?? 'See docs/settings.md.';
  switch (issue.code) {
    case 'invalid_type': {
      const expected = issue.expected === 'record' ? 'object' : issue.expected;
      return [
        { path: name, text: `expected value of type [${expected}] but got [${typeName(issue.input)}]. ${remedy}` },
      ];
    }
    case 'too_small':
      return [
        {
          path: name,
          text: `array size is [${sizeOf(issue.input)}], but cannot be smaller than [${issue.minimum}]. ${remedy}`,
        },
      ];
    case 'too_big':
      return [
        {
          path: name,
          text: `array size is [${sizeOf(issue.input)}], but cannot be greater than [${issue.maximum}]. ${remedy}`,
        },
      ];
    case 'custom': {
      const words: unknown = issue.params?.alternatives;
      const text = Array.isArray(words) ? alternatives(name, words, issue.message) : issue.message;
      const dotted = dottedIdRemedy(path, tree);
      return [{ path: name, text: dotted === undefined ? text : `${text} ${dotted}` }];
    }
    default:
      return [{ path: name, text: `${issue.message}. ${remedy}` }];
  }
}

function sizeOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}

// One line for each value that would fit, as Kibana prints alternatives.
function alternatives(path: string, words: readonly unknown[], remedy: string): string {
  const lines = words.map((word, index) => `- [${path}.${index}]: expected value to equal [${word}]`);
  return ['types that failed validation:', ...lines, remedy].join('\n');
}

function unknownKey(path: readonly string[], tree: Tree): Problem[] {
  const value = valueAt(tree, path);
  const parent = path.slice(0, -1).join('.');
  if (parent === 'xpack.actions.rateLimiter') {
    const type = path.at(-1);
    return [
      {
        path: parent,
        text: `Rate limiter configuration for connector type "${type}" is not supported. Supported types: email. Remove [${parent}.${type}].`,
      },
    ];
  }
  const dotted = dottedIdRemedy(path, tree) ?? dottedLimitRemedy(path, tree);
  // `proxy: {url: x}` is the unknown name `proxy.url`, which has a neighbour, rather than `proxy`, which has none.
  const leaves =
    isMap(value) && dotted === undefined && Object.keys(value).length > 0 ? leafPaths(value, path) : [path];
  return leaves.map((leaf) => {
    const name = leaf.join('.');
    const removed = REMOVED_NAMES.find(([pattern]) => pattern.test(name))?.[1];
    return { path: name, text: `definition for this key is missing. ${removed ?? dotted ?? suggestion(name, path)}` };
  });
}

function suggestion(name: string, path: readonly string[]): string {
  const parent = path.slice(0, -1);
  const siblings = Object.keys(membersOf(schemaAt(parent) ?? settingsSchema) ?? {}).map((key) =>
    [...parent, key].join('.'),
  );
  const nearest = nearestName(name, [...siblings, ...settingsSchemaPaths()]);
  return nearest === undefined
    ? 'Remove it; docs/settings.md lists every name.'
    : `Did you mean [${nearest}]? Rename or remove it.`;
}

/** An unescaped id such as `my.id` becomes a connector `my` without name and type that holds a connector `id`. */
function dottedIdRemedy(path: readonly string[], tree: Tree): string | undefined {
  if (path.slice(0, 3).join('.') !== 'xpack.actions.preconfigured' || path.length > 5) return undefined;
  const entry = valueAt(tree, path.slice(0, 4));
  if (!isMap(entry)) return undefined;
  const inner = leafPaths(entry).find((leaf) => leaf.length > 1 && leaf.length < 10 && leaf.at(-1) === 'actionTypeId');
  if (inner === undefined || inner[0] === 'config' || inner[0] === 'secrets') return undefined;
  return bracketsRemedy([path[3]!, ...inner.slice(0, -1)]);
}

/** An unescaped id in the limits of the queue, such as `.slack`, becomes an empty one that holds a limit `slack`. */
function dottedLimitRemedy(path: readonly string[], tree: Tree): string | undefined {
  if (path.length !== 5 || !/^patchbay\.queue\.connector(?:s|Types)$/.test(path.slice(0, 3).join('.')))
    return undefined;
  const entry = valueAt(tree, path);
  if (!isMap(entry)) return undefined;
  for (const leaf of leafPaths(entry)) {
    const end = leaf.findIndex((name) => name === 'concurrency' || name === 'rateLimit');
    if (end >= 0) return bracketsRemedy([...path.slice(3), ...leaf.slice(0, end)]);
  }
  return undefined;
}

function bracketsRemedy(id: readonly string[]): string {
  return `An id with a dot needs square brackets in YAML: "[${id.join('.')}]".`;
}

/** The schema of a setting, or of an item or member of one. */
function schemaAt(path: readonly string[]): z.ZodType | undefined {
  let current: z.ZodType | undefined = settingsSchema;
  for (const segment of path) {
    const members = membersOfAny(current);
    const next: z.ZodType | undefined = typeof members === 'function' ? members() : members?.[segment];
    if (next === undefined) return undefined;
    current = next;
  }
  return current;
}

function membersOfAny(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | (() => z.ZodType) | undefined {
  let current: z.ZodType | undefined = schema;
  while (current !== undefined) {
    if (current instanceof z.ZodObject) return current.shape as Record<string, z.ZodType>;
    const def = current.def as unknown as Record<
      'element' | 'valueType' | 'innerType' | 'in' | 'out',
      z.ZodType | undefined
    >;
    const repeated = def.element ?? def.valueType;
    if (repeated !== undefined) return () => repeated;
    current = def.innerType ?? (def.in instanceof z.ZodTransform ? def.out : def.in);
  }
  return undefined;
}

function sourceText(path: string, sources: SettingSources): string {
  const source = sourceOf(path, sources);
  switch (source?.kind) {
    case 'file':
      return ` It is set in ${source.name}.`;
    case 'environment':
      return ` It is set by the environment variable ${source.name}.`;
    case 'keystore':
      return ' It is set in the keystore.';
    default:
      return '';
  }
}

function sourceOf(path: string, sources: SettingSources): SettingSource | undefined {
  const segments = path.split('.');
  for (let length = segments.length; length > 0; length -= 1) {
    const found = sources.get(segments.slice(0, length).join('.'));
    if (found !== undefined) return found;
  }
  for (const [given, source] of sources) if (given.startsWith(`${path}.`)) return source;
  return undefined;
}

function alsoText(paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const shown = paths
    .slice(0, 5)
    .map((path) => `[${path}]`)
    .join(', ');
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : '';
  return ` Also wrong: ${shown}${more}.`;
}
