import { createTransport } from 'nodemailer';
import { afterEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from './harness.ts';
import { type ReceivedMail, SMTP_USER, smtpServer } from './smtp.ts';

let simulator: Simulator | undefined;
afterEach(async () => {
  await simulator?.close();
});

type Mail = Parameters<ReturnType<typeof createTransport>['sendMail']>[0];

async function start(options: Parameters<typeof smtpServer>[0] = {}) {
  simulator = await startSimulator(smtpServer(options));
  const { hostname, port } = new URL(simulator.endpoints.smtp!);
  return {
    simulator,
    send: async (mail: Mail, auth?: { user: string; pass: string }) => {
      const transport = createTransport({
        host: hostname,
        port: Number(port),
        secure: false,
        auth,
        tls: { rejectUnauthorized: false },
      });
      return transport.sendMail({ from: 'me@x.org', to: 'you@x.org', subject: 's', text: 't', ...mail });
    },
    messages: async () => (await (await fetch(`${simulator!.url}/messages`)).json()) as ReceivedMail[],
  };
}

describe('smtp', () => {
  test('keeps a mail with its parts', async () => {
    const { send, messages, simulator: running } = await start();
    await send(
      {
        subject: 'Grüße',
        text: 'plain',
        html: '<b>rich</b>',
        bcc: 'hidden@x.org',
        attachments: [{ filename: 'a.txt', content: 'abc' }],
      },
      { user: SMTP_USER.user, pass: SMTP_USER.password },
    );
    expect(await messages()).toEqual([
      expect.objectContaining({
        envelope: { from: 'me@x.org', to: ['you@x.org', 'hidden@x.org'] },
        user: SMTP_USER.user,
        tls: false,
        subject: 'Grüße',
        text: 'plain\n',
        html: '<b>rich</b>\n',
        attachments: [{ filename: 'a.txt', content_type: 'text/plain', bytes: 3 }],
      }),
    ]);
    expect(running.requests).toEqual([
      expect.objectContaining({ method: 'SMTP', note: expect.stringContaining('Grüße') }),
    ]);
  });

  test('refuses addresses by their name, and a wrong password', async () => {
    const { send, messages } = await start();
    await expect(send({ to: 'reject@x.org' })).rejects.toThrow('550 5.1.1');
    await expect(send({ to: 'later@x.org' })).rejects.toThrow('451 4.7.1');
    await expect(send({}, { user: SMTP_USER.user, pass: 'wrong' })).rejects.toThrow('535');
    const partly = await send({ to: ['reject@x.org', 'you@x.org'] });
    expect([partly.accepted, partly.rejected]).toEqual([['you@x.org'], ['reject@x.org']]);
    expect(await messages()).toHaveLength(1);
  });

  test('can offer STARTTLS', async () => {
    const { send, messages } = await start({ startTls: true });
    await send({});
    expect(await messages()).toEqual([expect.objectContaining({ tls: true })]);
  });

  test('can insist on a sign-in', async () => {
    const { send } = await start({ requireAuth: true });
    await expect(send({})).rejects.toThrow('530');
    await expect(send({}, { user: SMTP_USER.user, pass: SMTP_USER.password })).resolves.toMatchObject({
      accepted: ['you@x.org'],
    });
  });
});
