import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Paths in and below a folder that someone else than the owner may read, write or list. That others may pass through a
 * folder (x) is fine: root's data folder may have to hold files of the user that runs PostgreSQL.
 */
export async function filesOpenToOthers(folder: string): Promise<string[]> {
  const { mode } = await lstat(folder);
  const open = (mode & 0o066) === 0 ? [] : [`${folder} ${(mode & 0o777).toString(8)}`];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) open.push(...(await filesOpenToOthers(path)));
    else if (entry.isFile() && ((await lstat(path)).mode & 0o177) !== 0)
      open.push(`${path} ${((await lstat(path)).mode & 0o777).toString(8)}`);
  }
  return open;
}
