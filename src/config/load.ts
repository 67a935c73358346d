import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { adjustSettings } from './adjust.ts';
import { applyEnvironment } from './environment.ts';
import { type SettingSource, type SettingSources, settingError } from './explain.ts';
import { findSettingsFile, readSettingsFile, type SettingsFile } from './file.ts';
import { findKeystore, type KeystorePlace, readKeystore } from './keystore.ts';
import { expandJson, takeForeignSettings } from './known.ts';
import { replaceDeprecatedNames } from './legacy.ts';
import { nearestName } from './nearest.ts';
import { pendingSetting } from './pending.ts';
import { type Settings, settingsSchema, settingsSchemaPaths } from './schema.ts';
import { substituteValue, substituteVariables } from './substitute.ts';
import { assertSafeValue, leafPaths, nest, put, type Tree, valueAt } from './tree.ts';

// Comparing names takes a while, and nobody mistypes thousands of them.
const GUESSES_MAX = 300;

export interface LoadOptions {
  /** The value of `--config`. */
  readonly argvConfig?: string;
  readonly env: NodeJS.ProcessEnv;
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** Values to use in place of the keystore file, by dotted name. */
  readonly keystore?: Readonly<Record<string, unknown>>;
  /** Asks a person for the keystore's password; leave it out where nobody can answer. */
  readonly askPassword?: () => Promise<string>;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** Sentences to log at level `warn`, once there is a log. */
  readonly warnings: readonly string[];
  /** Sentences to log at level `info`. */
  readonly infos: readonly string[];
  /** Where each given setting comes from. */
  readonly sources: SettingSources;
}

/**
 * Reads all settings: the YAML file, over it the environment, over it the keystore; then checks them.
 *
 * @throws {PatchbayError} `setting_invalid` or `keystore_invalid`; the text names the setting and the remedy, no value
 */
export async function loadSettings(options: LoadOptions): Promise<LoadedSettings> {
  const warnings: string[] = [];
  const sources = new Map<string, SettingSource>();
  const file = findSettingsFile(options);
  const tree = file === undefined ? {} : readTree(file, warnings);
  const foreign = takeForeignSettings(tree);
  const substituted = substituteVariables(tree, options.env);
  expandJson(substituted);
  warnings.push(...replaceDeprecatedNames(substituted));
  if (file !== undefined) {
    for (const path of leafPaths(substituted)) sources.set(path.join('.'), { kind: 'file', name: file.name });
  }

  warnings.push(
    ...applyEnvironment(substituted, options.env, (path, name) => record(sources, path, { kind: 'environment', name })),
  );
  expandJson(substituted);

  const values = options.keystore ?? (await keystoreValues(substituted, file, options, warnings));
  const secrets: Tree = {};
  for (const [name, value] of Object.entries(values)) {
    const path = name.split('.');
    assertSafeValue(value, path);
    put(secrets, path, value);
  }
  foreign.push(...takeForeignSettings(secrets));
  for (const path of leafPaths(secrets)) {
    put(substituted, path, valueAt(secrets, path));
    record(sources, path.join('.'), { kind: 'keystore' });
  }
  expandJson(substituted);
  warnings.push(...replaceDeprecatedNames(substituted));

  const settings = checkSettings(substituted, sources, options.cwd);
  warnings.push(...adjustSettings(settings));
  const infos = [...pendingNotice(sources), ...keyNotices(settings)];
  foreignNotice(foreign, warnings, infos);
  return { settings, warnings, infos, sources };
}

/**
 * Checks settings that are at hand, dotted or nested, without file, environment or keystore.
 *
 * @param cwd what relative paths are relative to
 * @throws {PatchbayError} `setting_invalid`
 */
export function settingsFrom(source: Readonly<Record<string, unknown>>, cwd: string = process.cwd()): Settings {
  const tree = nest({ ...source });
  takeForeignSettings(tree);
  expandJson(tree);
  const settings = checkSettings(tree, new Map(), cwd);
  adjustSettings(settings);
  return settings;
}

/**
 * Where the keystore lies, whatever else may be wrong with the settings: a missing secret is mended by adding it there.
 *
 * @throws {PatchbayError} `setting_invalid` when the settings file cannot be read
 */
export function locateKeystore(options: Pick<LoadOptions, 'argvConfig' | 'env' | 'cwd'>): KeystorePlace {
  const file = findSettingsFile(options);
  const written = file === undefined ? undefined : valueAt(readTree(file, []), ['path', 'data']);
  const fromFile = substituteValue(written, options.env, ['path', 'data']);
  return keystorePlace(options.env.PATH_DATA || fromFile, file, options.cwd);
}

