import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { ROOT, start, temporaryFolder } from '../process/child.ts';
import { setupStamp } from '../process/repository.ts';

/** A console of one line, so that the real build takes no time. */
const PAGE = '<!doctype html><html><head><script type="module" src="/main.ts"></script></head><body></body></html>';
const CONFIG = `
  import { defineConfig } from 'vite';
  export default defineConfig({ root: import.meta.dirname, base: './', build: { assetsDir: 'app', modulePreload: { polyfill: false } } });
`;
const BUILDING = 'Building the console (once, some seconds) …\n';

let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(inFolder('scripts'));
  await mkdir(inFolder('web'));
  await mkdir(inFolder('node_modules'));
  await copyFile(join(ROOT, 'scripts/setup.mjs'), inFolder('scripts/setup.mjs'));
  await writeFile(inFolder('package-lock.json'), '{}');
  await writeFile(inFolder('package.json'), '{ "type": "module" }');
  for (const name of await readdir(join(ROOT, 'node_modules')))
    if (!name.startsWith('.')) await symlink(join(ROOT, 'node_modules', name), inFolder('node_modules', name));
  await writeFile(inFolder('node_modules/.patchbay-setup'), await setupStamp(folder));
  await writeFile(inFolder('web/index.html'), PAGE);
  await writeFile(inFolder('web/vite.config.ts'), CONFIG);
  await writeFile(inFolder('web/main.ts'), "document.title = 'first' as string;");
});

const setup = () => start(process.execPath, [inFolder('scripts/setup.mjs')], { cwd: folder, env: { TMPDIR: folder } });

async function script(): Promise<string> {
  const [name] = (await readdir(inFolder('web/dist/app'))).filter((file) => file.endsWith('.js'));
  return readFile(inFolder('web/dist/app', name!), 'utf8');
}

describe('building the console', () => {
  test('happens once, saying so on standard error only', async () => {
    expect(await setup().ended).toMatchObject({ code: 0, stdout: '', stderr: BUILDING });
    expect(await script()).toContain('first');
    expect(await setup().ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('happens again when a source or a package has changed, not when a file was only touched or copied', async () => {
    await setup().ended;
    await utimes(inFolder('web/main.ts'), new Date(), new Date());
    expect((await setup().ended).stderr).toBe('');
    const copy = await temporaryFolder();
    await cp(folder, copy, { recursive: true, verbatimSymlinks: true });
    expect((await start(process.execPath, [join(copy, 'scripts/setup.mjs')], { cwd: copy }).ended).stderr).toBe('');

    await writeFile(inFolder('web/main.ts'), "document.title = 'second' as string;");
    expect((await setup().ended).stderr).toBe(BUILDING);
    expect(await script()).toContain('second');

    await writeFile(inFolder('package-lock.json'), '{ "changed": true }');
    await writeFile(inFolder('node_modules/.patchbay-setup'), await setupStamp(folder));
    expect((await setup().ended).stderr).toBe(BUILDING);

    await rm(inFolder('web/dist'), { recursive: true });
    expect((await setup().ended).stderr).toBe(BUILDING);
  });

  test.each([
    ['', undefined],
    [', beside the lock of one that was killed', '999999999'],
    [', beside a lock that nobody knows', ''],
  ])('happens once when many start at the same time%s', async (_what, leftover) => {
    const lock = `patchbay-setup-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.lock`;
    if (leftover !== undefined) await writeFile(inFolder(lock), leftover);
    const ended = await Promise.all(Array.from({ length: 6 }, () => setup().ended));
    expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0));
    expect(ended.map(({ stderr }) => stderr).join('')).toBe(BUILDING);
    expect(await script()).toContain('first');
    expect((await readdir(folder)).filter((name) => name.startsWith('patchbay-setup'))).toEqual([]);
  });

  test('that fails says why and keeps the console there was; the next start tries again', async () => {
    await setup().ended;
    await writeFile(inFolder('web/main.ts'), "import './missing.ts';");
    const { code, stdout, stderr } = await setup().ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/missing\.ts[\s\S]*The console could not be built; the words of the build are above\.\n$/);
    expect(await script()).toContain('first');
    expect(existsSync(inFolder('web/dist-unfinished'))).toBe(false);
    await writeFile(inFolder('web/main.ts'), "document.title = 'third' as string;");
    expect((await setup().ended).code).toBe(0);
    expect(await script()).toContain('third');
  });
});
