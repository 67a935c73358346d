import { describe, expect, test } from 'vitest';
import { createHostRules, withoutCredentials } from './hosts.ts';
import { EgressError } from './types.ts';

const suffix = 'is not added to the Kibana config xpack.actions.allowedHosts';

describe('URLs', () => {
  const rules = createHostRules(['example.com', 'Capital.example', '::1', '[::2]']);

  test.each(['https://example.com', 'http://EXAMPLE.com:81/x', '//example.com/x', 'http://[::1]/', 'http://[::2]:8/'])(
    '%s passes',
    (url) => {
      expect(() => rules.assertUrl(url)).not.toThrow();
    },
  );

  test.each([
    'https://sub.example.com/x?y=1',
    'https://example.com.',
    'https://example.com.evil.example/',
    'https://capital.example',
    'http://[',
    'http://',
    'https://exa mple.com',
    '/path',
    'example.com',
    '',
  ])("%j is refused in Kibana's words", (url) => {
    expect(() => rules.assertUrl(url)).toThrow(
      new EgressError('egress_host_not_allowed', `target url "${url}" ${suffix}`),
    );
  });

  test('* allows all, also what has no host, but nothing that does not parse', () => {
    const any = createHostRules(['a.example', '*']);
    for (const url of ['http://anything.example', '/path', 'mailto:a@b'])
      expect(() => any.assertUrl(url)).not.toThrow();
    for (const url of ['http://[', '//a b', 'https://:1']) expect(() => any.assertUrl(url), url).toThrow(suffix);
  });

  test('an empty list allows nothing', () => {
    expect(() => createHostRules([]).assertUrl('http://localhost')).toThrow(`target url "http://localhost" ${suffix}`);
  });
});

test('bare names are compared letter by letter', () => {
  const rules = createHostRules(['smtp.example']);
  expect(() => rules.assertHost('smtp.example')).not.toThrow();
  expect(() => rules.assertHost('SMTP.example')).toThrow(`target hostname "SMTP.example" ${suffix}`);
});

test("operators' origins are origins, not hosts", () => {
  const rules = createHostRules([], ['https://es.example:443/path', 'nonsense']);
  expect(rules.isOperatorOrigin('https://es.example')).toBe(true);
  expect(rules.isOperatorOrigin('http://es.example')).toBe(false);
  expect(() => rules.assertUrl('https://es.example/x')).toThrow(suffix);
});

test.each([
  ['http://user:pass@host/p@th', 'http://●●●@host/p@th'],
  ['http://user:p@ss@host', 'http://●●●@host'],
  ['//user@host', '//●●●@host'],
  ['http:\\\\user:pass@host', 'http:\\\\●●●@host'],
  ['http://host/?a=b@c', 'http://host/?a=b@c'],
])('credentials of %s are hidden', (url, shown) => {
  expect(withoutCredentials(url)).toBe(shown);
});
