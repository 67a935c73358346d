import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAddressGuard, isMetadataName, parseRange } from './addresses.ts';

const guard = createAddressGuard();

describe('refused by default', () => {
  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '169.254.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '192.0.2.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    '[fe80::1]',
    'febf::1',
    'fec0::1',
    'ff02::1',
    'fd00:ec2::254',
    'fd20:ce::254',
    '2001:db8::1',
    '3fff::1',
    '100::1',
    '5f00::1',
    // 169.254.169.254 inside IPv6
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::169.254.169.254',
    '::ffff:0:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '64:ff9b:1:a9fe:a9:fe00::',
    '64:ff9b:1:a9:fe:a9fe::',
    '64:ff9b:1::a9:fea9:fe00:0',
    '2002:a9fe:a9fe::1',
    '2001:0:a9fe:a9fe::1',
    '2001::5601:5601',
    'fd12::5efe:a9fe:a9fe',
    // nothing that can be checked
    '',
    'localhost',
    '1.2.3.4.5',
    '::g',
  ])('%s', (address) => {
    expect(guard(address)).toMatchObject({ rule: 'built-in' });
  });
});

describe('allowed by default', () => {
  test.each([
    '127.0.0.1',
    '::1',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    'fd00::1',
    '8.8.8.8',
    '2606:4700::1111',
    '::ffff:10.0.0.1',
    '64:ff9b::808:808',
    '1.0.0.0',
    '168.63.129.15',
    '223.255.255.255',
  ])('%s', (address) => {
    expect(guard(address)).toBeUndefined();
  });
});

describe("the operator's lists", () => {
  test('denied wins over allowed, allowed lifts built-in refusals only', () => {
    const own = createAddressGuard({
      denied: ['10.0.0.0/8', '::1', '169.254.7.7'],
      allowed: ['169.254.0.0/16', '10.1.0.0/16', '::ffff:192.0.2.0/120'],
    });
    expect(own('10.1.2.3')).toMatchObject({ rule: 'denied', reason: expect.stringContaining('10.0.0.0/8') });
    expect(own('::ffff:10.1.2.3')).toMatchObject({ rule: 'denied' });
    expect(own('64:ff9b::10.1.2.3')).toMatchObject({ rule: 'denied' });
    expect(own('::1')).toMatchObject({ rule: 'denied' });
    expect(own('169.254.7.7')).toMatchObject({ rule: 'denied' });
    expect(own('169.254.169.254')).toBeUndefined();
    expect(own('::ffff:169.254.169.254')).toBeUndefined();
    expect(own('192.0.2.9')).toBeUndefined();
    expect(own('192.0.3.9')).toBeUndefined();
    expect(own('224.0.0.1')).toMatchObject({ rule: 'built-in' });
  });

  test('allowing a prefix of IPv6 does not open what is tunnelled in it', () => {
    const own = createAddressGuard({ allowed: ['64:ff9b::/96', '2002::/16'] });
    expect(own('64:ff9b::a9fe:a9fe')).toMatchObject({ rule: 'built-in' });
    expect(own('2002:a9fe:a9fe::1')).toMatchObject({ rule: 'built-in' });
  });

  test.each(['10.0.0.0/33', '10.0.0/8/8', 'example.com', '', '*', '::/129'])('%j is no range', (entry) => {
    expect(() => parseRange(entry)).toThrow(/is not an address or a CIDR range; write it like/);
  });
});

test('names of metadata services in any spelling', () => {
  expect(isMetadataName('METADATA.google.internal.')).toBe(true);
  expect(isMetadataName('metadata.example.com')).toBe(false);
});

describe('properties', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const word = fc.integer({ min: 0, max: 0xffff });
  const hex = (...octets: number[]) => octets.map((one) => one.toString(16).padStart(2, '0')).join('');

  test('every way to write an IPv4 address into IPv6 is judged like the address', () => {
    fc.assert(
      fc.property(octet, octet, octet, octet, (a, b, c, d) => {
        const plain = guard(`${a}.${b}.${c}.${d}`)?.rule;
        const tail = `${hex(a, b)}:${hex(c, d)}`;
        expect(guard(`::ffff:${tail}`)?.rule).toBe(plain);
        expect(guard(`0:0:0:0:0:FFFF:${a}.${b}.${c}.${d}`)?.rule).toBe(plain);
        for (const form of [`64:ff9b::${tail}`, `2002:${tail}::`, `::ffff:0:${tail}`, `fd00::5efe:${tail}`]) {
          expect(guard(form)?.rule, form).toBe(plain);
        }
      }),
    );
  });

  test('every spelling that the URL parser takes is judged like the address', () => {
    const spelling = (a: number, b: number, c: number, d: number) => {
      const number = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
      return [
        String(number),
        `0x${number.toString(16)}`,
        `0${number.toString(8)}`,
        `${a}.${(b << 16) | (c << 8) | d}`,
        `0x${a.toString(16)}.0${b.toString(8)}.${(c << 8) | d}`,
        `${a}.${b}.${c}.${d}.`,
        `${a}。${b}．${c}｡${d}`,
        `${a}.${b}.${c}.${d}`.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
        `[::ffff:${a}.${b}.${c}.${d}]`,
      ];
    };
    fc.assert(
      fc.property(octet, octet, octet, octet, (a, b, c, d) => {
        const plain = guard(`${a}.${b}.${c}.${d}`)?.rule;
        for (const text of spelling(a, b, c, d)) {
          expect(guard(new URL(`http://x:y@${text}:81/`).hostname)?.rule, text).toBe(plain);
        }
      }),
    );
  });

  test('link-local and multicast are refused whatever follows', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('fe80', 'fe9f', 'febf', 'ff00', 'ff0e', 'ffff'),
        fc.array(word, { minLength: 7, maxLength: 7 }),
        (head, rest) => {
          expect(guard([head, ...rest.map((part) => part.toString(16))].join(':'))).toBeDefined();
        },
      ),
    );
  });

  test('no text makes it throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void guard(text)));
  });
});
