import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { errorText, PatchbayError } from '../errors.ts';
import { isMap, type Tree } from './tree.ts';

/** The file that is read when nothing names one, if it exists. */
export const DEFAULT_FILE = 'patchbay.yml';
const FILE_MAX_BYTES = 10 * 1_024 * 1_024;

export interface SettingsFile {
  /** As the user wrote it; for messages. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/** Which file holds the settings: `--config`, else `PATCHBAY_CONFIG`, else `./patchbay.yml` if it exists, else none. */
export function findSettingsFile(options: {
  argvConfig?: string;
  env: NodeJS.ProcessEnv;
  cwd: string;
}): SettingsFile | undefined {
  const named = options.argvConfig ?? (options.env.PATCHBAY_CONFIG || undefined);
  const name = named ?? DEFAULT_FILE;
  const path = isAbsolute(name) ? name : resolve(options.cwd, name);
  if (named === undefined && statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  return { name, path };
}

/**
 * Reads a YAML file of settings, keys as they are written there.
 *
 * @throws {PatchbayError} `setting_invalid` when it cannot be read or is not one YAML mapping; the text has line and
 * column, and none of the content, which may be secret
 */
export function readSettingsFile(file: SettingsFile): Tree {
  const lines = new LineCounter();
  try {
    // `merge` for the `<<` keys that YAML 1.1 readers, Kibana's included, understand.
    const document = parseDocument(readText(file), {
      prettyErrors: false,
      lineCounter: lines,
      logLevel: 'error',
      merge: true,
    });
    const problem = document.errors[0];
    if (problem !== undefined) {
      const { line, col } = lines.linePos(problem.pos[0]);
      throw refusal(file, `is not valid YAML at line ${line}, column ${col} (${problem.code}). Correct it there.`);
    }
    // 100 uses of aliases are plenty for settings; a few more lines of them could otherwise fill the memory.
    const content: unknown = document.toJS({ maxAliasCount: 100 });
    if (content === null || content === undefined) return {};
    if (!isMap(content)) throw refusal(file, 'holds no mapping. Write settings as "name: value" lines.');
    return content;
  } catch (error) {
    if (error instanceof PatchbayError) throw error;
    // What is left is a limit of the parser: nesting without end, too many or circular aliases.
    throw refusal(
      file,
      'cannot be read as YAML: it nests too deep or repeats its aliases too often. Write it out plainly.',
    );
  }
}

function readText(file: SettingsFile): string {
  try {
    const { size } = statSync(file.path);
    if (size > FILE_MAX_BYTES) throw refusal(file, 'is larger than 10 MB. Check that it is the right file.');
    return readFileSync(file.path, 'utf8');
  } catch (error) {
    if (error instanceof PatchbayError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? errorText(error);
    throw refusal(
      file,
      `cannot be read (${code}). Check the path given by --config or PATCHBAY_CONFIG, and its permissions.`,
    );
  }
}

function refusal(file: SettingsFile, problem: string): PatchbayError {
  return new PatchbayError('setting_invalid', `The settings file ${file.name} ${problem}`);
}
