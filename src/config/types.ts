import { isIP } from 'node:net';
import { z } from 'zod';
import { type Kind, ofKind } from './setting.ts';
import { parseBytes, parseDuration } from './units.ts';

/** Refuses a value: `reason` in Kibana's words where it has some, then how to mend it (default: the kind's remedy). */
type Refuse = (reason: string, remedy?: string) => never;

/**
 * A scalar whose checks, coercion and texts are one function. Texts never repeat the value: it may be a secret.
 */
function scalar<T>(kind: Kind, read: (value: unknown, refuse: Refuse) => T): z.ZodType<T> {
  const schema = z.unknown().transform((value, context): T => {
    const refused = Symbol('refused');
    try {
      return read(value, (reason, remedy = kind.remedy) => {
        context.addIssue({ code: 'custom', message: `${endWithStop(reason)} ${remedy}` });
        throw refused;
      });
    } catch (error) {
      if (error === refused) return z.NEVER;
      throw error;
    }
  });
  return ofKind(schema as unknown as z.ZodType<T>, kind);
}

function endWithStop(text: string): string {
  return /[.:]$/.test(text) ? text : `${text}.`;
}

/** Type names as Kibana's messages print them. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'Array';
  if (value instanceof Date) return 'Date';
  return typeof value === 'object' ? 'Object' : typeof value;
}

function wrongType(expected: string, value: unknown): string {
  return `expected value of type [${expected}] but got [${typeName(value)}]`;
}

function asText(value: unknown, refuse: Refuse): string {
  if (typeof value === 'string') return value;
  const quote = typeof value === 'number' || typeof value === 'boolean';
  return refuse(
    wrongType('string', value),
    quote ? 'Put the value in double quotes, so that it stays text.' : undefined,
  );
}

/** Text. `min` and `max` count characters. */
export function text(options: { min?: number; max?: number; name?: string; remedy?: string } = {}) {
  const { min = 0, max = 100_000 } = options;
  const remedy =
    options.remedy ??
    (min > 1
      ? `Give a text of at least ${min} characters.`
      : min === 1
        ? 'Give a text that is not empty.'
        : 'Give a text.');
  return scalar({ name: options.name ?? 'text', remedy }, (value, refuse) => {
    const found = asText(value, refuse);
    if (found.length < min) refuse(`value has length [${found.length}] but it must have a minimum length of [${min}].`);
    if (found.length > max) refuse(`value has length [${found.length}] but it must have a maximum length of [${max}].`);
    if (found.includes('\0')) refuse('value holds a NUL character', 'Remove it.');
    return found;
  });
}

/** Text with a form of its own. `form` finishes the sentence "value must be …". */
export function textLike(
  kind: Kind & { form: string },
  fits: (value: string) => boolean,
  change: (value: string) => string = (value) => value,
) {
  return scalar({ name: kind.name, remedy: kind.remedy }, (value, refuse) => {
    const found = asText(value, refuse);
    if (!fits(found)) refuse(`value must be ${kind.form}`);
    return change(found);
  });
}

/** `true` or `false`, also as text (environment variables are always text). */
export const flag = () =>
  scalar({ name: 'true or false', remedy: 'Write true or false.' }, (value, refuse) => {
    if (typeof value === 'boolean') return value;
    const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
    if (word === 'true' || word === 'false') return word === 'true';
    return refuse(wrongType('boolean', value));
  });

/** A number, also as text; whole unless `fraction`. */
export function number(options: { min: number; max?: number; fraction?: boolean }) {
  const { min, max = Number.MAX_SAFE_INTEGER, fraction = false } = options;
  const sort = fraction ? 'number' : 'whole number';
  const range = options.max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  return scalar({ name: `${sort} ${range}`, remedy: `Set a ${sort} ${range}.` }, (value, refuse) => {
    const given = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof given !== 'number' || !Number.isFinite(given)) return refuse(wrongType('number', value));
    checkRange(given, min, max, refuse, String);
    if (!fraction && !Number.isSafeInteger(given)) refuse('Value must be a whole number.');
    return given;
  });
}

function checkRange(value: number, min: number, max: number, refuse: Refuse, show: (limit: number) => string): void {
  if (value < min) refuse(`Value must be equal to or greater than [${show(min)}].`);
  if (value > max) refuse(`Value must be equal to or lower than [${show(max)}].`);
}

// Timers of Node.js take at most 2^31-1 ms, about 24.8 days, and fire at once beyond.
const DURATION_MAX = '24d';

/** A duration; parsed to milliseconds. */
export function duration(options: { min?: string; max?: string } = {}) {
  const { min = '0s', max = DURATION_MAX } = options;
  const remedy = `Write a whole number with a unit (ms, s, m, h, d, w, M, Y), e.g. "90s", from ${min} to ${max}.`;
  return scalar({ name: 'duration', remedy }, (value, refuse) => {
    if (typeof value !== 'string' && typeof value !== 'number') return refuse(wrongType('string', value));
    const found = parseDuration(value);
    if (found === undefined) return refuse('value is not a duration');
    checkRange(found, parseDuration(min)!, parseDuration(max)!, refuse, (limit) =>
      limit === parseDuration(min) ? min : max,
    );
    return found;
  });
}

