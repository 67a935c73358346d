import fc from 'fast-check';
import addressparser from 'nodemailer/lib/addressparser';
import { describe, expect, test } from 'vitest';
import { addressProblems, domainOf, formatMailbox, parseAddressList, withoutBlanks } from './addresses.ts';

const bare = (text: string) => parseAddressList(text)?.map(({ address }) => address);

describe('parseAddressList', () => {
  test.each([
    ['jim@example.org', ['jim@example.org']],
    ['  jim@example.org ', ['jim@example.org']],
    ['a@x.org, b@x.org,', ['a@x.org', 'b@x.org']],
    ['Jimmy Jack <jim@x.org>', ['jim@x.org']],
    ['John Q. Public <j.q@x.org>', ['j.q@x.org']],
    ['"Jack, Jim" <jim@x.org>', ['jim@x.org']],
    ['<jim@x.org>', ['jim@x.org']],
    ['grp: a@b.c, d@e.f;', ['a@b.c', 'd@e.f']],
    ['grp: a@b.c;, x@y.z', ['a@b.c', 'x@y.z']],
    ['undisclosed-recipients:;', []],
    ['jim(at work)@x.org (Jim)', ['jim@x.org']],
    ['root@localhost', ['root@localhost']],
    ['a@[192.0.2.1]', ['a@[192.0.2.1]']],
    ['a@[IPv6:2001:db8::1]', ['a@[IPv6:2001:db8::1]']],
    ['"a@evil.com"@good.com', ['"a@evil.com"@good.com']],
    ['Bücher 📚 <buch@bücher.example>', ['buch@bücher.example']],
    ["o'neil+tag@x.org", ["o'neil+tag@x.org"]],
  ])('reads %j', (text, expected) => {
    expect(bare(text)).toEqual(expected);
  });

  test.each([
    '',
    ' ',
    ',',
    'jim',
    'jim@',
    '@x.org',
    'jim@@x.org',
    'jim@x..org',
    '.jim@x.org',
    'jim@x.org.',
    'a@x.org b@x.org',
    'a@x.org <b@x.org>',
    'Jack, Jim <jim@x.org>',
    'Jim <jim@x.org',
    'Jim jim@x.org>',
    '<>',
    'Jim <>',
    'grp: a@b.c',
    'grp: inner: a@b.c;;',
    ': a@b.c;',
    'grp: a@b.c; x@y.z',
    '"unclosed <a@b.c>',
    'a@[x@evil.com]',
    'a@[not an address]',
    'a@x.org\r\nBcc: evil@x.org',
    'a@x.org\nBcc: evil@x.org',
    '"Jim\r\nBcc: evil@x.org" <jim@x.org>',
    'a\0@x.org',
    'a\u200b@x.org',
    `${'a'.repeat(65)}@x.org`,
    `a@${'x'.repeat(256)}`,
  ])('refuses %j', (text) => {
    expect(parseAddressList(text)).toBeUndefined();
  });

  test('keeps the display name without its quoting', () => {
    expect(parseAddressList(String.raw`"Jim \"the\" \\ Jack" <jim@x.org>`)).toEqual([
      { name: String.raw`Jim "the" \ Jack`, address: 'jim@x.org' },
    ]);
    expect(parseAddressList('"Jimmy" Jack <jim@x.org>')).toEqual([{ name: 'Jimmy Jack', address: 'jim@x.org' }]);
  });

  test('never throws, and what it accepts holds no control character', () => {
    const character = fc.constantFrom(...'ab@.,;:<>()"\\[] \t\r\n\0é📚');
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 40 }), (text) => {
        for (const { name, address } of parseAddressList(text) ?? []) {
          expect(`${name}${address}`).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f]/);
          expect(address.lastIndexOf('@')).toBeGreaterThan(0);
        }
      }),
    );
  });

  test('the mail library reads a formatted mailbox exactly as it was meant', () => {
    const local = fc.constantFrom('jim', 'j.q', '"a@evil.com"', '"x, y"', "o'neil+tag");
    const domain = fc.constantFrom('x.org', 'localhost', '[192.0.2.1]');
    const name = fc
      .string({ unit: fc.constantFrom(...'ab@.,;:<>()"\\[] é📚'), maxLength: 20 })
      .map((text) => text.trim().replace(/ +/g, ' '));
    fc.assert(
      fc.property(local, domain, name, (user, host, display) => {
        const mailbox = { name: display, address: `${user}@${host}` };
        expect(addressparser(formatMailbox(mailbox), { flatten: true })).toEqual([mailbox]);
        expect(parseAddressList(formatMailbox(mailbox))).toEqual([mailbox]);
      }),
    );
  });
});

