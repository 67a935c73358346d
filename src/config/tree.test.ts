import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertSafeValue, leafPaths, merge, nest, put, type Tree, take, valueAt } from './tree.ts';

describe('nest', () => {
  const nested = { xpack: { actions: { run: { maxAttempts: 1 } } } };

  test.each<Tree>([
    { 'xpack.actions.run.maxAttempts': 1 },
    { xpack: { actions: { run: { maxAttempts: 1 } } } },
    { xpack: { 'actions.run.maxAttempts': 1 } },
    { 'xpack.actions': { run: { maxAttempts: 1 } } },
  ])('dotted is nested: %j', (source) => {
    expect(nest(source)).toEqual(nested);
  });

  test('any way to write a path gives the same tree', () => {
    const segment = fc.stringMatching(/^[a-z]{1,6}$/).filter((text) => text !== 'constructor' && text !== 'prototype');
    fc.assert(
      fc.property(fc.array(fc.tuple(segment, fc.boolean()), { minLength: 1, maxLength: 8 }), (parts) => {
        const path = parts.map(([name]) => name);
        const written = parts.reduceRight<{ key: string; value: unknown }>(
          ({ key, value }, [name, joined]) =>
            joined && key !== ''
              ? { key: `${name}.${key}`, value }
              : { key: name, value: key === '' ? value : { [key]: value } },
          { key: '', value: 7 },
        );
        expect(leafPaths(nest({ [written.key]: written.value }))).toEqual([path]);
      }),
    );
  });

  test('merges what is spread over several keys', () => {
    expect(nest({ 'a.b': 1, a: { c: 2 }, 'a.d.e': 3 })).toEqual({ a: { b: 1, c: 2, d: { e: 3 } } });
  });

  test('splits keys of objects inside lists', () => {
    expect(nest({ hosts: [{ url: 'x', 'ssl.verificationMode': 'none' }, [{ 'a.b': 1 }]] })).toEqual({
      hosts: [{ url: 'x', ssl: { verificationMode: 'none' } }, [{ a: { b: 1 } }]],
    });
  });

  test('keeps a key in square brackets whole, without the brackets', () => {
    expect(nest({ preconfigured: { '[my.id]': { 'config.a': 1 } }, '[x.y]': 2 })).toEqual({
      preconfigured: { 'my.id': { config: { a: 1 } } },
      'x.y': 2,
    });
    expect(nest({ 'a.[b.c]': 1 })).toEqual({ a: { '[b': { 'c]': 1 } } });
  });

  test('tells of a setting that is given twice, and takes the last', () => {
    const repeated: string[] = [];
    const tree = nest({ 'server.port': 1, server: { port: 2, host: 'a' }, 'server.host.name': 3 }, (path) =>
      repeated.push(path),
    );
    expect(tree).toEqual({ server: { port: 2, host: { name: 3 } } });
    expect(repeated).toEqual(['server.port', 'server.host']);
  });

  test('an empty map and a list are values, not merged', () => {
    expect(nest({ 'a.b': { c: 1 }, a: { b: {} } })).toEqual({ a: { b: {} } });
    expect(nest({ 'a.b': [1, 2], a: { b: [3] } })).toEqual({ a: { b: [3] } });
  });

  test.each([
    ['{"__proto__": {"polluted": 1}}', '__proto__'],
    ['{"a.__proto__.polluted": 1}', 'a.__proto__'],
    ['{"a": {"constructor": {"prototype": {"polluted": 1}}}}', 'a.constructor.prototype'],
    ['{"a": [{"x.prototype": 1}]}', 'a.0.x.prototype'],
    ['{"[__proto__]": {"polluted": 1}}', '__proto__'],
  ])('refuses %s', (json, path) => {
    expect(() => nest(JSON.parse(json))).toThrow(
      `[${path}]: "${path.split('.').at(-1)}" is not allowed as a part of a setting's name.`,
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test.each(['', '__proto__', 'constructor'])('refuses the preconfigured id "%s" in Kibana’s words', (id) => {
    const source = JSON.parse(`{"xpack.actions.preconfigured": {"${id}": {"name": "x"}}}`) as Tree;
    expect(() => nest(source)).toThrow(`[xpack.actions.preconfigured]: invalid preconfigured action id "${id}"`);
  });

  test('refuses nesting beyond reason', () => {
    let deep: Tree = {};
    for (let level = 0; level < 100; level += 1) deep = { a: deep };
    expect(() => nest(deep)).toThrow('nested more than 64 levels deep');
  });
});

test('assertSafeValue finds unsafe names at any depth', () => {
  expect(() => assertSafeValue(JSON.parse('{"a": [{"__proto__": 1}]}'), ['x'])).toThrow('[x.a.0.__proto__]');
  expect(() => assertSafeValue({ a: [{ b: 1 }], c: null, d: 'x' }, ['x'])).not.toThrow();
});

test('merge goes leaf by leaf; a list replaces the whole list', () => {
  const tree = { a: { b: 1, l: [1, 2] } };
  merge(tree, { a: { c: 2, l: [3] } });
  expect(tree).toEqual({ a: { b: 1, c: 2, l: [3] } });
});

test('take removes a setting and the maps it leaves empty', () => {
  const tree = { a: { b: { c: 1 } }, d: { e: 1, f: 2 } };
  expect(take(tree, ['a', 'b', 'c'])).toBe(1);
  expect(take(tree, ['d', 'e'])).toBe(1);
  expect(take(tree, ['d', 'nothing', 'there'])).toBeUndefined();
  expect(tree).toEqual({ d: { f: 2 } });
});

test('valueAt and put never follow inherited names', () => {
  expect(valueAt({}, ['toString'])).toBeUndefined();
  expect(valueAt({ a: ['x'] }, ['a', '0'])).toBe('x');
  const tree: Tree = {};
  put(tree, ['toString', 'a'], 1);
  expect(Object.keys(tree)).toEqual(['toString']);
});