function keystorePlace(dataPath: unknown, file: SettingsFile | undefined, cwd: string): KeystorePlace {
  const folder = typeof dataPath === 'string' && dataPath !== '' ? dataPath : './data';
  return findKeystore(resolve(cwd, folder), file === undefined ? undefined : dirname(file.path));
}

async function keystoreValues(
  tree: Tree,
  file: SettingsFile | undefined,
  options: LoadOptions,
  warnings: string[],
): Promise<Readonly<Record<string, unknown>>> {
  const place = keystorePlace(valueAt(tree, ['path', 'data']), file, options.cwd);
  if (!place.exists) return {};
  const { values, warning } = await readKeystore(place.path, options);
  if (warning !== undefined) warnings.push(warning);
  return values;
}

function readTree(file: SettingsFile, warnings: string[]): Tree {
  const repeated = new Set<string>();
  const tree = nest(readSettingsFile(file), (path) => repeated.add(path));
  for (const path of repeated) {
    warnings.push(
      `The setting ${path} is given more than once in ${file.name}. The last one is used; remove the others.`,
    );
  }
  return tree;
}

function record(sources: Map<string, SettingSource>, path: string, source: SettingSource): void {
  for (const given of sources.keys()) if (given.startsWith(`${path}.`)) sources.delete(given);
  sources.set(path, source);
}

function checkSettings(tree: Tree, sources: SettingSources, cwd: string): Settings {
  const result = settingsSchema.safeParse(tree, { reportInput: true });
  if (!result.success) throw settingError(result.error.issues, tree, sources);
  return withAbsolutePaths(result.data, cwd);
}

function withAbsolutePaths(settings: Settings, cwd: string): Settings {
  const absolute = <P extends string | undefined>(path: P) => (path === undefined ? path : resolve(cwd, path)) as P;
  settings.path.data = absolute(settings.path.data);
  for (const ssl of [settings.server.ssl, settings.elasticsearch.ssl]) {
    ssl.certificate = absolute(ssl.certificate);
    ssl.key = absolute(ssl.key);
  }
  const { ssl } = settings.elasticsearch;
  ssl.certificateAuthorities = ssl.certificateAuthorities?.map(absolute);
  for (const host of settings.xpack.actions.customHostSettings ?? []) {
    if (host.ssl === undefined) continue;
    host.ssl.certificateAuthoritiesFiles = host.ssl.certificateAuthoritiesFiles?.map(absolute);
  }
  return settings;
}

/** One line, however many there are: an existing `kibana.yml` may hold hundreds. */
function foreignNotice(foreign: readonly string[], warnings: string[], infos: string[]): void {
  if (foreign.length === 0) return;
  const known = settingsSchemaPaths();
  const guesses: string[] = [];
  const others: string[] = [];
  for (const [index, name] of foreign.entries()) {
    const meant = index < GUESSES_MAX ? nearestName(name, known) : undefined;
    if (meant === undefined) others.push(name);
    else guesses.push(`${name} (did you mean ${meant}?)`);
  }
  const named = [...guesses, ...others];
  const more = named.length > 10 ? ` and ${named.length - 10} more` : '';
  const one = foreign.length === 1;
  const line = `Ignored ${foreign.length} ${one ? 'setting that belongs' : 'settings that belong'} to other parts of Kibana: ${named.slice(0, 10).join(', ')}${more}.`;
  (guesses.length > 0 ? warnings : infos).push(line);
}

function pendingNotice(sources: SettingSources): string[] {
  const names = [...sources.keys()].filter((path) => pendingSetting(path) !== undefined);
  return names.length === 0
    ? []
    : [`These settings are accepted but have no effect: ${names.slice(0, 20).join(', ')}.`];
}

/** A digest of each key, by which operators compare nodes: Kibana's habit and its digest, base64 of SHA3-256. */
function keyNotices(settings: Settings): string[] {
  const { encryptionKey, keyRotation } = settings.xpack.encryptedSavedObjects;
  const digest = (key: string) => createHash('sha3-256').update(key).digest('base64');
  const notice = (name: string, key: string) => `Digest of xpack.encryptedSavedObjects.${name}: ${digest(key)}`;
  return [
    ...(encryptionKey === undefined ? [] : [notice('encryptionKey', encryptionKey)]),
    ...keyRotation.decryptionOnlyKeys.map((key) => notice('keyRotation.decryptionOnlyKeys', key)),
  ];
}
