import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { until } from '../support/wait.ts';
import { ROOT, start, temporaryFolder } from './child.ts';
import { setupStamp } from './repository.ts';

let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);

// Stands in for npm: notes each call, takes as long as the file `slow` is there, and makes what `npm ci` would.
const FAKE_NPM = `
  const { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } = require('node:fs');
  appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
  rmSync('node_modules', { recursive: true, force: true });
  mkdirSync('node_modules/node/bin', { recursive: true });
  while (existsSync('slow')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  if (existsSync('broken')) { console.log('npm says why'); process.exit(3); }
  writeFileSync('node_modules/node/bin/node', '');
`;

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(inFolder('scripts'));
  await copyFile(join(ROOT, 'scripts', 'setup.mjs'), inFolder('scripts', 'setup.mjs'));
  await writeFile(inFolder('package-lock.json'), '{}');
  await writeFile(inFolder('npm.js'), FAKE_NPM);
});

function setup(nodeOptions: string[] = []) {
  const env = { npm_execpath: inFolder('npm.js'), TMPDIR: folder };
  return start(process.execPath, [...nodeOptions, inFolder('scripts', 'setup.mjs')], { cwd: folder, env });
}

async function calls(): Promise<string[]> {
  if (!existsSync(inFolder('calls'))) return [];
  return (await readFile(inFolder('calls'), 'utf8')).trim().split('\n');
}

test('a fresh clone is installed from the lock file, saying so on standard error only', async () => {
  const { code, stdout, stderr } = await setup().ended;
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  expect(stderr).toMatch(/^Installing what Patchbay needs/);
  expect(await calls()).toEqual([expect.stringMatching(/^ci --include=dev /)]);
  expect(await readFile(inFolder('node_modules', '.patchbay-setup'), 'utf8')).toBe(await setupStamp(folder));
});

test('nothing is done or said when all is there; a changed lock file is installed again', async () => {
  await setup().ended;
  expect(await setup().ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await calls()).toHaveLength(1);
  await writeFile(inFolder('package-lock.json'), '{ "changed": true }');
  expect((await setup().ended).code).toBe(0);
  expect(await calls()).toHaveLength(2);
});

test('two at once install once', async () => {
  await writeFile(inFolder('slow'), '');
  const first = setup();
  await until(async () => (await calls()).length === 1, 'the first installs');
  const second = setup();
  const third = setup();
  await rm(inFolder('slow'));
  for (const { ended } of [first, second, third]) expect((await ended).code).toBe(0);
  expect(await calls()).toHaveLength(1);
  expect((await second.ended).stderr).toBe('');
});

test('an installation that was interrupted is done again', async () => {
  await writeFile(inFolder('slow'), '');
  const killed = setup();
  await until(async () => (await calls()).length === 1, 'it installs');
  killed.send('SIGKILL');
  await killed.ended;
  await rm(inFolder('slow'));
  // What npm had already begun may finish by itself; without the stamp that does not count.
  expect((await setup().ended).code).toBe(0);
  expect(await calls()).toHaveLength(2);
  expect((await setup().ended).stderr).toBe('');
});

test('what npm says when it fails is shown, then a sentence; the next start tries again', async () => {
  await writeFile(inFolder('broken'), '');
  const { code, stdout, stderr } = await setup().ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/npm says why\nnpm could not install the dependencies.*\n$/);
  await rm(inFolder('broken'));
  expect((await setup().ended).code).toBe(0);
});

test('a Node.js that is too old gets a sentence', async () => {
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.1' } })`;
  const { code, stdout, stderr } = await setup(['--import', `data:text/javascript,${encodeURIComponent(older)}`]).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^Patchbay needs Node\.js 20\.19 or later to set itself up; this is v\S+\.\n$/);
  expect(await calls()).toEqual([]);
});
