import { nearestName } from './nearest.ts';
import { allSettings, environmentName } from './schema.ts';
import { put, type Tree } from './tree.ts';

// Only names that can be meant for Patchbay alone are looked at for typing mistakes.
const OWN_PREFIX = /^(?:XPACK_ACTIONS_|XPACK_ENCRYPTEDSAVEDOBJECTS_|PATCHBAY_)/;

/**
 * Puts the settings that the environment gives into the tree, over what is there. An empty variable counts as not
 * given, so that a compose file may pass on variables that are not set. Mutates `tree`.
 *
 * @returns a warning for each variable that looks like the misspelt name of a setting
 */
export function applyEnvironment(
  tree: Tree,
  env: NodeJS.ProcessEnv,
  given: (path: string, name: string) => void,
): string[] {
  const names = new Map(allSettings().map(({ path }) => [environmentName(path), path]));
  for (const [name, path] of names) {
    const value = env[name];
    if (value === undefined || value === '') continue;
    // A map from the file must not shine through the one from the environment.
    put(tree, path.split('.'), value);
    given(path, name);
  }
  return Object.keys(env).flatMap((name) => {
    if (!OWN_PREFIX.test(name) || names.has(name) || name === 'PATCHBAY_CONFIG') return [];
    const meant = nearestName(name, names.keys());
    return meant === undefined
      ? []
      : [`The environment variable ${name} is not a setting and was ignored. Did you mean ${meant}?`];
  });
}
