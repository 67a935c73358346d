import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A published key of no worth: for servers that tests start on this machine. */
export const TEST_KEY = `\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHJz3/FC3K1f2vKHx
Piop+3GXVWT3dhiDEXV6tnma27GhRANCAAQf/bcFPGWhOUB47dqgKbaUerXNLmOU
OlNvYB+XVO8QSYChBfXmA7SPmd1TfDBKABVHGGzH7DHrQ+J3alQT7oI6
-----END PRIVATE KEY-----
`;

/** Signed by itself for the name `localhost`, from 2020 to 2120. */
export const TEST_CERTIFICATE = `\
-----BEGIN CERTIFICATE-----
MIIBYTCCAQegAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABB/9twU8ZaE5QHjt
2qAptpR6tc0uY5Q6U29gH5dU7xBJgKEF9eYDtI+Z3VN8MEoAFUcYbMfsMetD4ndq
VBPugjqjSDBGMA8GA1UdEwEB/wQFMAMBAf8wFAYDVR0RBA0wC4IJbG9jYWxob3N0
MB0GA1UdDgQWBBTS074os5EPh5XSzgp/21GzFdpR1DAKBggqhkjOPQQDAgNIADBF
AiADX06GgqiflGC8S2YkxFEKdzTT2BKp3txZMEpAODdMXwIhANg8TtAfqlZHlkiZ
LMOK9fH1MxHhR7+x+tl4GCwy7svE
-----END CERTIFICATE-----
`;

/** What a client handed over. */
export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  /** Empty without a sign-in. */
  readonly user: string;
  readonly secure: boolean;
  readonly raw: string;
  readonly mail: Email;
}

export interface TestMailServer {
  readonly port: number;
  /** Every accepted message. */
  readonly received: readonly Received[];
  /** Users of every sign-in, in order. */
  readonly signIns: readonly string[];
  close(): Promise<void>;
}

export function smtpError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

/**
 * A real SMTP server on 127.0.0.1. It offers no STARTTLS and asks for no sign-in unless the options say otherwise.
 *
 * @param users names and passwords that may sign in; without them nobody can
 */
export async function startMailServer(
  options: SMTPServerOptions & { users?: Readonly<Record<string, string>> } = {},
): Promise<TestMailServer> {
  const received: Received[] = [];
  const signIns: string[] = [];
  const { users = {}, ...rest } = options;
  const server = new SMTPServer({
    key: TEST_KEY,
    cert: TEST_CERTIFICATE,
    disabledCommands: ['STARTTLS', ...(options.users === undefined ? ['AUTH'] : [])],
    authOptional: true,
    closeTimeout: 1,
    disableReverseLookup: true,
    onAuth({ username = '', password }, _session, done) {
      if (Object.hasOwn(users, username) && users[username] === password) {
        signIns.push(username);
        return done(null, { user: username });
      }
      done(smtpError(535, `5.7.8 Nobody here is ${username} with ${password}`));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const raw = Buffer.concat(chunks);
        received.push({
          from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          user: String(session.user ?? ''),
          secure: session.secure,
          raw: raw.toString('utf8'),
          mail: await PostalMime.parse(raw),
        });
        done(null, 'queued as 1');
      });
    },
    ...rest,
  });
  // Clients of these tests hang up in the middle on purpose.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    signIns,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
