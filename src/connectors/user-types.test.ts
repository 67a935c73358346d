import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { httpServer } from '../../test/support/http-servers.ts';
import { BUILT_IN_TYPES } from '../connector-types/index.ts';
import { answering, tryType } from '../connector-types/shared/testing.ts';
import { problemOfType } from './type-shape.ts';
import { loadUserTypes } from './user-types.ts';

const EXAMPLE = new URL('../../examples/connector-types/ntfy.ts', import.meta.url).pathname;

/** A small type as a function, with parts replaced: `declare('id', { name: "'x'" })`. */
function declare(id: string, parts: Record<string, string> = {}): string {
  const members = {
    id: `'${id}'`,
    name: "'Mine'",
    description: "'A type of my own.'",
    category: "'generic'",
    features: "['alerting']",
    minimumLicense: "'basic'",
    config: "z.strictObject({ url: f.url('URL') })",
    secrets: 'z.strictObject({})',
    style: "'flat'",
    actions:
      "{ run: action(z.strictObject({ text: f.text('Text') }), ({ http, params }) => http.post('', { json: params })) }",
    sample: "{ config: { url: 'https://x.example' }, secrets: {}, params: { text: 'hi' } }",
    ...parts,
  };
  const body = Object.entries(members).map(([name, value]) => `${name}: ${value}`);
  return `export default ({ z, f, action }) => ({ ${body.join(', ')} });`;
}

/** Writes files into a folder outside of any package. */
async function folder(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'user-types-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

const messageOf = async (patterns: string[], files: Record<string, string>, taken: string[] = []) => {
  const dir = await folder(files);
  const error = await loadUserTypes(patterns, dir, taken).then(
    () => undefined,
    (thrown: Error & { code?: string }) => thrown,
  );
  expect(error).toMatchObject({ code: 'setting_invalid' });
  expect(error?.message).toMatch(/^\[patchbay\.connectorTypes\]: /);
  expect(error?.message).not.toContain('\n');
  return error?.message.replace('[patchbay.connectorTypes]: ', '').replaceAll(dir, 'DIR');
};

describe('loading', () => {
  test('files and globs, .ts and .js, functions, promises and plain objects, each once', async () => {
    const dir = await folder({
      'one.ts': `const id: string = 'one';\n${declare('x', { id: 'id' })}`,
      'more/b.js': declare('b').replace('=> (', '=> Promise.resolve('),
      'more/a.js': declare('a').replace('export default', 'module.exports ='),
      'more/ready.ts': `${declare('ready').replace('export default', 'const make =')}\nlet z, f, action;\nexport default globalThis.toolkitOfTest(make);`,
      'more/note.md': '# not a type',
      'more/types.d.ts': 'export {};',
    });
    const { action } = await import('./define.ts');
    const { f } = await import('./fields.ts');
    const { z } = await import('zod');
    Object.assign(globalThis, { toolkitOfTest: (make: (kit: object) => unknown) => make({ action, f, z }) });
    const types = await loadUserTypes(['one.ts', 'more/*', 'more/b.js'], dir);
    expect(types.map(({ id }) => id)).toEqual(['one', 'a', 'b', 'ready']);
    expect(await loadUserTypes([], dir)).toEqual([]);
  });

  test('with plain Node, outside of any package', async () => {
    const dir = await folder({ 'mine.ts': `type Unused = string;\n${declare('mine')}`, 'mine.js': declare('mine-js') });
    await copyFile(EXAMPLE, join(dir, 'ntfy.ts'));
    const script = `
      import { loadUserTypes } from ${JSON.stringify(new URL('./user-types.ts', import.meta.url).href)};
      console.log((await loadUserTypes(['*'], ${JSON.stringify(dir)})).map(({ id }) => id).join());`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: dir });
    expect(stdout.trim()).toBe('mine-js,mine,ntfy');
  });

  test('the example sends what its sample promises', async () => {
    const [ntfy] = await loadUserTypes([EXAMPLE], '/');
    const target = await httpServer(answering(200, { id: '1' }));
    const { config, params, expect: expected } = ntfy!.sample;
    const trial = { config: { ...config, url: target.origin }, params, secrets: { token: 'tk_1' } };
    expect((await tryType(ntfy!, trial)).verdict).toEqual({ outcome: 'delivered', data: { id: '1' } });
    expect(target.seen[0]).toMatchObject({ method: expected?.method, url: expected?.url });
    expect(JSON.parse(target.seen[0]?.body ?? '')).toEqual(expected?.body);
    expect(target.seen[0]?.headers.authorization).toBe('Bearer tk_1');

    const refusing = await httpServer(answering(403, 'forbidden'));
    const refused = await tryType(ntfy!, { ...trial, config: { ...config, url: refusing.origin } });
    expect(refused.verdict).toMatchObject({ message: 'ntfy answered 403', serviceMessage: 'forbidden' });
  });
});

