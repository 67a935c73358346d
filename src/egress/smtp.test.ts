import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';
import { describe, expect, test } from 'vitest';
import type { EgressOptions } from './index.ts';
import { cleanUps, client, mailServer, message, problem, tcpServer } from './smtp.test-kit.ts';
import { smtpError } from './smtp.test-server.ts';
import { MAX_MESSAGE_BYTES } from './smtp.ts';
import type { MailMessage } from './types.ts';

describe('a message', () => {
  test('arrives as it was given', async () => {
    const server = await mailServer();
    const result = await client({ port: server.port }).send({
      ...message,
      attachments: [
        { filename: 'räport.csv', content: 'a;b', contentType: 'text/csv' },
        { filename: 'pixel.gif', content: 'R0lGODlhAQABAAAAACw=', contentType: 'image/gif', encoding: 'base64' },
      ],
    });

    const [got] = server.received;
    expect(got).toMatchObject({
      from: 'alerts@example.com',
      to: ['jim@example.org', 'ops@example.org', 'hidden@example.org'],
      user: '',
      secure: false,
      mail: {
        from: { name: 'Patchbay', address: 'alerts@example.com' },
        to: [{ name: 'Jim', address: 'jim@example.org' }],
        cc: [{ name: '', address: 'ops@example.org' }],
        replyTo: [{ name: '', address: 'help@example.org' }],
        subject: 'Grüße 📚',
        messageId: '<42@example.com>',
      },
    });
    expect(got?.raw).not.toMatch(/hidden@|X-Mailer/i);
    expect(got?.raw).toMatch(/^Content-Type: multipart\/mixed;/m);
    expect(got?.raw).toMatch(/^Content-Type: multipart\/alternative;/m);
    expect(got?.mail.text?.trim()).toBe('plain text');
    expect(got?.mail.html?.trim()).toBe('<p>html</p>');
    const attached = got?.mail.attachments.map(({ filename, mimeType, content }) => [
      filename,
      mimeType,
      Buffer.from(content as ArrayBuffer).toString('base64'),
    ]);
    expect(attached).toEqual([
      ['räport.csv', 'text/csv', Buffer.from('a;b').toString('base64')],
      ['pixel.gif', 'image/gif', 'R0lGODlhAQABAAAAACw='],
    ]);
    expect(result).toMatchObject({
      accepted: ['jim@example.org', 'ops@example.org', 'hidden@example.org'],
      rejected: [],
      response: '250 queued as 1',
      envelope: { from: 'alerts@example.com', to: ['jim@example.org', 'ops@example.org', 'hidden@example.org'] },
      messageId: '<42@example.com>',
    });
    expect(Object.keys(result).sort()).toEqual([
      'accepted',
      'ehlo',
      'envelope',
      'envelopeTime',
      'messageId',
      'messageSize',
      'messageTime',
      'rejected',
      'response',
    ]);
  });

  test('leaves one record, without the hidden recipients', async () => {
    const server = await mailServer();
    const smtp = client({ port: server.port });
    await smtp.send(message);
    expect(smtp.records).toEqual([
      {
        method: 'SMTP',
        url: `smtp://localhost:${server.port}`,
        headers: {
          From: 'Patchbay <alerts@example.com>',
          To: 'Jim <jim@example.org>',
          Cc: 'ops@example.org',
          Bcc: '1 hidden',
          Subject: 'Grüße 📚',
          'Message-ID': '<42@example.com>',
        },
        body: 'plain text',
        status: 250,
        response_body: '250 queued as 1',
        duration_ms: expect.any(Number),
      },
    ]);
  });

  test.each<[string, Partial<MailMessage>]>([
    ['subject', { subject: 'Hello\r\nBcc: evil@example.org' }],
    ['subject with a bare line feed', { subject: 'Hello\nBcc: evil@example.org' }],
    ['recipient', { to: ['jim@example.org\r\nRCPT TO:<evil@example.org>'] }],
    ['display name', { cc: ['"Jim\r\nBcc: evil@example.org" <jim@example.org>'] }],
    ['sender', { from: 'alerts@example.com\r\nBcc: evil@example.org' }],
    ['reply address', { replyTo: ['a@example.org\0'] }],
    ['message id', { messageId: '<1@x>\r\nBcc: evil@example.org' }],
    ['attachment name', { attachments: [{ filename: 'a\r\nBcc: evil@example.org', content: '' }] }],
    ['attachment type', { attachments: [{ filename: 'a', content: '', contentType: 'a/b\r\nX: y' }] }],
  ])('with a line break in the %s is not sent', async (_what, change) => {
    const server = await mailServer();
    const error = await problem(client({ port: server.port }).send({ ...message, ...change }));
    expect(error).toMatchObject({ name: 'EgressError', code: 'egress_header_invalid' });
    expect(server.received).toEqual([]);
  });

  test('cannot name a file or a URL as its content', async () => {
    const server = await mailServer();
    const attachment = { filename: 'a.txt', content: 'harmless', path: '/etc/passwd', href: 'http://127.0.0.1/' };
    await client({ port: server.port }).send({ ...message, attachments: [attachment] });
    const [received] = server.received;
    expect(Buffer.from(received?.mail.attachments[0]?.content as ArrayBuffer).toString()).toBe('harmless');

    const text = { path: '/etc/passwd' } as unknown as string;
    await expect(client({ port: server.port }).send({ ...message, text })).rejects.toThrow();
    expect(server.received).toHaveLength(1);
  });

  test('its size is told to the server, and one beyond the server’s limit is not sent', async () => {
    const sizes: unknown[] = [];
    const server = await mailServer({
      size: 20_000,
      onMailFrom({ args }, _session, done) {
        sizes.push(args === false ? undefined : args.SIZE);
        done();
      },
    });
    const attachments = [{ filename: 'a.bin', content: 'x'.repeat(13_000) }];
    await client({ port: server.port }).send({ ...message, attachments });
    expect(sizes).toEqual([String(Buffer.byteLength(server.received[0]!.raw))]);

    const larger = [{ filename: 'a.bin', content: 'x'.repeat(15_000) }];
    const error = await problem(client({ port: server.port }).send({ ...message, attachments: larger }));
    expect(error).toMatchObject({
      name: 'EgressError',
      code: 'params_invalid',
      message: expect.stringMatching(
        /^The e-mail was not sent: it has 2\d{4} bytes, encoded for the way, and localhost:\d+ takes at most 20000\.$/,
      ),
    });
    expect(server.received).toHaveLength(1);
    expect(sizes).toHaveLength(1);
  });

  test('of more than the bound is not sent', async () => {
    const error = await problem(client({ port: 1 }).send({ ...message, text: 'x'.repeat(MAX_MESSAGE_BYTES) }));
    expect(error).toMatchObject({
      code: 'params_invalid',
      message: expect.stringContaining(`at most ${MAX_MESSAGE_BYTES}`),
    });
  });
});

