import { PatchbayError } from '../errors.ts';

/** An error as `pg` throws it: the server's have a five-character SQLSTATE as `code`, the network's a name. */
interface CodedError {
  code?: unknown;
  message?: unknown;
}

const AGAIN = 'Patchbay keeps trying to reach it; repeat the request in a moment.';

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENOTCONN',
  'EADDRNOTAVAIL',
]); // prettier-ignore

// pg has no codes for what it finds out itself (pg 8, lib/client.js; pg-pool 3, index.js).
const CONNECTION_TEXT =
  /^Connection terminated|is not queryable|^Query read timeout|after calling end on the pool|^Client was closed/;

// All connections of the pool were in use for too long; the server may be in the best of health.
const BUSY_TEXT = /^timeout exceeded when trying to connect/;

/**
 * SQLSTATEs that say "not now" rather than "not like this"
 * (https://www.postgresql.org/docs/18/errcodes-appendix.html); longer prefixes win.
 */
const STATES: readonly (readonly [prefix: string, message: string])[] = [
  ['53100', 'The disk of the database is full. Free some space on it; Patchbay goes on by itself.'],
  ['53200', 'The database is out of memory. Repeat the request in a moment.'],
  ['53300', 'The database takes no more connections. Repeat the request in a moment, or raise its max_connections.'],
  ['53', 'The database is out of resources. Repeat the request in a moment.'],
  ['58030', 'The database cannot read or write its files. Check its disk; its log holds the details.'],
  ['57014', 'The database took too long for this request. Ask for less at once, or repeat it later.'],
  ['55P03', 'The database took too long for this request. Repeat it in a moment.'],
  ['40', 'Another request changed the same data at the same time. Repeat the request.'],
  ['25006', 'The database is read-only at the moment. Repeat the request when it takes changes again.'],
  ['57P', `The database is starting or stopping. ${AGAIN}`],
  ['08', `The connection to the database broke. ${AGAIN}`],
  ['28', `The database refuses the sign-in of Patchbay. ${AGAIN}`],
  ['3D000', `The database of Patchbay does not exist any more. ${AGAIN}`],
];

/**
 * Makes a PatchbayError `database_unavailable` of an error that is the database's state and not the query's fault:
 * the request may be repeated. Any other error (a violated constraint, a defect) comes back as it is. Messages name
 * no host, user or value; the original is the `cause`.
 */
export function toDatabaseError(error: unknown): unknown {
  const message = explainUnavailable(error);
  return message === undefined ? error : new PatchbayError('database_unavailable', message, { cause: error });
}

function explainUnavailable(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || error instanceof PatchbayError) return undefined;
  const { code, message } = error as CodedError;
  // Several addresses were tried and each failed.
  if (error instanceof AggregateError && error.errors.length > 0) return explainUnavailable(error.errors[0]);
  if (typeof code === 'string' && NETWORK_CODES.has(code)) return `The database does not answer. ${AGAIN}`;
  if (typeof code === 'string') return STATES.find(([prefix]) => code.startsWith(prefix))?.[1];
  if (typeof message !== 'string') return undefined;
  if (BUSY_TEXT.test(message)) return 'The database has too much to do. Repeat the request in a moment.';
  return CONNECTION_TEXT.test(message) ? `The database does not answer. ${AGAIN}` : undefined;
}

/** Whether the error means that the server as a whole is away, rather than that it could not do one thing. */
export function isOutage(error: unknown): boolean {
  const cause = error instanceof PatchbayError ? error.cause : error;
  const { code, message } = (cause ?? {}) as CodedError;
  if (cause instanceof AggregateError) return true;
  if (typeof code === 'string') return NETWORK_CODES.has(code) || /^(57P|08|28|3D000)/.test(code);
  return typeof message === 'string' && CONNECTION_TEXT.test(message);
}

/** SQLSTATE 23505: a row with this key exists. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as CodedError | null)?.code === '23505';
}
