import type { Socket } from 'node:net';
import nodemailer, { type SMTPSentMessageInfo } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import { errorText } from '../errors.ts';
import type { EgressInternals } from './internals.ts';
import { cancelledError, timeoutError } from './problems.ts';
import {
  EgressError,
  type EgressScope,
  type MailMessage,
  type MailResult,
  type SmtpClient,
  SmtpReplyError,
  type SmtpServer,
} from './types.ts';

/** Bytes of text, HTML and attachments together; far above what mail servers accept (25 to 50 MB is usual). */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** A server may be slow in each step, but not in every step for ever. */
const TOTAL_TIMEOUT_FACTOR = 10;
/** Bytes of one reply; RFC 5321 section 4.5.3.1.5 knows 512 a line. */
const MAX_REPLY_BYTES = 64 * 1024;

/** What nodemailer adds to the errors it reports. */
interface MailerError extends Error {
  code?: string;
  /** The system's code, where `code` became nodemailer's name of the step. */
  originalCode?: string;
  response?: string;
  responseCode?: number;
}

/**
 * SMTP for one run of one connector. Nodemailer speaks the protocol over a socket that we dial, so the allow-list, the
 * address guard and the proxy apply to mail as to everything else; it never resolves a name or opens a file or URL.
 *
 * Unlike Kibana, `xpack.actions.responseTimeout` applies: to connecting, to the greeting, to each silence of the server,
 * and ten times it to the whole exchange (ten minutes by default, which RFC 5321 section 4.5.3.2 allows for).
 *
 * @param scope where the exchange is recorded, and what aborts it
 */
export function createSmtpClient(
  server: SmtpServer,
  scope: Omit<EgressScope, 'connection'>,
  internals: EgressInternals,
): SmtpClient {
  return {
    async send(message) {
      const mail = toMail(message);
      const record = { headers: describeHeaders(message), body: message.text };
      return recorded(server, scope, record, async () => {
        const encoded = await encode(mail);
        const info = await exchange<SMTPSentMessageInfo>(server, scope, internals, (transport) =>
          transport.sendMail(encoded).catch((error: MailerError) => {
            throw tooLarge(error, encoded.raw.length, server) ?? error;
          }),
        );
        return toResult(info, server);
      });
    },
    async verify() {
      await recorded(server, scope, { headers: {} }, () =>
        exchange(server, scope, internals, (transport) => transport.verify()),
      );
    },
  };
}

type Transport = ReturnType<typeof createTransport>;

/** Dials, lets nodemailer talk, and turns whatever goes wrong into one of our errors. */
async function exchange<T>(
  server: SmtpServer,
  scope: Omit<EgressScope, 'connection'>,
  internals: EgressInternals,
  talk: (transport: Transport) => Promise<T>,
): Promise<T> {
  internals.assertHostAllowed(server.host);
  const { responseTimeoutMs } = internals;
  const totalTimeoutMs = responseTimeoutMs * TOTAL_TIMEOUT_FACTOR;
  const deadline = AbortSignal.timeout(totalTimeoutMs);
  const signal = scope.signal === undefined ? deadline : AbortSignal.any([scope.signal, deadline]);

  const socket = await internals.openSocket(server.host, server.port, { timeoutMs: responseTimeoutMs, signal });
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await talk(createTransport(server, internals, socket));
  } catch (error) {
    // Nodemailer closes what it has begun to talk over, but not a socket that it never got to.
    socket.destroy();
    if (scope.signal?.aborted === true) throw cancelledError(scope.signal);
    if (deadline.aborted) throw timeoutError(totalTimeoutMs, error);
    throw toKnownError(error as MailerError, server, internals);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function createTransport(server: SmtpServer, internals: EgressInternals, socket: Socket) {
  const host = internals.smtpOptionsFor(server.host, server.port);
  // An entry that asks for TLS or brings its own CA means to have certificates checked, so it wins over a connector
  // that does not care (one without credentials).
  const isStrict = host.requireTls === true || host.ca !== undefined;
  const verificationMode = isStrict ? host.verificationMode : (server.verificationMode ?? host.verificationMode);
  const requireTLS = host.requireTls ?? server.requireTls ?? false;
  return nodemailer.createTransport({
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS,
    ignoreTLS: !requireTLS && (host.ignoreTls ?? server.ignoreTls ?? false),
    auth: server.auth === undefined ? undefined : { user: server.auth.user, pass: server.auth.pass },
    authMethod: server.authMethod,
    tls: internals.tlsOptions({ verificationMode, ca: host.ca }),
    connectionTimeout: internals.responseTimeoutMs,
    greetingTimeout: internals.responseTimeoutMs,
    socketTimeout: internals.responseTimeoutMs,
    maxResponseSize: MAX_REPLY_BYTES,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options, callback) => callback(null, { connection: socket }),
  });
}

