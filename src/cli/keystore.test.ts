import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { decodeKeystore, encodeKeystore, type KeystoreValues, writeKeystore } from '../config/keystore.ts';
import { keystoreCommand } from './keystore.ts';

interface Result {
  code: number;
  out: string;
  err: string;
}

interface Given {
  /** What is typed or piped. */
  input?: string;
  /** Whether a person types it. */
  tty?: boolean;
  env?: NodeJS.ProcessEnv;
}

/** A place for one keystore, and a way to call the command there. */
function place() {
  const cwd = temporaryFolder();
  const path = join(cwd, 'data', 'patchbay.keystore');
  return {
    cwd,
    path,
    async run(args: string, { input = '', tty = false, env = {} }: Given = {}): Promise<Result> {
      const stdin = Object.assign(Readable.from(input === '' ? [] : [Buffer.from(input)]), tty ? { isTTY: true } : {});
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      let code = 0;
      const command = keystoreCommand({ stdin, stdout, stderr, env, cwd, setExitCode: (given) => (code = given) });
      const texts = Promise.all([text(stdout), text(stderr)]);
      try {
        await command.parseAsync(args === '' ? [] : args.split(' '), { from: 'user' });
      } finally {
        stdout.end();
        stderr.end();
      }
      const [out, err] = await texts;
      return { code, out, err };
    },
    values: async (password = ''): Promise<KeystoreValues | undefined> =>
      decodeKeystore(readFileSync(path, 'utf8'), password),
  };
}

async function placeWith(values: KeystoreValues, password = '') {
  const made = place();
  await writeKeystore(made.path, values, password);
  return made;
}

