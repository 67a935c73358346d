import { describe, expect, test } from 'vitest';
import { aliasInPath, aliasProblem, toAlias } from './alias.ts';
import { expandRuleTags } from './rule-tags.ts';
import { baseUrlOf } from './service.ts';

describe('alias', () => {
  test('up to 512 characters stay, longer ones are hashed as Kibana does it', () => {
    expect(toAlias('a'.repeat(512))).toBe('a'.repeat(512));
    expect(toAlias('a'.repeat(513))).toBe('sha-02425c0f5b0dabf3d2b9115f3f7723a02ad8bcfb1534a0d231614fd42b8188f6');
    expect(toAlias(' A ')).toBe(' A ');
    expect(toAlias('é'.repeat(513))).toMatch(/^sha-[0-9a-f]{64}$/);
  });

  test.each([
    ['rule:alert', 'rule:alert'],
    ['a b', 'a%20b'],
    ['a/b?c#d%e', 'a%2Fb%3Fc%23d%25e'],
    ['a\\b', 'a%5Cb'],
    ["!'()*-._~@$&+,;=[]|", "!'()*-._~@$&+,;=[]|"],
    ['é🙂', '%C3%A9%F0%9F%99%82'],
    ['\ud83d', '%EF%BF%BD'],
  ])('%j in a path is %s, and means the same there', (alias, segment) => {
    expect(aliasInPath(alias)).toBe(segment);
    expect(decodeURIComponent(new URL(`http://h/${aliasInPath(alias)}`).pathname)).toBe(`/${alias.toWellFormed()}`);
  });

  test('what a path cannot name', () => {
    for (const alias of ['', '.', '..']) expect(aliasProblem(alias)).toContain(`alias "${alias}"`);
    for (const alias of ['...', ' ', 'a']) expect(aliasProblem(alias)).toBeUndefined();
  });
});

test.each([
  ['https://api.opsgenie.com', 'https://api.opsgenie.com/'],
  ['https://api.opsgenie.com/', 'https://api.opsgenie.com/'],
  ['https://h/p', 'https://h/'],
  ['https://h/p/', 'https://h/p/'],
  ['https://h//p//', 'https://h/p/'],
  ['https://h/p/?a=1#b', 'https://h/p/'],
])('the API of %s is found below %s', (apiUrl, base) => expect(baseUrlOf({ apiUrl })).toBe(base));

describe('rule tags', () => {
  const create = (tags?: unknown) => ({ subAction: 'createAlert', subActionParams: { message: 'm', tags } });
  const variables = { rule: { tags: ['r1', 5, '{{x}}', null] } };

  test('come after the others, texts only, and are rendered like them', () => {
    expect(expandRuleTags(create(['{{rule.tags}}', 'a', '{{rule.name}}']), variables)).toEqual(
      create(['a', '{{rule.name}}', 'r1', '{{x}}']),
    );
  });

  test('without any, the entry only goes', () => {
    for (const without of [{}, { rule: {} }, { rule: { tags: 'r1' } }, { rule: null }]) {
      expect(expandRuleTags(create(['{{rule.tags}}', 'a']), without)).toEqual(create(['a']));
    }
  });

  test.each([
    create(),
    create(['a', ' {{rule.tags}}']),
    create('{{rule.tags}}'),
    { subAction: 'closeAlert', subActionParams: { tags: ['{{rule.tags}}'] } },
    { subAction: 'createAlert', subActionParams: ['{{rule.tags}}'] },
    {},
  ])('nothing else is touched: %j', (params) => expect(expandRuleTags(params, variables)).toBe(params));
});
