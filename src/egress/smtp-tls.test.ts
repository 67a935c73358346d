import type { SMTPServerOptions } from 'smtp-server';
import { describe, expect, test } from 'vitest';
import type { EgressOptions } from './index.ts';
import { client, mailServer, message, problem, trusting } from './smtp.test-kit.ts';
import { SmtpReplyError, type SmtpServer } from './types.ts';

describe('TLS', () => {
  const withStartTls: SMTPServerOptions = { disabledCommands: ['AUTH'] };

  test('STARTTLS is used when it is offered', async () => {
    const server = await mailServer(withStartTls);
    await client({ port: server.port }, trusting(server.port)).send(message);
    expect(server.received[0]?.secure).toBe(true);
  });

  test('TLS from the first byte', async () => {
    const server = await mailServer({ secure: true });
    await client({ port: server.port, secure: true }, trusting(server.port)).send(message);
    expect(server.received[0]?.secure).toBe(true);
  });

  test.each([
    ['STARTTLS', withStartTls],
    ['TLS from the first byte', { secure: true }],
  ])('%s: a certificate that nobody signed is refused', async (_how, options) => {
    const server = await mailServer(options);
    const smtp = client({ port: server.port, secure: options.secure ?? false });
    const error = await problem(smtp.send(message));
    expect(error).toMatchObject({ name: 'EgressError', code: 'egress_tls', systemCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect((error as Error).message).toMatch(/.certificate/);
    expect(server.received).toEqual([]);
    expect(smtp.records).toEqual([expect.objectContaining({ method: 'SMTP', error: (error as Error).message })]);
  });

  test('the name in the certificate counts, unless only the chain is to be checked', async () => {
    const server = await mailServer(withStartTls);
    const byAddress = { host: '127.0.0.1', port: server.port };
    const error = await problem(client(byAddress, trusting(server.port)).send(message));
    expect(error).toMatchObject({ code: 'egress_tls', systemCode: 'ERR_TLS_CERT_ALTNAME_INVALID' });

    const chainOnly = { ...trusting(server.port), ssl: { verificationMode: 'certificate' as const } };
    await client(byAddress, chainOnly).send(message);
    expect(server.received).toHaveLength(1);
  });

  test.each<[string, Partial<SmtpServer>, EgressOptions]>([
    ['by the server of the connector', { verificationMode: 'none' }, {}],
    ['by the settings', {}, { ssl: { verificationMode: 'none' } }],
  ])('checks can be switched off %s', async (_who, server, options) => {
    const { port, received } = await mailServer(withStartTls);
    await client({ port, ...server }, options).send(message);
    expect(received[0]?.secure).toBe(true);
  });

  test('an entry for the host that brings a CA wins over a connector that checks nothing', async () => {
    const server = await mailServer(withStartTls);
    const lax = { host: '127.0.0.1', port: server.port, verificationMode: 'none' as const };
    const error = await problem(client(lax, trusting(server.port)).send(message));
    expect(error).toMatchObject({ code: 'egress_tls' });
  });

  test('ignoreTLS stays in the clear, requireTLS does not', async () => {
    const entry = (port: number, smtp: { ignoreTLS?: boolean; requireTLS?: boolean }): EgressOptions => ({
      ssl: { verificationMode: 'none' },
      customHostSettings: [{ url: `smtp://localhost:${port}`, smtp }],
    });
    const able = await mailServer(withStartTls);
    await client({ port: able.port }, entry(able.port, { ignoreTLS: true })).send(message);
    await client({ port: able.port, ignoreTls: true }).send(message);
    expect(able.received.map(({ secure }) => secure)).toEqual([false, false]);

    const unable = await mailServer();
    for (const smtp of [
      client({ port: unable.port }, entry(unable.port, { requireTLS: true })),
      client({ port: unable.port, requireTls: true }),
    ]) {
      expect(await problem(smtp.send(message))).toMatchObject({ code: 'egress_tls' });
    }
    expect(unable.received).toEqual([]);
  });

  test('TLS to a server that speaks none is an error that says so', async () => {
    const server = await mailServer();
    const error = await problem(client({ port: server.port, secure: true }).send(message));
    expect(error).toMatchObject({ code: 'egress_tls', message: expect.stringContaining(`localhost:${server.port}`) });
  });
});

describe('signing in', () => {
  const users = { alerts: 'correct-horse' };
  const auth = { user: 'alerts', pass: 'correct-horse' };

  test.each(['PLAIN', 'LOGIN', 'CRAM-MD5'])('with %s, whatever the server offers first', async (method) => {
    const onAuth: SMTPServerOptions['onAuth'] = (attempt, _session, done) => {
      const isRight =
        attempt.method === 'CRAM-MD5' ? attempt.validatePassword(auth.pass) : attempt.password === auth.pass;
      done(null, isRight ? { user: attempt.username } : {});
    };
    const server = await mailServer({ users, authMethods: [method], allowInsecureAuth: true, onAuth });
    await client({ port: server.port, auth }).send(message);
    expect(server.received[0]?.user).toBe('alerts');
  });

  test('the method that a service insists on is used', async () => {
    const methods: string[] = [];
    const server = await mailServer({
      users,
      allowInsecureAuth: true,
      onAuth(attempt, _session, done) {
        methods.push(attempt.method);
        done(null, { user: attempt.username });
      },
    });
    await client({ port: server.port, auth, authMethod: 'LOGIN' }).send(message);
    await client({ port: server.port, auth }).send(message);
    expect(methods).toEqual(['LOGIN', 'PLAIN']);
  });

  test('a wrong password is the refusal of the server, in which it does not appear', async () => {
    const server = await mailServer({ users, allowInsecureAuth: true });
    const smtp = client({ port: server.port, auth: { user: 'alerts', pass: 'wrong-battery' } });
    const error = await problem(smtp.send(message));
    expect(error).toBeInstanceOf(SmtpReplyError);
    expect(error).toMatchObject({ replyCode: 535, enhancedCode: '5.7.8', isAuth: true });
    expect((error as Error).message).toBe('Invalid login: 535 5.7.8 Nobody here is alerts with [redacted]');
    expect(JSON.stringify(smtp.records)).not.toContain('wrong-battery');
    expect(smtp.records).toMatchObject([{ status: 535 }]);
  });

  test('verify signs in and sends nothing', async () => {
    const server = await mailServer({ users, allowInsecureAuth: true });
    const smtp = client({ port: server.port, auth });
    await smtp.verify();
    expect(server.signIns).toEqual(['alerts']);
    expect(server.received).toEqual([]);
    expect(smtp.records).toMatchObject([{ method: 'SMTP', url: `smtp://localhost:${server.port}` }]);

    const wrong = client({ port: server.port, auth: { ...auth, pass: 'nope' } });
    expect(await problem(wrong.verify())).toMatchObject({ name: 'SmtpReplyError', isAuth: true });
  });
});