describe('create', () => {
  test('makes an empty keystore for the owner’s eyes only', async () => {
    const { run, path, values } = place();
    expect(await run('create')).toEqual({ code: 0, out: `Created Patchbay keystore in ${path}\n`, err: '' });
    expect(await values()).toEqual({});
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('asks before it overwrites one', async () => {
    const { run, values } = await placeWith({ 'server.name': 'kept' });
    for (const input of ['', 'n\n', '\n', 'nonsense\n']) {
      const { code, out, err } = await run('create', { input });
      expect({ code, out }).toEqual({ code: 0, out: 'Exiting without modifying keystore.\n' });
      expect(err).toContain('A Patchbay keystore already exists. Overwrite? [y/N]');
    }
    expect(await values()).toEqual({ 'server.name': 'kept' });
    expect((await run('create', { input: 'y\n' })).out).toContain('Created Patchbay keystore in');
    expect(await values()).toEqual({});
  });

  test('--password protects it; a person types it twice and it is not shown', async () => {
    const { run, values } = place();
    const { out, err } = await run('create --password', { input: 's3cret\rs3cret\r', tty: true });
    expect(out + err).not.toContain('s3cret');
    expect(err).toContain('******');
    expect(await values()).toBeUndefined();
    expect(await values('s3cret')).toEqual({});
  });

  test('two passwords that differ change nothing', async () => {
    const { run } = place();
    const { code, err } = await run('create --password', { input: 'one\rtwo\r', tty: true });
    expect(code).toBe(1);
    expect(err).toContain('ERROR: The passwords do not match');
    expect((await run('list')).err).toContain('keystore not found');
  });

  test('--silent says nothing', async () => {
    expect(await place().run('create -s')).toEqual({ code: 0, out: '', err: '' });
  });

  test('beside the keystore of a Kibana it says that this one is read from now on', async () => {
    const { run, cwd, path } = place();
    mkdirSync(join(cwd, 'config'));
    writeFileSync(join(cwd, 'config', 'kibana.yml'), '');
    writeFileSync(join(cwd, 'config', 'kibana.keystore'), await encodeKeystore({ 'server.name': 'x' }, ''));
    expect((await run('list --config config/kibana.yml')).out).toBe('server.name\n');
    const { out, err } = await run('--config config/kibana.yml create');
    expect(out).toBe(`Created Patchbay keystore in ${path}\n`);
    expect(err).toContain('kibana.keystore is no longer read');
    expect((await run('list --config config/kibana.yml')).out).toBe('');
  });
});

describe('add', () => {
  test('without a keystore', async () => {
    const { code, out, err } = await place().run('add server.name -x', { input: 'x' });
    expect({ code, out, err }).toEqual({
      code: 1,
      out: '',
      err: "ERROR: Patchbay keystore not found. Use 'create' command to create one.\n",
    });
  });

  test('a typed value is masked', async () => {
    const { run, values } = await placeWith({});
    const { code, out, err } = await run('add server.name', { input: 'secrex\x7ft\r', tty: true });
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toMatch(/^Enter value for server\.name: \*{6}/);
    expect(err).not.toContain('secre');
    expect(await values()).toEqual({ 'server.name': 'secret' });
  });

  test('Ctrl+C changes nothing', async () => {
    const { run, values } = await placeWith({});
    expect(await run('add server.name', { input: 'abc\x03', tty: true })).toMatchObject({
      code: 1,
      err: expect.stringContaining('ERROR: No value was given, exiting without modifying keystore.'),
    });
    expect(await values()).toEqual({});
  });

  test.each(['-x', '--stdin'])('%s reads the value from standard input', async (flag) => {
    const { run, values } = await placeWith({ a: 1 });
    expect((await run(`add server.name ${flag}`, { input: '  two\nlines \n' })).code).toBe(0);
    expect(await values()).toEqual({ a: 1, 'server.name': 'two\nlines' });
  });

  test.each([
    ['123', 123],
    ['"123"', '123'],
    ['true', true],
    ['["a", "b"]', ['a', 'b']],
    ['{"a": 1}', { a: 1 }],
    ['null', 'null'],
    ['plain text', 'plain text'],
    ['{broken', '{broken'],
    ['', ''],
  ])('the value %s is stored as %j', async (input, expected) => {
    const { run, values } = await placeWith({});
    await run('add server.name -x', { input });
    expect(await values()).toEqual({ 'server.name': expected });
  });

  test('an existing setting: asked for, or left alone with --stdin, or overwritten with --force', async () => {
    const { run, values } = await placeWith({ 'server.name': 'old' });
    const asked = await run('add server.name', { input: 'n\nnew\n' });
    expect(asked.err).toContain('Setting server.name already exists. Overwrite? [y/N]');
    expect(asked.out).toBe('Exiting without modifying keystore.\n');
    expect((await run('add server.name --stdin', { input: 'new' })).out).toBe(
      'Setting server.name already exists, exiting without modifying keystore.\n',
    );
    expect(await values()).toEqual({ 'server.name': 'old' });
    await run('add server.name', { input: 'y\nagreed\n' });
    expect(await values()).toEqual({ 'server.name': 'agreed' });
    await run('add server.name -x -f', { input: 'forced' });
    expect(await values()).toEqual({ 'server.name': 'forced' });
  });

  test('a name that is no setting is stored, with a note', async () => {
    const { run, values } = await placeWith({});
    expect((await run('add xpack.actions.proxy.url -x', { input: 'x' })).err).toBe(
      'Note: xpack.actions.proxy.url is not a setting of Patchbay; the server will not start with it. Did you mean xpack.actions.proxyUrl?\n',
    );
    expect((await run('add elasticsearch.serviceAccountToken -x', { input: 'x' })).err).toBe(
      'Note: elasticsearch.serviceAccountToken is not a setting of Patchbay; the server will ignore it.\n',
    );
    expect((await run('add xpack.actions.preconfigured.a.secrets.password -x', { input: 'x' })).err).toBe('');
    expect(Object.keys((await values())!)).toHaveLength(3);
  });

  test.each(['__proto__.x', 'a.constructor.b', 'xpack.actions.preconfigured.__proto__.name'])(
    'the name %s is refused',
    async (name) => {
      const { run, values } = await placeWith({});
      await expect(run(`add ${name} -x`, { input: 'x' })).rejects.toMatchObject({ code: 'setting_invalid' });
      expect(await values()).toEqual({});
    },
  );

  test('more than 1 MB is refused', async () => {
    const { run } = await placeWith({});
    await expect(run('add server.name -x', { input: 'x'.repeat(1024 * 1024 + 1) })).rejects.toThrow('longer than 1 MB');
  });
});

describe('list, show, remove', () => {
  test('list prints the names, one a line, also with --silent', async () => {
    const { run } = await placeWith({ 'b.c': 1, a: 2 });
    expect(await run('list')).toEqual({ code: 0, out: 'b.c\na\n', err: '' });
    expect((await run('list -s')).out).toBe('b.c\na\n');
  });

  test('show prints a value: text as it is, anything else as JSON', async () => {
    const { run } = await placeWith({ a: 'text', b: ['x'], c: 5 });
    expect((await run('show a')).out).toBe('text\n');
    expect((await run('show b')).out).toBe('["x"]\n');
    expect((await run('show c')).out).toBe('5\n');
    for (const name of ['d', 'toString']) {
      expect(await run(`show ${name}`)).toMatchObject({
        code: 1,
        out: '',
        err: `ERROR: The keystore has no setting ${name}. 'list' prints those it has.\n`,
      });
    }
  });

  test('show --output writes a new file for the owner’s eyes only', async () => {
    const { run, cwd } = await placeWith({ a: 'text' });
    const file = join(cwd, 'value');
    expect(await run(`show a -o ${file}`)).toEqual({ code: 0, out: `Wrote the value to ${file}\n`, err: '' });
    expect(readFileSync(file, 'utf8')).toBe('text');
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await run(`show a --output ${file}`)).toMatchObject({
      code: 1,
      err: `ERROR: The file ${file} exists already. Remove it first.\n`,
    });
  });

  test('remove takes one out; one that is not there is no error', async () => {
    const { run, values } = await placeWith({ a: 1, b: 2 });
    expect(await run('remove a')).toEqual({ code: 0, out: '', err: '' });
    expect(await values()).toEqual({ b: 2 });
    expect(await run('remove a')).toEqual({
      code: 0,
      out: '',
      err: 'Setting a is not in the keystore, nothing to remove.\n',
    });
  });

  test.each(['list', 'show a', 'remove a', 'passwd', 'has-passwd'])('%s without a keystore', async (args) => {
    expect(await place().run(args)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('ERROR: Patchbay keystore not found.'),
    });
  });
});