describe('refusals', () => {
  const to = ['a@example.org', 'b@example.org', 'c@example.org'];
  const refusing = (refuse: (address: string) => Error | null): SMTPServerOptions => ({
    onRcptTo: ({ address }, _session, done) => done(refuse(address)),
  });

  test('of one recipient: the others get the message', async () => {
    const server = await mailServer(
      refusing((address) => (address.startsWith('b@') ? smtpError(550, 'no such user') : null)),
    );
    const result = await client({ port: server.port }).send({ ...message, to, cc: [], bcc: [] });
    expect(result).toMatchObject({
      accepted: ['a@example.org', 'c@example.org'],
      rejected: ['b@example.org'],
      rejectedErrors: [{ recipient: 'b@example.org', message: '550 no such user' }],
    });
    expect(server.received[0]?.to).toEqual(['a@example.org', 'c@example.org']);
  });

  test('of every recipient', async () => {
    const server = await mailServer(refusing(() => smtpError(550, 'no such user')));
    const error = await problem(client({ port: server.port }).send({ ...message, to }));
    expect(error).toMatchObject({ name: 'SmtpReplyError', replyCode: 550, isAuth: false });
    expect((error as Error).message).toContain('all recipients were rejected: 550 no such user');
  });

  test('for now (greylisting) wins over refusals for ever, because a repetition may help', async () => {
    const server = await mailServer(
      refusing((address) => (address.startsWith('a@') ? smtpError(451, '4.7.1 try later') : smtpError(550, 'no'))),
    );
    const error = await problem(client({ port: server.port }).send({ ...message, to, cc: [], bcc: [] }));
    expect(error).toMatchObject({ name: 'SmtpReplyError', replyCode: 451, enhancedCode: '4.7.1' });
  });

  test('of the message itself', async () => {
    const server = await mailServer({
      onData(stream, _session, done) {
        stream.resume();
        stream.on('end', () => done(smtpError(554, '5.7.1 looks like spam')));
      },
    });
    const error = await problem(client({ port: server.port }).send(message));
    expect(error).toMatchObject({ name: 'SmtpReplyError', replyCode: 554, enhancedCode: '5.7.1' });
  });

  test('by greeting', async () => {
    const port = await tcpServer((socket) => socket.end('554 go away\r\n'));
    expect(await problem(client({ port }).send(message))).toMatchObject({ name: 'SmtpReplyError', replyCode: 554 });
  });
});

