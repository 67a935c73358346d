import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  databaseFolder,
  leftBehind,
  PROGRAM,
  ROOT,
  run,
  serverOf,
  start,
  temporaryFolder,
  whenReady,
} from './child.ts';
import { copyRepository } from './repository.ts';

const version = async () =>
  (JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;

describe('in a clone', () => {
  test.each([
    ['SIGTERM to npm', ['npm'], 'SIGTERM'],
    ['SIGINT to npm', ['npm'], 'SIGINT'],
    ['Ctrl-C in a terminal', ['npm', 'server'], 'SIGINT'],
  ] as const)('npm start takes arguments, and %s stops the server', async (_name, receivers, signal) => {
    const folder = await temporaryFolder();
    const [clone, temporary] = [join(folder, 'clone'), join(folder, 'tmp')];
    await mkdir(clone);
    await mkdir(temporary);
    await copyRepository(clone);
    await writeFile(join(clone, 'mine.yml'), 'server: { port: 0, name: from-mine }\npath.data: ./my-data\n');
    const npm = start('npm', ['start', '--', '--config', 'mine.yml'], { cwd: clone, env: { TMPDIR: temporary } });
    const data = join(clone, 'my-data');
    const server = await whenReady(npm, data);
    expect(npm.stderr()).not.toContain('Installing');
    expect((await fetch(`${server.url}/api/status`)).headers.get('kbn-name')).toBe('from-mine');

    const [pid] = serverOf(databaseFolder(data));
    if ((receivers as readonly string[]).includes('server')) process.kill(pid!, signal);
    npm.send(signal);
    const { code, stdout, stderr } = await npm.ended;
    expect(stdout.match(/^Patchbay is ready at /gm)).toHaveLength(1);
    expect(code).toBe(0);
    expect(stderr).not.toContain('a second time');
    expect(await leftBehind(data, temporary)).toEqual([]);
  });

  test('npx patchbay', async () => {
    const clone = await temporaryFolder();
    await copyRepository(clone);
    const { code, stdout, stderr } = await run('npx', ['--offline', '--no-install', 'patchbay', '--version'], {
      cwd: clone,
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toBe(`${await version()}\n`);
  });
});

describe('the program', () => {
  test('runs through links to it, absolute and relative', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'bin'));
    await symlink(PROGRAM, join(folder, 'bin', 'absolute'));
    await symlink('bin/absolute', join(folder, 'relative'));
    const { code, stdout, stderr } = await run(join(folder, 'relative'), ['--version'], { cwd: folder });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${await version()}\n`, stderr: '' });
  });

  test.each([
    [[], ['serve', 'keystore', 'encryption-keys', 'simulate', 'doctor']],
    [['serve'], ['--config']],
    [['keystore'], ['create', 'add', 'list', 'show', 'remove']],
    [['encryption-keys', 'rotate'], ['--config']],
    [['simulate'], ['--port']],
    [['doctor'], ['--config']],
  ])('%j --help', async (command, words) => {
    const { code, stdout, stderr } = await run(PROGRAM, [...command, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: patchbay/);
    for (const word of words) expect(stdout).toContain(word);
  });

  test.each([
    [['sevre'], "error: unknown command 'sevre'"],
    [['serve', '--prot', '1'], "error: unknown option '--prot'"],
    [['serve', 'extra'], 'too many arguments'],
    [['serve', '--config'], 'argument missing'],
  ])('%j is refused', async (args, words) => {
    const { code, stdout, stderr } = await run(PROGRAM, args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).toContain('--help');
  });
});