describe('addressProblems', () => {
  test('lists invalid addresses before those that are not allowed, each in the order given', () => {
    const entries = ['a@ok.org', 'nobody', 'b@no.org', 'two@', 'c@no.org'];
    expect(addressProblems(entries, { domainAllowlist: ['ok.org'] })).toBe(
      'not valid emails: nobody, two@; not allowed emails: b@no.org, c@no.org',
    );
    expect(addressProblems(['a@ok.org'], { domainAllowlist: ['ok.org'] })).toBeUndefined();
    expect(addressProblems(['nobody'], {})).toBe('not valid emails: nobody');
    expect(addressProblems(Array(52).fill('x'), {})).toBe(
      `not valid emails: ${Array(50).fill('x').join(', ')} and 2 more`,
    );
  });

  test.each([
    ['a@ok.org', true],
    ['a@OK.org', false],
    ['a@sub.ok.org', false],
    ['a@ok.org.evil.org', false],
    ['"b@ok.org"@evil.org', false],
    ['Jim <a@ok.org>', true],
    ['grp: a@ok.org, b@ok.org;', true],
    ['grp: a@ok.org, b@evil.org;', false],
    ['a@ok.org, b@evil.org', false],
  ])('domain allowlist [ok.org]: %s', (entry, allowed) => {
    expect(addressProblems([entry], { domainAllowlist: ['ok.org'] })).toBe(
      allowed ? undefined : `not allowed emails: ${entry}`,
    );
  });

  test('an empty domain allowlist lets nobody through', () => {
    expect(addressProblems(['a@ok.org'], { domainAllowlist: [] })).toBe('not allowed emails: a@ok.org');
  });

  test.each([
    ['*@x.com', 'a@x.com', true],
    ['*@x.com', 'Jim <A@X.com>', true],
    ['*@x.com', 'a@x.com.evil.org', false],
    ['*@x.com', '"@x.com"@evil.org', false],
    ['*-list@x.com', 'dev-list@x.com', true],
    ['*-list@x.com', 'dev@x.com', false],
    ['a*b*@x.com', 'a1b2@x.com', true],
    ['a*b*@x.com', 'a12@x.com', false],
    ['ab*ba@x.com', 'aba@x.com', false],
    ['*a*a@x.com', 'a@x.com', false],
    ['jim@x.com', 'jim@x.com', true],
    ['jim@x.com', 'jimmy@x.com', false],
    ['*.com', 'a@xXcom', false],
    ['*', 'a@b', true],
  ])('recipient allowlist [%s]: %s', (pattern, entry, allowed) => {
    expect(addressProblems([entry], { recipientAllowlist: [pattern] })).toBe(
      allowed ? undefined : `not allowed emails: ${entry}`,
    );
  });

  test('an address with a template passes only where templates are still to be rendered', () => {
    const entries = ['{{context.owner}}', 'ops@x.org'];
    expect(addressProblems(entries, {}, { templates: true })).toBeUndefined();
    expect(addressProblems(entries, {})).toBe('not valid emails: {{context.owner}}');
    expect(addressProblems(['}}{{'], {}, { templates: true })).toBe('not valid emails: }}{{');
  });
});

test('domainOf and withoutBlanks', () => {
  expect(domainOf('"a@b"@c.org')).toBe('c.org');
  expect(withoutBlanks(['', 'a@x.org', '  ', '\t'])).toEqual(['a@x.org']);
});