/**
 * Copies the known members only, so that nothing which nodemailer would read from a file or fetch gets through, and
 * refuses what could start a new header line. Nodemailer encodes or folds such text too; two locks are better than one.
 */
function toMail(message: MailMessage) {
  const { from, to = [], cc = [], bcc = [], replyTo, subject, text, html, messageId, attachments } = message;
  assertOneLine('an address', [from, ...to, ...cc, ...bcc, ...(replyTo ?? [])]);
  assertOneLine('the subject', [subject]);
  assertOneLine('the message id', [messageId ?? '']);
  for (const { filename, contentType = '', encoding = '' } of attachments ?? []) {
    assertOneLine('an attachment', [filename, contentType, encoding]);
  }
  const contents = [text, html ?? '', ...(attachments ?? []).map(({ content }) => content)];
  const bytes = contents.reduce((sum, content) => sum + Buffer.byteLength(content), 0);
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new EgressError('params_invalid', `The message has ${bytes} bytes; at most ${MAX_MESSAGE_BYTES} are sent.`);
  }
  return {
    from,
    to,
    cc,
    bcc,
    replyTo,
    subject,
    text,
    html,
    messageId,
    xMailer: false as const,
    attachments: attachments?.map(({ filename, content, contentType, encoding }) => ({
      filename,
      content,
      contentType,
      encoding,
    })),
  };
}

/**
 * The message as it is sent. Written before anybody is called, so that its size is known: the server is told it with
 * `MAIL FROM`, and a message beyond the limit that the server names is not sent at all (SIZE, RFC 1870).
 */
async function encode(mail: ReturnType<typeof toMail>) {
  const node = new MailComposer({ ...mail, disableFileAccess: true, disableUrlAccess: true }).compile();
  const messageId = node.messageId();
  const raw = await node.build();
  const { from, to } = node.getEnvelope();
  return { raw, messageId, envelope: { from, to, size: raw.length }, xMailer: false as const };
}

/** The limit that stands in the text of nodemailer's refusal, as a sentence with both numbers. */
function tooLarge({ code, message }: MailerError, bytes: number, { host, port }: SmtpServer): EgressError | undefined {
  const [, limit] = /larger than allowed (\d+)/.exec(message) ?? [];
  if (code !== 'EMESSAGE' || limit === undefined) return undefined;
  return new EgressError(
    'params_invalid',
    `The e-mail was not sent: it has ${bytes} bytes, encoded for the way, and ${host}:${port} takes at most ${limit}.`,
  );
}

function assertOneLine(what: string, values: readonly string[]): void {
  if (values.some((value) => /[\x00-\x08\x0a-\x1f\x7f]/.test(value))) {
    throw new EgressError(
      'egress_header_invalid',
      `The e-mail was not sent: ${what} contains a line break or another control character.`,
    );
  }
}

function describeHeaders({
  from,
  to = [],
  cc = [],
  bcc = [],
  subject,
  messageId,
}: MailMessage): Record<string, string> {
  return {
    From: from,
    ...(to.length === 0 ? {} : { To: to.join(', ') }),
    ...(cc.length === 0 ? {} : { Cc: cc.join(', ') }),
    // Whoever reads the record later need not know whom the sender wanted to hide.
    ...(bcc.length === 0 ? {} : { Bcc: `${bcc.length} hidden` }),
    Subject: subject,
    ...(messageId === undefined ? {} : { 'Message-ID': messageId }),
  };
}

