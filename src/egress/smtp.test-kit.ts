import net, { type AddressInfo } from 'node:net';
import { afterEach, expect } from 'vitest';
import { createEgress, createRecorder, createRedactor, type EgressOptions } from './index.ts';
import { startMailServer, TEST_CERTIFICATE } from './smtp.test-server.ts';
import type { MailMessage, SmtpClient, SmtpServer } from './types.ts';

/** Run after each test, last first. */
export const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** {@link startMailServer}, stopped after the test. */
export async function mailServer(options?: Parameters<typeof startMailServer>[0]) {
  const server = await startMailServer(options);
  cleanUps.push(server.close);
  return server;
}

/** A server that is not quite an SMTP server. */
export async function tcpServer(onConnection: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** The SMTP client of a real egress, with its records. */
export function client(
  server: Partial<SmtpServer> & { port: number },
  options: EgressOptions = {},
  scope: { signal?: AbortSignal } = {},
): SmtpClient & { records: ReturnType<typeof createRecorder>['records'] } {
  const egress = createEgress(options);
  cleanUps.push(egress.close);
  const recorder = createRecorder({ redact: createRedactor([]) });
  const smtp = egress.smtp({ host: 'localhost', secure: false, ...server }, { recorder, ...scope });
  return {
    ...smtp,
    get records() {
      return recorder.records;
    },
  };
}

export const message: MailMessage = {
  from: 'Patchbay <alerts@example.com>',
  to: ['Jim <jim@example.org>'],
  cc: ['ops@example.org'],
  bcc: ['hidden@example.org'],
  replyTo: ['help@example.org'],
  subject: 'Grüße 📚',
  text: 'plain text',
  html: '<p>html</p>',
  messageId: '<42@example.com>',
};

/** Settings that trust the certificate of the test server, by name and by address. */
export const trusting = (port: number): EgressOptions => ({
  customHostSettings: [
    { url: `smtp://localhost:${port}`, ssl: { certificateAuthoritiesData: TEST_CERTIFICATE } },
    { url: `smtp://127.0.0.1:${port}`, ssl: { certificateAuthoritiesData: TEST_CERTIFICATE } },
  ],
});

/** What a promise is rejected with. */
export async function problem(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => expect.fail(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
}
