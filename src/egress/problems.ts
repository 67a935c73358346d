import { isPatchbayError } from '../errors.ts';
import type { Destination } from './internals.ts';
import { EgressError } from './types.ts';

type SystemError = Error & { code?: unknown; reason?: unknown; errors?: unknown; cause?: unknown };

/**
 * Codes of failed certificate checks (the names of OpenSSL's `X509_V_ERR_*`,
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes). `ERR_TLS_*`, `ERR_SSL_*` and `ERR_OSSL_*` come on top.
 */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_CRL',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECRYPT_CRL_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'CERT_SIGNATURE_FAILURE',
  'CRL_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'CRL_NOT_YET_VALID',
  'CRL_HAS_EXPIRED',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'INVALID_CA',
  'PATH_LENGTH_EXCEEDED',
  'INVALID_PURPOSE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'HOSTNAME_MISMATCH',
]);

const TRUST_ADVICE =
  'If the server is right, give its CA to the connector or to xpack.actions.customHostSettings, or relax the verification mode there.';

/**
 * Turns anything that a socket, TLS, the resolver or undici threw into an {@link EgressError} with a text that a user can act
 * on. Texts and codes of plain network errors stay as Node writes them (`connect ECONNREFUSED 127.0.0.1:1`), since that is
 * what Kibana shows. Errors that already say what to do pass through.
 */
export function explain(error: unknown, destination: Destination): EgressError {
  if (error instanceof EgressError) return error;
  if (isPatchbayError(error)) return new EgressError(error.code, error.message, { cause: error });
  const source = (error instanceof Error ? error : new Error(String(error))) as SystemError;
  const code = typeof source.code === 'string' ? source.code : undefined;

  if (code === 'UND_ERR_CONNECT_TIMEOUT') return timeoutError(destination.timeoutMs, source);
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') {
    return egressError('egress_response_too_large', 'the response headers are larger than 16384 bytes', code, source);
  }
  if (code !== undefined && isTlsCode(code)) return tlsError(source, code, destination);
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET') {
    return egressError('egress_connection', hangUpText(source), 'ECONNRESET', source);
  }
  // undici names its parser's errors by class; a code is not always there.
  if (source.name === 'HTTPParserError' || code?.startsWith('HPE_')) {
    const text = `the answer is not valid HTTP: ${source.message}`;
    return egressError('egress_connection', text, code ?? 'HPE_INVALID_CONSTANT', source);
  }
  return egressError('egress_connection', messageOf(source), code, source);
}

/** `timeout of <n>ms exceeded`, the client's text that Kibana shows, plus the setting to turn. */
export function timeoutError(timeoutMs: number, cause?: unknown): EgressError {
  return egressError(
    'egress_timeout',
    `timeout of ${timeoutMs}ms exceeded (xpack.actions.responseTimeout)`,
    'ECONNABORTED',
    cause,
  );
}

/** `maxContentLength size of <n> exceeded`, the client's text that Kibana shows, plus the setting to turn. */
export function tooLargeError(maxBytes: number): EgressError {
  const text = `maxContentLength size of ${maxBytes} exceeded (xpack.actions.maxResponseContentLength)`;
  return egressError('egress_response_too_large', text, 'ERR_BAD_RESPONSE');
}

export function cancelledError(signal?: AbortSignal): EgressError {
  return new EgressError('cancelled', 'The run was cancelled before the target answered.', { cause: signal?.reason });
}

function egressError(code: EgressError['code'], text: string, systemCode?: string, cause?: unknown): EgressError {
  return new EgressError(code, text, { systemCode, cause });
}

function isTlsCode(code: string): boolean {
  return CERTIFICATE_CODES.has(code) || /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|ERR_CRYPTO_)/.test(code) || code === 'EPROTO';
}

/** The text always has the word "certificate" behind its start when a certificate is what failed. */
function tlsError(error: SystemError, code: string, { host, port }: Destination): EgressError {
  const where = `TLS to ${host}:${port} failed`;
  if (CERTIFICATE_CODES.has(code) || code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return egressError('egress_tls', `${where}: ${error.message}. ${TRUST_ADVICE}`, code, error);
  }
  const reason =
    typeof error.reason === 'string' ? error.reason : error.message.replace(/^[0-9A-F]+:error:/i, '').trim();
  return egressError('egress_tls', `${where}: ${reason}.`, code, error);
}

function hangUpText(error: SystemError): string {
  return /^(read|write) E/.test(error.message) ? error.message : 'socket hang up';
}

/** Node reports several failed addresses as one error without a text; theirs are joined. */
function messageOf(error: SystemError): string {
  if (error.message !== '') return error.message;
  const inner = Array.isArray(error.errors) ? error.errors : [];
  const texts = inner.map((one) => (one instanceof Error ? one.message : String(one)));
  return [...new Set(texts)].join(', ') || error.name;
}
