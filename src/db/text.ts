import { PatchbayError } from '../errors.ts';

/**
 * PostgreSQL's `text` holds every character but NUL (U+0000), and UTF-8 has no lone surrogates. Values that people
 * chose are refused with a sentence; what we only record is mended; what is only looked for cannot be found.
 * (In `json` columns both are escapes and do no harm.)
 */

/** Lone surrogates and NUL become U+FFFD; longer texts are cut with an ellipsis. For records, not for identities. */
export function recordable(text: string, maxLength: number): string {
  const whole = text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
  return whole.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** @throws {PatchbayError} `bad_request` naming `what` when the text cannot be stored as it is */
export function assertStorable(text: string, what: string): void {
  if (text.includes('\0')) {
    throw new PatchbayError(
      'bad_request',
      `${what} contains the character U+0000 (NUL), which cannot be stored. Remove it.`,
    );
  }
  if (!text.isWellFormed()) {
    throw new PatchbayError(
      'bad_request',
      `${what} contains half of a surrogate pair, which is not a character. Remove it.`,
    );
  }
}

/** What an index entry may hold is about 2,700 bytes (PostgreSQL, BTMaxItemSize); ids are far below. */
const KEY_BYTES_MAX = 1_000;

/** Like {@link assertStorable}, for a text that is part of a key. */
export function assertKey(text: string, what: string): void {
  assertStorable(text, what);
  if (Buffer.byteLength(text) > KEY_BYTES_MAX) {
    throw new PatchbayError('bad_request', `${what} is longer than ${KEY_BYTES_MAX} bytes. Choose a shorter one.`);
  }
}

/** False for a text that no stored key can equal; asking the database for it would be an error. */
export function canBeKey(text: string): boolean {
  return text.length <= KEY_BYTES_MAX && text.isWellFormed() && !text.includes('\0');
}

/** A text as a LIKE pattern for "contains". */
export function containsPattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}