test.each(BUILT_IN_TYPES.map((type) => [type.id, type] as const))('%s passes the same check', (_id, type) => {
  expect(problemOfType(type)).toBeUndefined();
});

describe('what is refused, in one sentence that names the file', () => {
  test.each([
    [['no.ts'], {}, 'there is no file "no.ts" (seen from DIR).'],
    [['no/*.ts'], {}, 'no .ts or .js file matches "no/*.ts" (seen from DIR).'],
    [['d'], { 'd/a.ts': '' }, '"d" is not a file. Name the files in it: "d/*.ts".'],
    [['a.json'], { 'a.json': '{}' }, '"a.json" must end with .ts or .js.'],
    [
      ['a.js'],
      { 'a.js': 'throw new Error("boom\\nsecond line")' },
      '"a.js" cannot be loaded: boom. Correct it, or take it out of the setting.',
    ],
    [
      ['a.js'],
      { 'a.js': 'export default () => { throw "plain" }' },
      '"a.js" cannot be loaded: plain. Correct it, or take it out of the setting.',
    ],
    [
      ['a.js'],
      { 'a.js': 'export const x = 1' },
      '"a.js" has no default export, or its function returns nothing; it must be a connector type, or a function that is called with { defineConnectorType, z, … } and returns one.',
    ],
    [
      ['a.js'],
      { 'a.js': 'export default 7' },
      '"a.js" is not a connector type: it must be an object, best made by defineConnectorType({ … }).',
    ],
    [
      ['a.js', 'b.js'],
      { 'a.js': declare('same'), 'b.js': declare('same') },
      '"b.js" declares the connector type id "same", which "a.js" has declared already. Give it another id.',
    ],
    [
      ['a.js'],
      { 'a.js': declare('.taken') },
      '"a.js" declares the connector type id ".taken", which a built-in type has already. Give it another id.',
    ],
  ])('%j', async (patterns, files, message) => {
    expect(await messageOf(patterns, files as Record<string, string>, ['.taken'])).toBe(message);
  });

  test('syntax that does not parse', async () => {
    expect(await messageOf(['a.js'], { 'a.js': 'export default {' })).toMatch(/^"a.js" cannot be loaded: ./);
  });

  test.each([
    [{ id: "'a b'" }, '"id" may hold only letters, digits, ".", "_" and "-".'],
    [{ name: 'undefined' }, '"name" must be a text.'],
    [{ name: "''" }, '"name" must not be empty.'],
    [
      { category: "'x'" },
      '"category" must be one of "messaging", "paging", "tickets", "security-operations", "ai", "endpoint", "generic".',
    ],
    [{ features: "'alerting'" }, '"features" must be a list like ["alerting"].'],
    [{ config: '{}' }, '"config" must be a schema of zod 4, e.g. z.strictObject({ url: f.url("URL") }).'],
    [
      { secrets: 'undefined' },
      '"secrets" must be a schema of zod 4, e.g. z.strictObject({ token: f.secret("Token") }).',
    ],
    [
      {
        secrets: 'z.strictObject({ token: z.string() })',
        sample: "{ config: { url: '' }, secrets: { token: 'x' }, params: { text: '' } }",
      },
      'connector type "mine": the field "secrets.token" of its secrets is not marked as secret. Declare it with f.secret, f.secretMap or { secret: true }; { secret: false } if it really is none.',
    ],
    [{ actions: '{ run: () => 1 }' }, '"actions.run" must be made by action(params, run).'],
    [{ actions: '{ run: { params: z.any() } }' }, '"actions.run.run" must be a function.'],
    [{ actions: '{}' }, 'connector type "mine" has no action.'],
    [
      { actions: '{ go: action(z.strictObject({}), () => 1) }' },
      'connector type "mine" is flat, so its only action must be named "run".',
    ],
    [{ auth: "'Bearer x'" }, '"auth" must be a function.'],
    [{ templates: "{ text: 'xml' }" }, '"templates.text" must be one of "none", "html", "json", "markdown", "slack".'],
    [{ templates: "{ txt: 'json' }" }, '"templates" names "txt", which the params do not have.'],
    [
      { templates: "{ 'subActionParams.text': 'json' }" },
      '"templates" names "subActionParams.text", which the params do not have.',
    ],
    [{ check: '{ config: 1 }' }, '"check.config" must be a function.'],
    [{ sample: 'undefined' }, '"sample" must be an object with "config", "secrets" and "params".'],
    [
      { sample: "{ config: { url: 1 }, secrets: {}, params: { text: '' } }" },
      '"sample.config.url" does not fit its schema: Invalid input: expected string, received number.',
    ],
    [
      { sample: "{ config: { url: '' }, secrets: {}, params: {} }" },
      '"sample.params.text" does not fit its schema: Invalid input: expected string, received undefined.',
    ],
  ])('%j', async (parts, message) => {
    const files = { 'a.js': declare('mine', parts as Record<string, string>) };
    expect(await messageOf(['a.js'], files)).toBe(`"a.js" is not a connector type: ${message}`);
  });
});
