import { quote } from '../shared/http-error.ts';

/** One mailbox, without comments and with a group's members taken out of their group. */
export interface Mailbox {
  /** Display name, unquoted; empty if there is none. */
  readonly name: string;
  /** `local@domain` as it goes into the SMTP envelope; a quoted local part keeps its quotes. */
  readonly address: string;
}

/** Who may be written to; the two lists exclude each other when the settings are loaded. */
export interface AddressRules {
  /** Exact, case-sensitive domains. An empty list lets nothing through. */
  readonly domainAllowlist?: readonly string[];
  /** `*` patterns over the whole bare address, in any case. */
  readonly recipientAllowlist?: readonly string[];
}

// RFC 5322 section 3.2.3 atext with the UTF-8 of RFC 6532; the dot is allowed anywhere in a phrase (obs-phrase) and
// checked again in addresses. No control character is text anywhere, so nothing parsed here can break a header line.
const ATOM = /(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]|[^\x00-\x7f\p{Z}\p{Cc}\p{Cs}])+/uy;
const QUOTED = /"(?:[^"\\\p{Cc}\p{Cs}]|\\[^\p{Cc}\p{Cs}])*"/uy;
const DOMAIN_LITERAL = /\[(?:IPv6:[0-9A-Fa-f:.]{2,45}|\d{1,3}(?:\.\d{1,3}){3})\]/uy;
const SPACE = /[ \t]+/uy;
const COMMENT = /\((?:[^()\\\p{Cc}]|\\[^\p{Cc}])*\)/uy;
/** Joiners and direction marks: fine in a name, but an address with one only looks like what it is. */
const INVISIBLE = /\p{Cf}/u;

/** RFC 5321 section 4.5.3.1: 64 octets before the `@`, 255 after it. */
const MAX_LOCAL_PART = 64;
const MAX_DOMAIN = 255;

const MAX_LISTED = 50;
/** As long as the longest recipient that the schema lets through. */
const LONGEST_LISTED = 512;

/**
 * Reads an RFC 5322 address list: mailboxes with or without a display name, and groups (`team: a@x.org, b@x.org;`).
 *
 * Strict on purpose, and the only reader: what is sent is rebuilt from its answer with {@link formatMailbox}, so that
 * the allow-lists and the mail library cannot see different recipients in the same text.
 *
 * @returns the mailboxes in order (none for an empty group), or undefined if the text is not an address list
 */
export function parseAddressList(text: string): Mailbox[] | undefined {
  const scan = scanner(text);
  const mailboxes: Mailbox[] = [];
  let inGroup = false;
  let seen = false;
  for (;;) {
    if (scan.take(',')) continue; // empty list members are an old form that is still sent
    if (inGroup && scan.take(';')) {
      inGroup = false;
      if (!scan.atEnd() && !scan.take(',')) return undefined;
      continue;
    }
    if (scan.atEnd()) return inGroup || !seen ? undefined : mailboxes;

    const words = scan.words();
    if (scan.take(':')) {
      if (inGroup || words.length === 0) return undefined;
      inGroup = true;
      seen = true;
      continue;
    }
    const mailbox = readMailbox(scan, words);
    if (mailbox === undefined || !(scan.atEnd() || scan.peek(',') || (inGroup && scan.peek(';')))) return undefined;
    mailboxes.push(mailbox);
    seen = true;
  }
}

/** The mailbox that starts with `words`: they are its display name if `<` follows, else its local part. */
function readMailbox(scan: Scanner, words: readonly string[]): Mailbox | undefined {
  if (!scan.take('<')) {
    const address = words.length === 1 ? readAddress(scan, words[0]) : undefined;
    return address === undefined ? undefined : { name: '', address };
  }
  const local = scan.words();
  const address = local.length === 1 ? readAddress(scan, local[0]) : undefined;
  if (address === undefined || !scan.take('>')) return undefined;
  return { name: words.map(unquote).join(' '), address };
}

function readAddress(scan: Scanner, local: string | undefined): string | undefined {
  if (local === undefined || !scan.take('@')) return undefined;
  const domain = scan.domain();
  if (domain === undefined) return undefined;
  if (Buffer.byteLength(local) > MAX_LOCAL_PART || Buffer.byteLength(domain) > MAX_DOMAIN) return undefined;
  if (!local.startsWith('"') && !isDotted(local)) return undefined;
  if (INVISIBLE.test(local) || INVISIBLE.test(domain)) return undefined;
  return `${local}@${domain}`;
}