/** Runs `work` and leaves exactly one record of it, whatever happens. */
async function recorded<T>(
  server: SmtpServer,
  { recorder }: Omit<EgressScope, 'connection'>,
  request: { headers: Record<string, string>; body?: string },
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const add = (outcome: { status?: number; response_body?: string; error?: string }) =>
    recorder?.add({
      method: 'SMTP',
      url: `smtp://${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}`,
      ...request,
      ...outcome,
      duration_ms: Math.round(performance.now() - startedAt),
    });
  try {
    const result = await work();
    const reply = (result as Partial<MailResult> | undefined)?.response;
    add(reply === undefined ? {} : { status: replyCodeOf(reply), response_body: reply });
    return result;
  } catch (error) {
    if (error instanceof SmtpReplyError) add({ status: error.replyCode, response_body: error.message });
    else add({ error: errorText(error) });
    throw error;
  }
}

function toResult(info: SMTPSentMessageInfo, server: SmtpServer): MailResult {
  const { accepted, rejected, rejectedErrors, ehlo, envelopeTime, messageTime, messageSize, response } = info;
  return {
    accepted: accepted.map(String),
    rejected: rejected.map(String),
    ...(rejectedErrors === undefined
      ? {}
      : {
          rejectedErrors: rejectedErrors.map((error) => ({
            recipient: String(error.recipient ?? ''),
            message: withoutPassword(error.response ?? error.message, server),
          })),
        }),
    ...(ehlo === undefined ? {} : { ehlo }),
    envelopeTime,
    messageTime,
    messageSize,
    response: withoutPassword(response, server),
    envelope: { from: info.envelope.from, to: [...info.envelope.to] },
    messageId: info.messageId,
  };
}

/** Ours: no answer ({@link EgressError}) or a refusal ({@link SmtpReplyError}). */
function toKnownError(error: MailerError, server: SmtpServer, internals: EgressInternals): Error {
  if (error instanceof EgressError) return error;
  const destination = { host: server.host, port: server.port, timeoutMs: internals.responseTimeoutMs };
  const target = `${server.host}:${server.port}`;
  const message = withoutPassword(error.message, server);

  if (error.code === 'ETLS') {
    return new EgressError('egress_tls', `No encrypted connection to ${target}: ${message}`, { systemCode: 'ETLS' });
  }
  if (error.responseCode !== undefined) {
    return new SmtpReplyError(message, {
      replyCode: error.responseCode,
      enhancedCode: /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(error.response ?? '')?.[1],
      isAuth: error.code === 'EAUTH',
    });
  }
  if (error.code === 'EAUTH') return new EgressError('target_auth', `No sign-in at ${target}: ${message}`);
  if (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') {
    return new EgressError('params_invalid', `The e-mail was not sent to ${target}: ${message}`);
  }
  if (error.code === 'EPROTOCOL') {
    return new EgressError(
      'target_response_invalid',
      `What answers at ${target} does not speak SMTP as expected: ${message}`,
    );
  }
  if (error.code === 'ECONNECTION') {
    return new EgressError(
      'egress_connection',
      `${target} closed the connection before the e-mail was accepted: ${message}`,
    );
  }
  if (error.code === 'ETIMEDOUT') return timeoutError(internals.responseTimeoutMs, error);
  const systemCode = error.originalCode ?? error.code;
  return internals.explain(Object.assign(new Error(message), { code: systemCode }), destination);
}

/** Servers may repeat what they were sent, so the password is taken out of their words in every form it was sent in. */
function withoutPassword(text: string, { auth }: SmtpServer): string {
  if (auth === undefined || auth.pass === '') return text;
  const forms = [auth.pass, `\0${auth.user}\0${auth.pass}`].map((form) => Buffer.from(form).toString('base64'));
  return [...forms, auth.pass].reduce((clean, form) => clean.replaceAll(form, '[redacted]'), text);
}

function replyCodeOf(reply: string): number | undefined {
  const code = Number(/^\d{3}/.exec(reply)?.[0]);
  return Number.isNaN(code) ? undefined : code;
}
