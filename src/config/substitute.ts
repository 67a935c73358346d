import { PatchbayError } from '../errors.ts';
import { isMap, type Tree } from './tree.ts';

// Kibana's character set for both parts: `${X:http://h}` is no reference and stays as it is.
const REFERENCE = /\$\{([A-Za-z0-9_]+)(?::([A-Za-z0-9_]+))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:default}` in every text of a tree, lists included, keys excluded. A variable that is
 * set but empty gives the empty text.
 *
 * @throws {PatchbayError} `setting_invalid` for a variable that is not set and has no default
 */
export function substituteVariables(tree: Tree, env: NodeJS.ProcessEnv, path: readonly string[] = []): Tree {
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, substituteValue(value, env, [...path, key])]),
  );
}

/** The same for one value of any kind. `path` is for the error. */
export function substituteValue(value: unknown, env: NodeJS.ProcessEnv, path: readonly string[]): unknown {
  if (typeof value === 'string') return substituteText(value, env, path);
  if (Array.isArray(value)) return value.map((item, index) => substituteValue(item, env, [...path, String(index)]));
  return isMap(value) ? substituteVariables(value, env, path) : value;
}

function substituteText(text: string, env: NodeJS.ProcessEnv, path: readonly string[]): string {
  return text.replaceAll(REFERENCE, (_reference, name: string, fallback: string | undefined) => {
    const value = env[name] ?? fallback;
    if (value !== undefined) return value;
    throw new PatchbayError(
      'setting_invalid',
      `Unknown environment variable referenced in config : ${name}. Set it, or write a default into [${path.join('.')}] as \${${name}:default}.`,
    );
  });
}
