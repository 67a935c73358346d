import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/folder.ts';
import { findSettingsFile, readSettingsFile } from './file.ts';

const cwd = temporaryFolder();

function read(content: string): Record<string, unknown> {
  const path = join(cwd, 'some.yml');
  writeFileSync(path, content);
  return readSettingsFile({ name: 'some.yml', path });
}

describe('findSettingsFile', () => {
  test('--config wins over PATCHBAY_CONFIG, which wins over ./patchbay.yml', () => {
    expect(findSettingsFile({ env: {}, cwd })).toBeUndefined();
    writeFileSync(join(cwd, 'patchbay.yml'), '');
    expect(findSettingsFile({ env: {}, cwd })?.path).toBe(join(cwd, 'patchbay.yml'));
    const env = { PATCHBAY_CONFIG: 'b.yml' };
    expect(findSettingsFile({ env, cwd })).toEqual({ name: 'b.yml', path: join(cwd, 'b.yml') });
    expect(findSettingsFile({ argvConfig: '/etc/a.yml', env, cwd })).toEqual({
      name: '/etc/a.yml',
      path: '/etc/a.yml',
    });
    expect(findSettingsFile({ env: { PATCHBAY_CONFIG: '' }, cwd })?.name).toBe('patchbay.yml');
  });

  test('a named file that does not exist is an error', () => {
    const file = findSettingsFile({ argvConfig: 'no.yml', env: {}, cwd })!;
    expect(() => readSettingsFile(file)).toThrow('The settings file no.yml cannot be read (ENOENT). Check the path');
  });

  test('a folder is an error', () => {
    expect(() => readSettingsFile({ name: '.', path: cwd })).toThrow('The settings file . cannot be read (EISDIR).');
  });
});

describe('readSettingsFile', () => {
  test('reads a mapping', () => {
    expect(read('server.port: 1\nlist: [a, "b"]\n')).toEqual({ 'server.port': 1, list: ['a', 'b'] });
  });

  test.each(['', '# nothing\n', '---\n', '\ufeff'])('nothing in it is no settings: %j', (content) => {
    expect(read(content)).toEqual({});
  });

  test('understands anchors and merge keys', () => {
    expect(read('a: &base {x: 1}\nb:\n  <<: *base\n  y: 2\n')).toEqual({ a: { x: 1 }, b: { x: 1, y: 2 } });
  });

  test.each([
    ['- a\n- b\n', 'holds no mapping'],
    ['just text', 'holds no mapping'],
    ['server:\n  port: 1\n   host: a\n', 'is not valid YAML at line'],
    ['a: 1\na: 2\n', 'is not valid YAML at line 2, column 1 (DUPLICATE_KEY). Correct it there.'],
    ['a: 1\n---\nb: 2\n', 'is not valid YAML at line'],
    ['a: "unclosed', 'is not valid YAML at line 1'],
  ])('%j is refused with the place', (content, problem) => {
    expect(() => read(content)).toThrow(`The settings file some.yml ${problem}`);
  });

  test('an error shows nothing of the content', () => {
    expect(() => read('password: "canary-4711\nother: }{\n')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('canary') }),
    );
  });

  test('aliases that multiply without end, and nesting without end, are refused', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg']) {
      bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(',')}]`);
    }
    expect(() => read(bomb.join('\n'))).toThrow('cannot be read as YAML');
    expect(() => read(`a: ${'['.repeat(200_000)}`)).toThrow('The settings file some.yml');
  });

  test('a file beyond 10 MB is refused', () => {
    expect(() => read(`# ${'x'.repeat(10 * 1024 * 1024)}`)).toThrow('is larger than 10 MB');
  });
});