describe('passwords', () => {
  test('has-passwd answers with its exit code', async () => {
    expect(await (await placeWith({}, 'x')).run('has-passwd')).toEqual({
      code: 0,
      out: 'Keystore is password-protected\n',
      err: '',
    });
    const open = await placeWith({});
    expect(await open.run('has-passwd')).toEqual({ code: 1, out: 'Keystore is not password-protected\n', err: '' });
    expect(await open.run('has-passwd -s')).toEqual({ code: 1, out: '', err: '' });
  });

  test('passwd sets, changes and removes it', async () => {
    const { run, values } = await placeWith({ a: 1 });
    await run('passwd', { input: 'one\rone\r', tty: true });
    expect(await values('one')).toEqual({ a: 1 });
    const changed = await run('passwd', { input: 'one\rtwo\rtwo\r', tty: true });
    expect(changed.err).toContain('Enter password for the Patchbay keystore: ***');
    expect(await values('two')).toEqual({ a: 1 });
    expect((await run('passwd', { input: '\n', env: { KEYSTORE_PASSWORD: 'two' } })).out).toBe(
      'The keystore has no password now.\n',
    );
    expect(await values()).toEqual({ a: 1 });
  });

  test('a protected keystore stays protected when a setting is added', async () => {
    const { run, values } = await placeWith({}, 'pw');
    await run('add server.name -x', { input: 'x', env: { KEYSTORE_PASSWORD: 'pw' } });
    expect(await values('pw')).toEqual({ 'server.name': 'x' });
  });

  test('a wrong or missing password is an error', async () => {
    const { run } = await placeWith({}, 'pw');
    await expect(run('list', { env: { KEYSTORE_PASSWORD: 'no' } })).rejects.toThrow(
      'The password of the keystore is wrong',
    );
    await expect(run('list')).rejects.toThrow('The keystore is protected by a password');
  });
});

describe('help', () => {
  test('lists the commands, and the options of one', async () => {
    for (const args of ['help', '']) {
      const { out } = await place().run(args);
      for (const name of ['create', 'add', 'list', 'show', 'remove', 'passwd', 'has-passwd'])
        expect(out).toContain(name);
    }
    expect((await place().run('help add')).out).toContain('--stdin');
  });

  test.each(['help nonsense', 'nonsense'])('%s', async (args) => {
    expect(await place().run(args)).toEqual({ code: 64, out: '', err: 'unknown command nonsense\n' });
  });
});

test('as a process of its own: pipes, exit codes, and it ends', async () => {
  const { cwd, values } = place();
  const module = new URL('./keystore.ts', import.meta.url).href;
  const runner = `import { keystoreCommand } from ${JSON.stringify(module)};
    await keystoreCommand().parseAsync(process.argv.slice(1), { from: 'user' });`;
  const run = (args: string[], input = '') =>
    spawnSync(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', runner, '--', ...args],
      {
        cwd,
        input,
        encoding: 'utf8',
        env: { PATH: process.env.PATH },
        timeout: 15_000,
      },
    );
  writeFileSync(join(cwd, 'other.yml'), 'path.data: elsewhere\n');

  expect(run(['list']).status).toBe(1);
  expect(run(['create']).stdout).toContain('Created Patchbay keystore in');
  expect(run(['add', 'server.name', '--stdin'], 'piped\n')).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(await values()).toEqual({ 'server.name': 'piped' });
  expect(run(['show', 'server.name']).stdout).toBe('piped\n');
  expect(run(['has-passwd']).status).toBe(1);
  expect(run(['create', '--config', 'other.yml']).stdout).toContain(join('elsewhere', 'patchbay.keystore'));
  expect(run(['nonsense']).status).toBe(64);
  expect(fileURLToPath(module)).toContain('keystore.ts');
});
