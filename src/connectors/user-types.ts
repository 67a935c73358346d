import { glob, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { errorText, PatchbayError } from '../errors.ts';
import { basic, bearer, header, headers, oauth2ClientCredentials } from './auth.ts';
import { type AnyConnectorType, action, defineConnectorType } from './define.ts';
import { f } from './fields.ts';
import { assertSecretsMarked } from './form.ts';
import { problemOfType } from './type-shape.ts';
import { delivered, failed } from './verdict.ts';

/**
 * For `beforeSave`: ends the save with status 400 and this sentence. What a hook throws otherwise is a defect, whose text
 * nobody is shown, because it may hold a secret.
 */
function refuse(message: string): never {
  throw new PatchbayError('bad_request', message);
}

const TOOLKIT = {
  defineConnectorType,
  action,
  z,
  f,
  header,
  basic,
  bearer,
  headers,
  oauth2ClientCredentials,
  delivered,
  failed,
  refuse,
} as const;

/** What a file's function is called with: everything a connector type is made of, so that it needs no imports. */
export type Toolkit = typeof TOOLKIT;

const EXTENSIONS = ['.ts', '.js'];

/**
 * Loads the connector types of `patchbay.connectorTypes`, in the order of the patterns, files of a glob by name.
 *
 * A file's default export is either a connector type or a function that gets the {@link Toolkit} and returns one, or a
 * promise of one. The files are code that the operator trusts like the server's own.
 *
 * @param patterns files or globs, relative to `baseDir`
 * @param takenIds ids of the types that are there already
 * @throws {PatchbayError} `setting_invalid`, one sentence that names the file
 */
export async function loadUserTypes(
  patterns: readonly string[],
  baseDir: string,
  takenIds: Iterable<string> = [],
): Promise<AnyConnectorType[]> {
  const types: AnyConnectorType[] = [];
  const owners = new Map<string, string | undefined>([...takenIds].map((id) => [id, undefined]));
  const seen = new Set<string>();
  for (const pattern of patterns) {
    for (const file of await filesOf(pattern, baseDir)) {
      // one file may be named twice, alone and by a glob
      if (seen.has(resolve(baseDir, file))) continue;
      seen.add(resolve(baseDir, file));
      const type = await loadType(file, baseDir);
      if (owners.has(type.id)) {
        const owner = owners.get(type.id);
        throw invalid(
          `"${file}" declares the connector type id "${type.id}", which ${owner === undefined ? 'a built-in type has' : `"${owner}" has declared`} already. Give it another id.`,
        );
      }
      owners.set(type.id, file);
      types.push(type);
    }
  }
  return types;
}

function invalid(sentence: string, cause?: unknown): PatchbayError {
  return new PatchbayError('setting_invalid', `[patchbay.connectorTypes]: ${sentence}`, { cause });
}

/** Files as written or relative to `baseDir`; never empty. */
async function filesOf(pattern: string, baseDir: string): Promise<string[]> {
  const info = await stat(resolve(baseDir, pattern)).catch(() => undefined);
  // a file whose name has brackets in it is a file first
  if (info?.isFile()) return [checkedExtension(pattern)];
  if (info !== undefined)
    throw invalid(`"${pattern}" is not a file. Name the files in it: "${pattern.replace(/\/+$/, '')}/*.ts".`);
  if (!/[*?[{]/.test(pattern)) throw invalid(`there is no file "${pattern}" (seen from ${baseDir}).`);
  const found: string[] = [];
  for await (const file of glob(pattern, { cwd: baseDir })) {
    if (EXTENSIONS.includes(extname(file)) && !file.endsWith('.d.ts')) found.push(file);
  }
  if (found.length === 0) throw invalid(`no .ts or .js file matches "${pattern}" (seen from ${baseDir}).`);
  return found.sort();
}

function checkedExtension(file: string): string {
  if (EXTENSIONS.includes(extname(file))) return file;
  throw invalid(`"${file}" must end with .ts or .js.`);
}

async function loadType(file: string, baseDir: string): Promise<AnyConnectorType> {
  let exported: unknown;
  try {
    const module: { default?: unknown } = await import(/* @vite-ignore */ pathToFileURL(resolve(baseDir, file)).href);
    exported = module.default;
    if (typeof exported === 'function') exported = await exported(TOOLKIT);
  } catch (error) {
    throw invalid(
      `"${file}" cannot be loaded: ${sentence(errorText(error))} Correct it, or take it out of the setting.`,
      error,
    );
  }
  if (exported === undefined) {
    throw invalid(
      `"${file}" has no default export, or its function returns nothing; it must be a connector type, or a function that is called with { defineConnectorType, z, … } and returns one.`,
    );
  }
  const problem = problemOfType(exported);
  if (problem !== undefined) throw invalid(`"${file}" is not a connector type: ${problem}`);
  try {
    const type = defineConnectorType(exported as AnyConnectorType);
    assertSecretsMarked(type);
    return type;
  } catch (error) {
    throw invalid(`"${file}" is not a connector type: ${sentence(errorText(error))}`, error);
  }
}

/** The first line of somebody's text, with a full stop. */
function sentence(text: string): string {
  const line = (text.split('\n', 1)[0] ?? '').slice(0, 500);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}