interface Scanner {
  atEnd(): boolean;
  peek(char: string): boolean;
  /** Skips `char` if it comes next. */
  take(char: string): boolean;
  /** The atoms and quoted strings that come next, quotes kept. */
  words(): string[];
  domain(): string | undefined;
}

/** Reads tokens of `text` from left to right, skipping blanks and comments in front of each. */
function scanner(text: string): Scanner {
  let position = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) position += found.length;
    return found;
  };
  const skip = (): void => {
    while (match(SPACE) !== undefined || match(COMMENT) !== undefined);
  };
  return {
    atEnd() {
      skip();
      return position === text.length;
    },
    peek(char) {
      skip();
      return text[position] === char;
    },
    take(char) {
      skip();
      if (text[position] !== char) return false;
      position += 1;
      return true;
    },
    words() {
      const found: string[] = [];
      for (;;) {
        skip();
        const word = match(QUOTED) ?? match(ATOM);
        if (word === undefined) return found;
        found.push(word);
      }
    },
    domain() {
      skip();
      const literal = match(DOMAIN_LITERAL);
      if (literal !== undefined) return literal;
      const name = match(ATOM);
      return name !== undefined && isDotted(name) ? name : undefined;
    },
  };
}

function isDotted(text: string): boolean {
  return text.split('.').every((part) => part !== '');
}

function unquote(word: string): string {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/gsu, '$1') : word;
}

/** A mailbox as header text that every reader understands the same way: `"Jim, Sales" <jim@x.org>`. */
export function formatMailbox({ name, address }: Mailbox): string {
  return name === '' ? address : `"${name.replace(/["\\]/g, '\\$&')}" <${address}>`;
}

/** Entries that hold more than blanks; Kibana ignores the others in every check and when sending. */
export function withoutBlanks(entries: readonly string[]): string[] {
  return entries.filter((entry) => entry.trim() !== '');
}

/**
 * Checks address lists against syntax and allow-lists.
 *
 * @param templates accept an entry with a Mustache tag in it: what it becomes is only known when the action runs
 * @returns `not valid emails: a, b; not allowed emails: c` in the order given, or undefined if all may be written to
 */
export function addressProblems(
  entries: readonly string[],
  rules: AddressRules,
  { templates = false }: { templates?: boolean } = {},
): string | undefined {
  const invalid: string[] = [];
  const refused: string[] = [];
  for (const entry of entries) {
    if (templates && hasTemplate(entry)) continue;
    const mailboxes = parseAddressList(entry);
    if (mailboxes === undefined) invalid.push(entry);
    else if (!mailboxes.every(({ address }) => isAllowed(address, rules))) refused.push(entry);
  }
  const parts = [
    ...(invalid.length === 0 ? [] : [`not valid emails: ${listed(invalid)}`]),
    ...(refused.length === 0 ? [] : [`not allowed emails: ${listed(refused)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}

/** Kibana lists them all and in full; here the text stays readable. */
function listed(entries: readonly string[]): string {
  const rest = entries.length - MAX_LISTED;
  const shown = entries.slice(0, MAX_LISTED).map((entry) => quote(entry, LONGEST_LISTED));
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function hasTemplate(entry: string): boolean {
  const start = entry.indexOf('{{');
  return start >= 0 && entry.includes('}}', start + 2);
}

function isAllowed(address: string, { domainAllowlist, recipientAllowlist }: AddressRules): boolean {
  if (domainAllowlist !== undefined && !domainAllowlist.includes(domainOf(address))) return false;
  if (recipientAllowlist === undefined) return true;
  return recipientAllowlist.some((pattern) => matchesPattern(address, pattern));
}

/** What follows the last `@`; a domain never holds one, a quoted local part may. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** `*` stands for any text. Without a regular expression, so that no pattern can be slow. */
function matchesPattern(address: string, pattern: string): boolean {
  const text = address.toLowerCase();
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let position = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found < 0 || found + part.length > end) return false;
    position = found + part.length;
  }
  return true;
}
