import { MASK, type Redactor } from './redact.ts';
import type { RequestRecord, RequestRecorder } from './types.ts';

/** A recorder whose records can be read. */
export interface ReadableRecorder extends RequestRecorder {
  /** Redacted and capped; computed when first read after an addition. */
  readonly records: readonly RequestRecord[];
  /** When each of the records was added, so when that request ended; milliseconds since 1970. */
  readonly endedAt: readonly number[];
  /** Requests beyond the limit, which were made but not kept. */
  readonly omitted: number;
}

const MAX_RECORDS = 50;
const MAX_URL_BYTES = 4_096;
const MAX_HEADER_BYTES = 2_048;
const MAX_HEADERS = 100;

const SENSITIVE = /authorization|cookie|token|secret|key|passw|credential|signature|session|(^|[-_])auth([-_]|$)/i;
/** Look like a secret by name and are none; both are what one searches a record for. */
const HARMLESS: ReadonlySet<string> = new Set([
  'idempotency-key',
  'x-idempotency-key',
  'www-authenticate',
  'proxy-authenticate',
]);
/** Kept in front of a masked value, because the wrong scheme is a common mistake. */
const SCHEME = /^(Basic|Bearer|Digest|ApiKey|Token|GenieKey|SSWS|Splunk) (?=.)/i;

/** The same few names come with every request; looking them up is ten times faster than the pattern. */
const knownNames = new Map<string, boolean>();
const MAX_KNOWN_NAMES = 1_000;

/** True for headers whose value is a credential more often than not: `Authorization`, `Cookie`, `X-Api-Key`, `*token*`, … */
export function isSensitiveHeader(name: string): boolean {
  let isSensitive = knownNames.get(name);
  if (isSensitive === undefined) {
    isSensitive = SENSITIVE.test(name) && !HARMLESS.has(name.toLowerCase());
    // Names come from targets, too, so the table must not grow with them.
    if (knownNames.size < MAX_KNOWN_NAMES && name.length < 64) knownNames.set(name, isSensitive);
  }
  return isSensitive;
}

/** Headers fit for a record or an answer: credentials masked by name, everything else by `redact`, long ones cut. */
export function maskHeaders(headers: Readonly<Record<string, string>>, redact: Redactor): Record<string, string> {
  const masked: Record<string, string> = {};
  let count = 0;
  for (const name in headers) {
    count += 1;
    if (count > MAX_HEADERS) break;
    const value = headers[name] ?? '';
    const shown = isSensitiveHeader(name)
      ? `${SCHEME.exec(value)?.[0] ?? ''}${MASK}`
      : cut(redact.exposed(value), MAX_HEADER_BYTES);
    const key = redact(cut(name, MAX_HEADER_BYTES));
    // A server may well send a header of this name; an assignment would change the prototype.
    if (key === '__proto__') Object.defineProperty(masked, key, { value: shown, enumerable: true });
    else masked[key] = shown;
  }
  return masked;
}

/**
 * Keeps what one run sends and gets. Adding costs nothing but a reference; redaction happens when the records are read.
 * Texts are redacted whole and cut afterwards, so that no half secret remains at the end.
 *
 * @param options.redact knows the secrets of the connector
 * @param options.maxBytes of each body, UTF-8; what is left out is noted as `… [cut, N bytes]` with the size of the whole
 */
export function createRecorder(options: {
  redact: Redactor;
  maxBytes?: number;
  maxRecords?: number;
}): ReadableRecorder {
  const { redact, maxBytes = 20_480, maxRecords = MAX_RECORDS } = options;
  const raw: RequestRecord[] = [];
  const endedAt: number[] = [];
  let clean: RequestRecord[] = [];
  let omitted = 0;

  function body(text: string | undefined): string | undefined {
    return text === undefined ? undefined : cut(redact(text), maxBytes, Buffer.byteLength(text));
  }

  function cleaned(record: RequestRecord): RequestRecord {
    return {
      method: record.method,
      url: cut(redact.exposed(record.url), MAX_URL_BYTES),
      headers: maskHeaders(record.headers, redact),
      body: body(record.body),
      status: record.status,
      response_headers:
        record.response_headers === undefined ? undefined : maskHeaders(record.response_headers, redact),
      response_body: body(record.response_body),
      duration_ms: record.duration_ms,
      error: body(record.error),
    };
  }

  return {
    add(record) {
      if (raw.length < maxRecords) {
        raw.push(record);
        endedAt.push(Date.now());
      } else omitted += 1;
    },
    get records() {
      if (clean.length < raw.length) clean = [...clean, ...raw.slice(clean.length).map(cleaned)];
      return clean;
    },
    endedAt,
    get omitted() {
      return omitted;
    },
  };
}

/**
 * Cuts a text to at most `maxBytes` bytes of UTF-8, never within a character, and says so.
 *
 * @param wholeBytes the size to name in the note, if it is not that of `text`
 */
export function cut(text: string, maxBytes: number, wholeBytes?: number): string {
  // At most three bytes a UTF-16 unit, so short texts need no count.
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}… [cut, ${wholeBytes ?? bytes.length} bytes]`;
}