describe('no answer', () => {
  test('nobody listens', async () => {
    const port = await tcpServer(() => undefined);
    await cleanUps.pop()?.();
    const error = await problem(client({ port, host: '127.0.0.1' }).send(message));
    expect(error).toMatchObject({ code: 'egress_connection', systemCode: 'ECONNREFUSED' });
  });

  test('a greeting that never comes ends with the time limit of the settings', async () => {
    const port = await tcpServer(() => undefined);
    const smtp = client({ port }, { responseTimeout: 150 });
    const error = await problem(smtp.send(message));
    expect(error).toMatchObject({
      code: 'egress_timeout',
      message: expect.stringContaining('xpack.actions.responseTimeout'),
    });
    expect(smtp.records).toMatchObject([{ error: (error as Error).message }]);
  });

  test('a server that is always about to answer does not hold the run for ever', async () => {
    const port = await tcpServer((socket) => {
      socket.write('220 hello\r\n');
      const timer = setInterval(() => socket.write('250-x\r\n'), 10);
      socket.on('close', () => clearInterval(timer));
    });
    const error = await problem(client({ port }, { responseTimeout: 300 }).send(message));
    expect(error).toMatchObject({ code: 'egress_timeout', message: expect.stringContaining('timeout of 3000ms') });
  });

  test('the connection drops in the middle of the message', async () => {
    const port = await tcpServer((socket) => {
      socket.write('220 hello\r\n');
      socket.on('data', (chunk) => {
        const text = chunk.toString();
        if (text.startsWith('DATA')) socket.write('354 go on\r\n');
        else if (text.startsWith('From:') || text.includes('MIME-Version')) socket.destroy();
        else socket.write('250 ok\r\n');
      });
    });
    const error = await problem(client({ port }).send(message));
    expect(error).toMatchObject({ code: 'egress_connection' });
  });

  test('an endless reply is cut off', async () => {
    const port = await tcpServer((socket) => void socket.write(`220 ${'x'.repeat(200_000)}`));
    expect(await problem(client({ port }).send(message))).toMatchObject({ code: 'target_response_invalid' });
  });

  test('cancelling ends it at once', async () => {
    const controller = new AbortController();
    const port = await tcpServer(() => controller.abort());
    const error = await problem(client({ port }, {}, { signal: controller.signal }).send(message));
    expect(error).toMatchObject({ name: 'EgressError', code: 'cancelled' });
    const again = await problem(client({ port }, {}, { signal: controller.signal }).verify());
    expect(again).toMatchObject({ code: 'cancelled' });
  });
});

describe('the way out', () => {
  test('a host that is not allowed is not called', async () => {
    const server = await mailServer();
    const smtp = client({ port: server.port }, { allowedHosts: ['mail.example.com'] });
    const error = await problem(smtp.send(message));
    expect(error).toMatchObject({
      code: 'egress_host_not_allowed',
      message: 'target hostname "localhost" is not added to the Kibana config xpack.actions.allowedHosts',
    });
    expect(smtp.records).toMatchObject([{ error: (error as Error).message }]);
    expect(await problem(smtp.verify())).toMatchObject({ code: 'egress_host_not_allowed' });
    expect(server.received).toEqual([]);
  });

  test('an allowed name that leads to the metadata service is not followed', async () => {
    const lookup: EgressOptions['lookup'] = (_name, _options, done) =>
      done(null, [{ address: '169.254.169.254', family: 4 }]);
    const error = await problem(client({ host: 'mail.example.com', port: 25 }, { lookup }).send(message));
    expect(error).toMatchObject({ name: 'EgressError', code: 'egress_address_refused' });
  });

  test('the address that was checked is the one that is dialled: the name is resolved once', async () => {
    const server = await mailServer();
    let lookups = 0;
    const lookup: EgressOptions['lookup'] = (_name, _options, done) => {
      lookups += 1;
      done(null, [{ address: lookups === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }]);
    };
    await client({ host: 'mail.example.com', port: server.port }, { lookup }).send(message);
    expect(lookups).toBe(1);
    expect(server.received).toHaveLength(1);
  });

  test('goes through the proxy with CONNECT where the rules say so', async () => {
    const server = await mailServer();
    const tunnels: { target?: string; header?: string }[] = [];
    const proxy = http.createServer();
    proxy.on('connect', (request, socket) => {
      tunnels.push({ target: request.url, header: request.headers['x-proxy-key'] as string });
      const target = net.connect(server.port, '127.0.0.1', () =>
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n'),
      );
      socket.on('error', () => target.destroy());
      target.on('error', () => socket.destroy());
      target.pipe(socket).pipe(target);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const options = { proxyUrl, proxyHeaders: { 'X-Proxy-Key': 'k' } };

    await client({ host: 'mail.internal.example', port: 2525 }, options).send(message);
    expect(tunnels).toEqual([{ target: 'mail.internal.example:2525', header: 'k' }]);
    expect(server.received).toHaveLength(1);

    await client({ port: server.port }, { ...options, proxyBypassHosts: ['localhost'] }).send(message);
    expect(tunnels).toHaveLength(1);
    expect(server.received).toHaveLength(2);
  });
});
