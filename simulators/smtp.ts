import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { hostInUrl, type LoggedRequest, type SimulatorDefinition } from './harness.ts';

export const SMTP_USER = { user: 'mailer', password: 'm4iler' } as const;
const MAX_MESSAGES = 100;
const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

/** A mail as `GET /messages` shows it. */
export interface ReceivedMail {
  readonly at: string;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** Empty without a sign-in. */
  readonly user: string;
  readonly tls: boolean;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly attachments: readonly {
    readonly filename: string | null;
    readonly content_type: string;
    readonly bytes: number;
  }[];
}

interface SmtpOptions {
  /** Refuse mail without a sign-in. */
  requireAuth?: boolean;
  /** Offer STARTTLS, with the self-signed certificate for `localhost` that the smtp-server package brings. */
  startTls?: boolean;
}

/** The answers of real servers: RFC 5321 codes with RFC 3463 enhanced ones. */
function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

/** Addresses whose name says what happens to them: `reject@…` 550, `later@…` 451 (try again), `full@…` 552. */
function addressProblem(address: string): Error | undefined {
  if (address.startsWith('reject@'))
    return refusal(550, `5.1.1 <${address}>: Recipient address rejected: User unknown`);
  if (address.startsWith('later@')) return refusal(451, `4.7.1 <${address}>: Greylisted, try again later`);
  if (address.startsWith('full@')) return refusal(552, `5.2.2 <${address}>: Mailbox full`);
  return undefined;
}

function mailLog(mail: ReceivedMail, raw: string): LoggedRequest {
  const { at, envelope, subject, text } = mail;
  const note = `from ${envelope.from} to ${envelope.to.join(', ')}: ${subject} | ${text}`;
  return { at, method: 'SMTP', path: '', query: new URLSearchParams(), headers: {}, text: raw, status: 250, note };
}

/**
 * An SMTP server, and over HTTP at `GET /messages` the mails that it took, newest first. The sign-in is optional unless
 * asked for, and it talks plain text unless told otherwise, so that nothing has to be trusted to try it.
 */
export function smtpServer(options: SmtpOptions = {}): SimulatorDefinition {
  return {
    id: 'smtp',
    title: 'SMTP server',

    start() {
      const mails: ReceivedMail[] = [];
      return {
        inspect: ({ method, path }) =>
          method === 'GET' && path === '/messages' ? { status: 200, body: mails } : undefined,
        handle: () => ({ status: 404, body: { message: 'Only GET /messages exists here; mail comes in over SMTP.' } }),

        async listen(host, report) {
          const keep = (mail: ReceivedMail, raw: string) => {
            mails.unshift(mail);
            mails.splice(MAX_MESSAGES);
            report(mailLog(mail, raw));
          };
          const server = new SMTPServer(serverOptions(options, keep));
          // Clients that break off or fail the TLS handshake are their own problem, not the simulator's.
          server.on('error', () => undefined);
          await new Promise<void>((resolve, reject) => {
            server.server.once('error', reject);
            server.listen(0, host, resolve);
          });
          const { port } = server.server.address() as AddressInfo;
          return {
            name: 'smtp',
            url: `smtp://${hostInUrl(host)}:${port}`,
            close: () => new Promise<void>((resolve) => server.close(() => resolve())),
          };
        },
      };
    },

    examples: ({ smtp }) => [
      {
        name: 'Mail simulator',
        connector_type_id: '.email',
        config: {
          service: 'other',
          from: 'alerts@example.com',
          host: new URL(smtp!).hostname,
          port: Number(new URL(smtp!).port),
          secure: false,
        },
        secrets: { user: SMTP_USER.user, password: SMTP_USER.password },
        params: { to: ['ops@example.com'], subject: 'Hello', message: 'Hello from **Patchbay**' },
      },
    ],
  };
}

function serverOptions(
  { requireAuth, startTls }: SmtpOptions,
  keep: (mail: ReceivedMail, raw: string) => void,
): SMTPServerOptions {
  return {
    disabledCommands: startTls ? [] : ['STARTTLS'],
    authMethods: ['PLAIN', 'LOGIN'],
    authOptional: requireAuth !== true,
    allowInsecureAuth: true,
    size: MAX_MESSAGE_BYTES,
    disableReverseLookup: true,
    closeTimeout: 500,
    logger: false,

    onAuth({ username, password }, _session, done) {
      const isRight = username === SMTP_USER.user && password === SMTP_USER.password;
      done(
        isRight ? null : refusal(535, '5.7.8 Authentication credentials invalid'),
        isRight ? { user: username } : undefined,
      );
    },
    onMailFrom({ address }, _session, done) {
      done(addressProblem(address) ?? null);
    },
    onRcptTo({ address }, _session, done) {
      done(addressProblem(address) ?? null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      let bytes = 0;
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAX_MESSAGE_BYTES) chunks.push(chunk);
      });
      stream.on('end', async () => {
        if (bytes > MAX_MESSAGE_BYTES) return done(refusal(552, '5.3.4 Message too big'));
        const raw = Buffer.concat(chunks);
        try {
          const parsed = await PostalMime.parse(raw);
          const { mailFrom, rcptTo } = session.envelope;
          const mail: ReceivedMail = {
            at: new Date().toISOString(),
            envelope: { from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address) },
            user: session.user ?? '',
            tls: session.secure,
            subject: parsed.subject ?? '',
            text: parsed.text ?? '',
            html: parsed.html ?? '',
            headers: parsed.headers.map(({ key: name, value }) => ({ name, value })),
            attachments: parsed.attachments.map(({ filename, mimeType, content }) => ({
              filename,
              content_type: mimeType,
              bytes: typeof content === 'string' ? content.length : content.byteLength,
            })),
          };
          keep(mail, raw.toString('utf8'));
          done(null);
        } catch {
          done(refusal(554, '5.6.0 The message is not valid MIME'));
        }
      });
    },
  };
}
