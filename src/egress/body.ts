import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { tooLargeError } from './problems.ts';
import { EgressError } from './types.ts';

type Decoder = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

// promisify() sees only the first overload, the one without options.
const decoder = (decode: unknown) =>
  promisify(decode as (body: Buffer, options: object, done: (e: Error | null, r: Buffer) => void) => void) as Decoder;
const inflate = decoder(zlib.inflate);
const inflateRaw = decoder(zlib.inflateRaw);

/** By name in `Content-Encoding` (RFC 9110 section 8.4.1, RFC 8878 for zstd). */
const DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['gzip', decoder(zlib.gunzip)],
  ['x-gzip', decoder(zlib.gunzip)],
  // Some servers send raw deflate although the standard means zlib's format; its first byte tells (CM = 8).
  ['deflate', (body, options) => (((body[0] ?? 0) & 0x0f) === 8 ? inflate(body, options) : inflateRaw(body, options))],
  ['br', decoder(zlib.brotliDecompress)],
  ['zstd', decoder(zlib.zstdDecompress)],
]);

/** More layers than this have no use but to cost us time. */
const MAX_LAYERS = 3;

/**
 * Undoes `Content-Encoding`, with every layer bounded, so that a small body cannot become a huge one. An encoding that we do not
 * know is left as it is.
 *
 * @throws {EgressError} `egress_response_too_large`, or `target_response_invalid` if the data is broken
 */
export async function decompress(body: Buffer, contentEncoding: string | undefined, maxBytes: number): Promise<Buffer> {
  if (contentEncoding === undefined || body.length === 0) return body;
  const layers = contentEncoding
    .toLowerCase()
    .split(',')
    .map((layer) => layer.trim())
    .filter((layer) => layer !== '' && layer !== 'identity');
  if (layers.length > MAX_LAYERS) {
    throw new EgressError(
      'target_response_invalid',
      `the response is compressed ${layers.length} times; at most ${MAX_LAYERS} are undone`,
    );
  }
  let current = body;
  for (const layer of layers.reverse()) {
    const decode = DECODERS.get(layer);
    if (decode === undefined) return current;
    try {
      current = await decode(current, { maxOutputLength: maxBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLargeError(maxBytes);
      throw new EgressError(
        'target_response_invalid',
        `the response says it is compressed with ${layer}, but it cannot be decompressed`,
        {
          cause: error,
        },
      );
    }
  }
  return current;
}

/** Vendors nest a dozen levels; `JSON.stringify` and whatever else recurses needs some thousands to run out of stack. */
const MAX_JSON_DEPTH = 1_000;

/** A text as JSON; undefined if it is none, or is nested so deeply that handling it could exhaust the stack. */
export function toJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  // Each level takes two characters.
  return text.length > 2 * MAX_JSON_DEPTH && isTooDeep(value) ? undefined : value;
}

function isTooDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= MAX_JSON_DEPTH; depth += 1) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}

/** UTF-8 text without a byte order mark. Broken sequences become U+FFFD. */
export function toText(body: Buffer): string {
  const text = body.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
