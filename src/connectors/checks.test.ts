import { describe, expect, test } from 'vitest';
import { createEgress } from '../egress/index.ts';
import { urlProblem } from './checks.ts';

describe('urlProblem', () => {
  const egress = createEgress({ allowedHosts: ['ok.example'] });
  const check = (url: string, unparsable?: string) => urlProblem(url, egress, { prefix: 'in x', unparsable });

  test('fine', () => {
    expect(check('https://ok.example/a?b=c')).toBeUndefined();
    expect(check('http://OK.example:8080')).toBeUndefined();
  });

  test.each(['', 'nope', '//ok.example', 'https://', 'http://a b'])('%j cannot be parsed', (url) => {
    expect(check(url)).toBe('in x: unable to parse url: TypeError: Invalid URL');
    expect(check(url, 'own words')).toBe('in x: own words');
  });

  test.each(['ftp:', 'file:', 'javascript:'])('%s is not called', (scheme) => {
    expect(check(`${scheme}//ok.example/`)).toBe(
      `in x: the URL must begin with http:// or https://, not with ${scheme}`,
    );
  });

  test('a host that is not on the list', () => {
    expect(check('https://no.example/p')).toBe(
      'in x: target url "https://no.example/p" is not added to the Kibana config xpack.actions.allowedHosts',
    );
  });
});
