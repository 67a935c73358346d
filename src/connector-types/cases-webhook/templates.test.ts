import { describe, expect, test } from 'vitest';
import { VerdictError } from '../../connectors/verdict.ts';
import { caseVariables, plainUrl, renderJson, renderUrl, renderViewUrl } from './templates.ts';

/** The result, or the text of the fault. */
function outcome(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (error instanceof VerdictError) return error.verdict.message;
    throw error;
  }
}

const url = (template: string, id: string) => outcome(() => renderUrl('Get case URL', template, id));
const ID = '{{{external.system.id}}}';

describe('URLs', () => {
  test.each([
    ['10001', '10001'],
    ['a b/c?d#e&f=g', 'a%20b%2Fc%3Fd%23e%26f%3Dg'],
    ['ä👩‍🚒', '%C3%A4%F0%9F%91%A9%E2%80%8D%F0%9F%9A%92'],
    ['../../admin', '..%2F..%2Fadmin'],
    ['%2e%2e', '%252e%252e'],
    ['..%2f', '..%252f'],
    ['x\r\nX-Injected: 1', 'x%0D%0AX-Injected%3A%201'],
    ['\\', '%5C'],
    ['a\ud83d', 'a%EF%BF%BD'],
    ["o'hare (1)!*~", "o'hare%20(1)!*~"],
    ['...', '...'],
  ])('the id %j', (id, encoded) => {
    expect(url(`https://h/issues/${ID}/comments`, id)).toBe(`https://h/issues/${encoded}/comments`);
    expect(url(`https://h/issues?id=${ID}`, id)).toBe(`https://h/issues?id=${encoded}`);
  });

  test.each(['', '.', '..'])('the id %j would lead to another path', (id) => {
    const text = `Invalid Get case URL: Error: the id "${id}" would lead to another path`;
    expect(url(`https://h/issues/${ID}/comments`, id)).toBe(text);
    expect(url(`https://h/issues/${ID}`, id)).toBe(text);
    expect(url(`https://h/issues?id=${ID}`, id)).toBe(`https://h/issues?id=${id}`);
    expect(url(`https://h/issues/no-${ID}`, id)).toBe(`https://h/issues/no-${id}`);
  });

  test('two braces escape for HTML, which may cut a URL short', () => {
    expect(url('https://h/issues/{{external.system.id}}/x', '10001')).toBe('https://h/issues/10001/x');
    expect(url('https://h/issues/{{external.system.id}}/x', "a'b")).toContain('would lead to another path');
  });

  test.each([
    ['https://h/a/', 'https://h/a'],
    ['https://h//a///b//', 'https://h/a/b/'],
    ['https://h/a?u=http://x//y', 'https://h/a?u=http://x/y'],
    ['https://h/a/../b/{{! why not }}', 'https://h/a/../b'],
  ])('slashes: %s', (template, expected) => {
    expect(url(template, '1')).toBe(expected);
  });

  test.each([
    ['httpshttp://h/x', 'Invalid protocol'],
    ['ftp://h/x', 'Invalid protocol'],
    ['data:x', 'URL must contain hostname'],
    ['https://h/{{{x', 'Invalid URL'],
    ['https://h/{{#x}}', 'Invalid URL'],
    [`https://${ID}.h/x`, 'the host must not depend on a variable'],
    [`https://h:${ID}/x`, 'the host must not depend on a variable'],
    [`https://h{{#external}}.evil{{/external}}/x`, 'the host must not depend on a variable'],
  ])('%s: %s', (template, reason) => {
    expect(url(template, '1')).toBe(`Invalid Get case URL: Error: ${reason}`);
  });

  test('names are told apart by case, and unknown ones are empty', () => {
    expect(url('https://h/issues?id={{{external.system.ID}}}{{{case.title}}}', '1')).toBe('https://h/issues?id=');
  });

  test('one to look at has the title, too, which may be anything', () => {
    const view = (title: string) =>
      outcome(() => renderViewUrl(`https://h/browse/{{{external.system.title}}}?id=${ID}`, 'a b', title));
    expect(view('T/1')).toBe('https://h/browse/T%2F1?id=a%20b');
    expect(view('..')).toBe('https://h/browse/..?id=a%20b');
    expect(outcome(() => renderViewUrl(`javascript:alert(${ID})`, '1', 't'))).toBe(
      'Invalid View case URL: Error: URL must contain hostname',
    );
  });

  test('one without variables keeps its braces', () => {
    expect(outcome(() => plainUrl('Create case URL', 'https://h/{{{a}}}/'))).toBe('https://h/{{{a}}}');
    expect(outcome(() => plainUrl('Create case URL', 'httpshttp://h/'))).toBe(
      'Invalid Create case URL: Error: Invalid protocol',
    );
  });
});

describe('JSON', () => {
  const CASE = { title: 'a "b"\n', description: null, id: 'i', severity: 'low', status: null, tags: ['x y', '"'] };
  const json = (template: string) =>
    outcome(() =>
      renderJson('Create case JSON body', template, 'ID "1"', caseVariables({ ...CASE, externalId: null })),
    );
  const INVALID = 'JSON Error: Create case JSON body must be valid JSON';

  test('variables bring their quotes', () => {
    expect(
      json('{"t": {{{case.title}}}, "d": {{{case.description}}}, "g": {{{case.tags}}}, "i": {{{external.system.id}}}}'),
    ).toBe('{"t": "a \\"b\\"\\n", "d": "", "g": ["x y","\\""], "i": "ID \\"1\\""}');
  });

  test.each([
    '{"t": "{{{case.title}}}"}',
    '{"t": "[SIEM] {{{case.title}}}"}',
    '{"t": {{case.title}}}',
    '{"t": {{{case.Title}}}}',
    '{"t": {{{case.title',
    '',
  ])('%s is none', (template) => {
    expect(json(template)).toBe(INVALID);
  });

  test('sections see texts in quotes, which are never empty', () => {
    expect(json('[{{#case.description}}1{{/case.description}}]')).toBe('[1]');
    expect(json('[{{^case.nothing}}2{{/case.nothing}}]')).toBe('[2]');
  });

  test('a value is no template', () => {
    const title = '{{{external.system.id}}}{{#lambda}}';
    const rendered = renderJson('x', '[{{{case.title}}}]', '1', caseVariables({ ...CASE, title, externalId: null }));
    expect(JSON.parse(rendered)).toEqual([title]);
  });
});
