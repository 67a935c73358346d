import { expect, test } from 'vitest';
import { assertKey, assertStorable, canBeKey, containsPattern, isUuid, recordable } from './text.ts';

test('what is recorded is mended and cut', () => {
  expect(recordable('plain 𝄞', 100)).toBe('plain 𝄞');
  expect(recordable('a\0b\ud800c', 100)).toBe('a\ufffdb\ufffdc');
  expect(recordable('x'.repeat(11), 10)).toBe(`${'x'.repeat(9)}…`);
  // The cut may go through a surrogate pair.
  expect(recordable('abc𝄞def', 5).isWellFormed()).toBe(true);
});

test('what people choose is refused with a sentence that names it', () => {
  expect(() => assertStorable('fine ✓', 'The name')).not.toThrow();
  expect(() => assertStorable('\0', 'The name')).toThrow(/^The name contains the character U\+0000/);
  expect(() => assertStorable('\udc00', 'The name')).toThrow(/^The name contains half of a surrogate pair/);
  expect(() => assertKey('ü'.repeat(501), 'The id')).toThrow('The id is longer than 1000 bytes. Choose a shorter one.');
});

test('what cannot be a key is known without asking', () => {
  expect(canBeKey('id/with ünicode')).toBe(true);
  for (const text of ['\0', '\ud800', 'x'.repeat(1_001)]) expect(canBeKey(text)).toBe(false);
});

test('patterns and UUIDs', () => {
  expect(containsPattern('50%_\\')).toBe('%50\\%\\_\\\\%');
  expect(isUuid('0198a1b2-0000-7000-8000-00000000000A')).toBe(true);
  expect(isUuid('0198a1b2000070008000000000000000')).toBe(false);
});
