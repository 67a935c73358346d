// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the references are what is tested
import { describe, expect, test } from 'vitest';
import { substituteVariables } from './substitute.ts';

const env = { HOST: 'db', EMPTY: '', PORT: '5601', JSON_LIST: '["a"]' };

function substituted(text: unknown): unknown {
  return substituteVariables({ value: text }, env).value;
}

describe('substituteVariables', () => {
  test.each([
    ['${HOST}', 'db'],
    ['http://${HOST}:${PORT}/x', 'http://db:5601/x'],
    ['${HOST:other}', 'db'],
    ['${MISSING:other}', 'other'],
    ['${EMPTY}', ''],
    ['a${EMPTY:other}b', 'ab'],
    ['${JSON_LIST}', '["a"]'],
  ])('%s gives %s', (text, expected) => {
    expect(substituted(text)).toBe(expected);
  });

  test.each(['${X:http://h}', '${MIS-SING}', '${}', '${MISSING:}', '$HOST', '{HOST}', '${ HOST }'])(
    '%s is no reference and stays as it is',
    (text) => {
      expect(substituted(text)).toBe(text);
    },
  );

  test('what a variable holds is not looked at again', () => {
    expect(substituteVariables({ a: '${ONE}' }, { ONE: '${TWO}' })).toEqual({ a: '${TWO}' });
  });

  test('goes into lists and maps, leaves keys and other types alone', () => {
    const tree = { list: ['${HOST}', { inner: '${HOST}' }], '${HOST}': 1, flag: true, none: null };
    expect(substituteVariables(tree, env)).toEqual({
      list: ['db', { inner: 'db' }],
      '${HOST}': 1,
      flag: true,
      none: null,
    });
  });

  test('a missing variable is an error in Kibana’s words that names the setting and the remedy', () => {
    expect(() => substituteVariables({ server: { name: 'x${NOT_SET}' } }, env)).toThrow(
      'Unknown environment variable referenced in config : NOT_SET. Set it, or write a default into [server.name] as ${NOT_SET:default}.',
    );
  });
});
