import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './child.ts';

const CONTENT = ['bin', 'package.json', 'package-lock.json', 'scripts', 'simulators', 'src', 'web'];

/**
 * A clone of the repository that counts as installed. Its `node_modules` is a folder of its own that holds links, never
 * a link itself: whatever npm might do to it, it does not do to ours.
 */
export async function copyRepository(folder: string): Promise<void> {
  for (const name of CONTENT) await cp(join(ROOT, name), join(folder, name), { recursive: true });
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name.startsWith('.') && name !== '.bin') continue;
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(modules, '.patchbay-setup'), await setupStamp(folder));
}

/** What `scripts/setup.mjs` writes when it is done: the lock file, and what native packages depend on. */
export async function setupStamp(folder: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(folder, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
}
