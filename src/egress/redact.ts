/** What stands where a secret stood. */
export const MASK = '●●●';

/** What stands at the end of a text that was cut. */
const CUT = '…';
/** A shorter beginning of a secret is found by chance, and tells nobody anything. */
const MIN_BEGINNING = 6;

/** Takes the secrets of one connector out of texts. */
export interface Redactor {
  /** For bodies, messages, logs: every secret of four characters or more, in every encoding of {@link createRedactor}. */
  (text: string): string;
  /**
   * For URLs and header values, where credentials stand: masks shorter secrets, too, where they stand alone (not within a
   * word). In running text a secret like `42` would blacken half of every record and tell its value by that.
   */
  exposed(text: string): string;
  /**
   * For texts that somebody has shortened already: also masks the beginning of a secret before an ellipsis, since the cut
   * may have gone right through it.
   */
  shortened(text: string): string;
}

const MIN_LENGTH = 4;
/** Longer ones (keys, certificates) are searched one by one; as a pattern they would take longer to compile than to search. */
const MAX_PATTERN_LENGTH = 256;
/** A piece of base64 shorter than this is found by chance. */
const MIN_BASE64_CORE = 8;
const PADDING = [Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(2)];

/**
 * Compiles a redactor. Each secret is found as it is, JSON-escaped (up to three times), URL-encoded (`%20` and form style,
 * upper- and lower-case hex; also twice, and of JSON), as base64 and base64url of itself, and within the base64 of a longer
 * text such as `user:password`, a JSON body or a form.
 *
 * One pattern over all of them, compiled at the first use: a text without a secret costs one search and no copy.
 */
export function createRedactor(secrets: Iterable<string>): Redactor {
  const all = new Set<string>();
  for (const secret of secrets) {
    // Pasted secrets often carry a line break that is not sent.
    for (const form of [secret, secret.trim()]) if (form !== '') all.add(form);
  }
  if (all.size === 0) {
    const nothing = (text: string) => text;
    return Object.assign((text: string) => text, { exposed: nothing, shortened: nothing });
  }

  const variants = new Set<string>();
  const short: string[] = [];
  for (const secret of all) {
    if (secret.length < MIN_LENGTH) short.push(secret);
    else for (const variant of variantsOf(secret)) if (variant.length >= MIN_LENGTH) variants.add(variant);
  }
  // The longest first: an alternation takes the first that fits.
  const ordered = [...variants].sort((a, b) => b.length - a.length);
  const long = ordered.filter((variant) => variant.length > MAX_PATTERN_LENGTH);
  const findWords = lazyPattern(ordered.filter((variant) => variant.length <= MAX_PATTERN_LENGTH));
  const findShort = lazyPattern(short, (source) => `(?<![\\p{L}\\p{N}])(?:${source})(?![\\p{L}\\p{N}])`);

  const redact = (text: string) => {
    let clean = text;
    for (const variant of long) if (clean.includes(variant)) clean = clean.replaceAll(variant, () => MASK);
    const pattern = findWords();
    return pattern === undefined ? clean : clean.replace(pattern, MASK);
  };
  const exposed = (text: string) => {
    const clean = redact(text);
    const pattern = findShort();
    return pattern === undefined ? clean : clean.replace(pattern, MASK);
  };
  const shortened = (text: string) => {
    const clean = redact(text);
    return clean.includes(CUT) ? withoutBeginnings(clean, ordered) : clean;
  };
  return Object.assign(redact, { exposed, shortened });
}

/** Masks what stands before each ellipsis if it is how one of the words begins; of several, the longest. */
function withoutBeginnings(text: string, words: readonly string[]): string {
  const pieces = text.split(CUT);
  const last = pieces.pop()!;
  const clean = pieces.map((piece) => {
    const length = Math.max(0, ...words.map((word) => commonLength(piece, word)));
    return length === 0 ? piece : piece.slice(0, -length) + MASK;
  });
  return [...clean, last].join(CUT);
}

/** How many characters at the end of `text` are the beginning of `word`; 0 for fewer than {@link MIN_BEGINNING}. */
function commonLength(text: string, word: string): number {
  for (let length = Math.min(text.length, word.length - 1); length >= MIN_BEGINNING; length -= 1) {
    if (text.endsWith(word.slice(0, length))) return length;
  }
  return 0;
}

function lazyPattern(words: readonly string[], wrap = (source: string) => source): () => RegExp | undefined {
  let pattern: RegExp | undefined;
  return () => {
    if (words.length === 0) return undefined;
    pattern ??= new RegExp(wrap(words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|')), 'gu');
    return pattern;
  };
}

function variantsOf(secret: string): Set<string> {
  // Most tokens have no character that any of the encodings below would touch.
  if (/^[\w.-]*$/.test(secret)) return new Set([secret, ...base64Forms(secret)]);
  // An unpaired surrogate is sent as U+FFFD.
  const sent = secret.toWellFormed();
  const inJson = JSON.stringify(sent).slice(1, -1);
  const inUrl = urlForms(sent);
  const texts = [secret, sent, ...jsonForms(secret), ...inUrl, ...urlForms(inJson)];
  return new Set([...texts, ...[sent, inJson, ...inUrl].flatMap(base64Forms)]);
}

/** A URL within a URL has its percent signs encoded once more. */
function urlForms(text: string): string[] {
  const encoded = encodeURIComponent(text);
  // URLSearchParams and axios encode a few characters more or less than encodeURIComponent.
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  const strict = encoded.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const once = [encoded, form, strict];
  return [encodeURI(text), ...[...once, ...once.map(encodeURIComponent)].flatMap((one) => [one, lowerHex(one)])];
}

/** A text within JSON within JSON within JSON: an echo of a body in an answer that itself is quoted. */
const JSON_LEVELS = 3;

/**
 * The secret as the inside of a JSON string, also of one in a string of another. Some languages escape more than they
 * must: PHP's `json_encode` the slash, it and Python's `json.dumps` everything beyond ASCII.
 */
function jsonForms(secret: string): string[] {
  const slashes = secret.includes('/');
  const forms: string[] = [];
  let text = secret;
  for (let level = 0; level < JSON_LEVELS; level += 1) {
    text = JSON.stringify(text).slice(1, -1);
    const ascii = text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    forms.push(text, ascii);
    if (slashes) forms.push(...[text, ascii].map((form) => form.replaceAll('/', '\\/')));
  }
  return forms;
}

function lowerHex(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

/**
 * base64 of the secret alone, and the characters that the secret fixes when it starts at any of the three offsets of a
 * longer text: the first and last ones there depend on its neighbours and are left out.
 */
function base64Forms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const whole = bytes.toString('base64');
  const forms = [whole, whole.replace(/=+$/, '')];
  for (let offset = 0; offset < 3; offset += 1) {
    const text = offset === 0 ? whole : Buffer.concat([PADDING[offset]!, bytes]).toString('base64');
    const start = Math.ceil((offset * 8) / 6);
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    if (end - start >= MIN_BASE64_CORE) forms.push(text.slice(start, end));
  }
  return forms.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}