// Decoded text cannot be longer than V8's longest string, 2^29-24 characters.
const BYTES_MAX = '500mb';

/** A size; parsed to bytes. */
export function bytes(options: { min?: string; max?: string } = {}) {
  const { min = '1b', max = BYTES_MAX } = options;
  const remedy = `Write a whole number with a unit (b, kb, mb, gb), e.g. "1mb", from ${min} to ${max}.`;
  return scalar({ name: 'size', remedy }, (value, refuse) => {
    if (typeof value !== 'string' && typeof value !== 'number') return refuse(wrongType('string', value));
    const found = parseBytes(value);
    if (found === undefined) return refuse('value is not a size');
    checkRange(found, parseBytes(min)!, parseBytes(max)!, refuse, (limit) => (limit === parseBytes(min) ? min : max));
    return found;
  });
}

/** One of a few words. The text lists every one, as Kibana's does for alternatives. */
export function oneOf<const W extends string>(...words: readonly W[]) {
  const remedy = `Use one of ${words.join(', ')}.`;
  return ofKind(
    z.unknown().transform((value, context): W => {
      if (words.includes(value as W)) return value as W;
      context.addIssue({ code: 'custom', message: remedy, params: { alternatives: words } });
      return z.NEVER;
    }) as unknown as z.ZodType<W>,
    { name: words.map((word) => `\`${word}\``).join(', '), remedy },
  );
}

const HOST_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** True for a bare host name or address: no scheme, port, path, wildcard. IPv6 with or without its brackets. */
export function isHostName(value: string): boolean {
  if (isIP(value) !== 0) return true;
  if (/^\[.*\]$/.test(value)) return isIP(value.slice(1, -1)) === 6;
  const name = value.endsWith('.') ? value.slice(0, -1) : value;
  return name.length <= 253 && name.split('.').every((label) => HOST_LABEL.test(label));
}

export const hostName = () =>
  textLike(
    {
      name: 'host name',
      remedy: 'Write a bare host name such as api.example.com, without scheme, port or path.',
      form: 'a valid hostname',
    },
    isHostName,
  );

export const hostNameOrAny = () =>
  textLike(
    {
      name: 'host name or `*`',
      remedy:
        'Write a bare host name such as api.example.com, without scheme, port or path, or "*" alone for every host; there is no other wildcard.',
      form: 'a valid hostname or [*]',
    },
    (value) => value === '*' || isHostName(value),
  );

/** An absolute URL of one of the protocols. Its text is kept as written. */
export const url = (...protocols: readonly string[]) =>
  textLike(
    {
      name: 'URL',
      remedy: `Write a whole URL that begins with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}.`,
      form: `a URL of the scheme ${protocols.map((protocol) => `[${protocol}]`).join(' or ')}`,
    },
    (value) => {
      const parsed = URL.parse(value);
      return parsed !== null && protocols.includes(parsed.protocol.slice(0, -1)) && parsed.hostname !== '';
    },
  );

/** A path of a file or folder; made absolute by the loader where the setting is named in `load.ts`. */
export const filePath = () => text({ min: 1, name: 'path', remedy: 'Give the path of a file or folder.' });

/** An address or a range of addresses in CIDR notation, IPv4 or IPv6. */
export const addressRange = () =>
  textLike(
    {
      name: 'CIDR range',
      remedy: 'Write it like 10.0.0.0/8, 192.0.2.7 or fd00::/8.',
      form: 'an address or a CIDR range',
    },
    (value) => {
      const [address = '', prefix, ...rest] = value.split('/');
      const family = isIP(address);
      if (family === 0 || address.includes('%') || rest.length > 0) return false;
      return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
    },
  );

/** A list; also one string of JSON. */
export function list<T extends z.ZodType>(item: T, options: { min?: number; of: string; example: string }) {
  const { min = 0 } = options;
  const members = item instanceof z.ZodObject ? { suffix: '[n]', schema: item } : undefined;
  const several = min > 0 ? ` with at least ${min === 1 ? 'one item' : `${min} items`}` : '';
  return ofKind(z.array(item).min(min).max(100_000), {
    name: `list of ${options.of}`,
    remedy: `Write a list${several}, e.g. ${options.example}.`,
    json: 'list',
    members,
  });
}

/** Names to values; also one string of JSON. */
export function map<T extends z.ZodType>(value: T, options: { of: string; remedy: string; key?: string }) {
  const members = value instanceof z.ZodObject ? { suffix: `.<${options.key ?? 'name'}>`, schema: value } : undefined;
  return ofKind(z.record(z.string(), value), {
    name: `map of ${options.of}`,
    remedy: options.remedy,
    json: 'map',
    members,
  });
}

/** Either one text or a list of them; always a list afterwards. */
export function oneOrMany<T extends z.ZodType<string>>(item: T, options: { of: string; remedy: string }) {
  const many = z.array(item).min(1).max(10_000);
  return ofKind(
    z.preprocess((value) => (typeof value === 'string' ? [value] : value), many),
    { name: options.of, remedy: options.remedy, json: 'list' },
  );
}

/** Anything: for what is accepted and never looked at. */
export const anything = () => ofKind(z.unknown(), { name: 'anything', remedy: 'Leave it out.' });
