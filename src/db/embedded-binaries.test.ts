import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { completeInstallation, findBinaries } from './embedded-binaries.ts';

test('the binaries are found, run, and are of the version that the package says', () => {
  const { initdb, postgres, major } = findBinaries();
  for (const program of [initdb, postgres]) {
    expect(execFileSync(program, ['--version'], { encoding: 'utf8' })).toMatch(
      new RegExp(`\\(PostgreSQL\\) ${major}\\.`),
    );
  }
});

test('an installation without install scripts is completed, once', async () => {
  const root = await mkdtemp(join(tmpdir(), 'patchbay-package-'));
  const links = [{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so' }];
  await mkdir(join(root, 'native', 'lib'), { recursive: true });
  await mkdir(join(root, 'native', 'bin'));
  await writeFile(join(root, links[0]!.source), 'library');
  await writeFile(join(root, 'native', 'pg-symlinks.json'), JSON.stringify(links));
  for (const name of ['initdb', 'postgres']) await writeFile(join(root, 'native', 'bin', name), '', { mode: 0o644 });
  completeInstallation(root);
  completeInstallation(root);
  expect(readFileSync(join(root, links[0]!.target), 'utf8')).toBe('library');
  accessSync(join(root, 'native', 'bin', 'postgres'), constants.X_OK);
  await rm(root, { recursive: true });
});
