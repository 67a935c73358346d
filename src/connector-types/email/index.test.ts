import { describe, expect, test } from 'vitest';
import { smtpError, startMailServer } from '../../egress/smtp.test-server.ts';
import email from './index.ts';
import { config as configSchema, secrets as secretsSchema } from './schema.ts';
import { cleanUps, contextOf, failedWith, send } from './test-run.ts';
import { testSettings } from './test-support.ts';

async function mailServer(options?: Parameters<typeof startMailServer>[0]) {
  const server = await startMailServer(options);
  cleanUps.push(server.close);
  const config = { from: 'Bob <bob@example.com>', host: 'localhost', port: server.port, hasAuth: false };
  return { ...server, config };
}

describe('through SMTP', () => {
  test('the message arrives, twice rendered, with the id of the execution', async () => {
    const server = await mailServer();
    const verdict = await send({
      config: server.config,
      params: { cc: ['', 'team: a@x.org, b@x.org;'], bcc: ['c@x.org'] },
    });
    expect(verdict).toMatchObject({
      outcome: 'delivered',
      data: {
        accepted: ['jim@x.org', 'a@x.org', 'b@x.org', 'c@x.org'],
        rejected: [],
        messageId: '<e-1@example.com>',
        envelope: { from: 'bob@example.com' },
      },
    });
    expect(verdict).toMatchObject({ warning: undefined, reference: { id: '<e-1@example.com>' } });
    const [got] = server.received;
    expect(got?.mail).toMatchObject({ messageId: '<e-1@example.com>', subject: 'Hello', from: { name: 'Bob' } });
    expect(got?.mail.text?.trim()).toBe('**Hi**');
    expect(got?.mail.html?.trim()).toBe('<p><strong>Hi</strong></p>');
    expect(got?.raw).not.toContain('c@x.org');
  });

  test('signs in only if the connector says so', async () => {
    const users = { bob: 'correct-horse' };
    const server = await mailServer({ users, allowInsecureAuth: true });
    const secrets = { user: 'bob', password: 'correct-horse' };
    await send({ config: server.config, secrets });
    await send({ config: { ...server.config, hasAuth: true }, secrets });
    expect(server.received.map(({ user }) => user)).toEqual(['', 'bob']);
  });

  test('a certificate that nobody signed matters where a password is sent, and not where none is', async () => {
    const users = { bob: 'correct-horse' };
    const server = await mailServer({ users, disabledCommands: [] });
    expect(await send({ config: server.config })).toMatchObject({ outcome: 'delivered' });
    expect(server.received[0]?.secure).toBe(true);

    const secrets = { user: 'bob', password: 'correct-horse' };
    const verdict = await send({ config: { ...server.config, hasAuth: true }, secrets });
    expect(verdict).toEqual(
      failedWith('egress_tls', { retry: false, serviceMessage: expect.stringMatching(/.certificate/) }),
    );
    expect(server.signIns).toEqual([]);
  });

  test('notifications may bring HTML and attachments', async () => {
    const server = await mailServer();
    const params = { messageHTML: '<i>own</i>', attachments: [{ filename: 'a.csv', content: 'a;b' }] };
    await send({ config: server.config, params, source: 'notification' });
    expect(server.received[0]?.mail.html?.trim()).toBe('<i>own</i>');
    expect(server.received[0]?.mail.attachments).toMatchObject([{ filename: 'a.csv', mimeType: 'text/csv' }]);
  });

  test('one refused recipient is a warning', async () => {
    const server = await mailServer({
      onRcptTo: ({ address }, _session, done) => done(address === 'no@x.org' ? smtpError(550, 'no such user') : null),
    });
    const verdict = await send({ config: server.config, params: { cc: ['no@x.org', 'yes@x.org'] } });
    expect(verdict).toMatchObject({
      outcome: 'delivered',
      data: { rejected: ['no@x.org'] },
      warning:
        '1 of 3 recipients were refused: no@x.org (550 no such user). The others have the message, so it is not repeated; send it to these alone.',
    });
  });

  test('a refusal for now of some is no reason to send it to all again', async () => {
    const server = await mailServer({
      onRcptTo: ({ address }, _session, done) => done(address === 'grey@x.org' ? smtpError(451, 'try later') : null),
    });
    expect(await send({ config: server.config, params: { cc: ['grey@x.org'] } })).toMatchObject({
      outcome: 'delivered',
      data: { accepted: ['jim@x.org'], rejected: ['grey@x.org'], rejectedErrors: [{ recipient: 'grey@x.org' }] },
      warning: expect.stringContaining('grey@x.org (451 try later)'),
    });
    expect(server.received.map(({ to }) => to)).toEqual([['jim@x.org']]);
  });

  test('plain text stands beside the HTML, and answers go where the action says', async () => {
    const server = await mailServer();
    await send({ config: server.config, params: { replyTo: ['Help <help@x.org>', 'desk@x.org'] } });
    const [got] = server.received;
    expect(got?.raw).toMatch(/^Content-Type: multipart\/alternative;/m);
    expect(got?.raw.indexOf('text/plain')).toBeLessThan(got?.raw.indexOf('text/html') ?? 0);
    expect(got?.mail.replyTo).toEqual([
      { name: 'Help', address: 'help@x.org' },
      { name: '', address: 'desk@x.org' },
    ]);
  });

  test('a message that the server does not take is not sent, and the reason names both sizes', async () => {
    const server = await mailServer({ size: 5_000 });
    const verdict = await send({ config: server.config, params: { message: 'x'.repeat(5_000) } });
    expect(verdict).toEqual(
      failedWith('params_invalid', {
        retry: false,
        serviceMessage: expect.stringMatching(
          /^The e-mail was not sent: it has 1\d{4} bytes, encoded for the way, and localhost:\d+ takes at most 5000\.$/,
        ),
      }),
    );
    expect(server.received).toEqual([]);
    expect(await send({ config: server.config })).toMatchObject({ outcome: 'delivered' });
  });

  test.each<[string, number, string, object]>([
    ['greylisting', 451, '4.7.1 try later', { code: 'target_unavailable', retry: true }],
    ['no such user', 550, '5.1.1 no such user', { code: 'target_rejected', retry: false }],
    ['sign-in needed', 530, '5.7.0 sign in first', { code: 'target_auth', retry: false }],
  ])('%s', async (_what, code, text, expected) => {
    const server = await mailServer({ onRcptTo: (_address, _session, done) => done(smtpError(code, text)) });
    expect(await send({ config: server.config })).toMatchObject({
      outcome: 'failed',
      message: 'error sending email',
      serviceMessage: expect.stringContaining(`${code} ${text}`),
      ...expected,
    });
  });

  test.each<[number, string, object, string]>([
    [535, '5.7.8 wrong password', { code: 'target_auth', retry: false }, 'Invalid login: 535 5.7.8 wrong password'],
    [454, '4.7.0 busy', { code: 'target_unavailable', retry: true }, 'Invalid login: 454 4.7.0 busy'],
    [
      550,
      '5.7.30 Basic authentication is not supported for Client Submission.',
      { code: 'target_auth', retry: false },
      'Invalid login: 550 5.7.30 Basic authentication is not supported for Client Submission. (Exchange Online no longer accepts user name and password for sending mail. Change the service of this connector to "exchange_server", which sends through Microsoft Graph with an app registration.)',
    ],
  ])('a refused sign-in: %i %s', async (code, text, expected, serviceMessage) => {
    const server = await mailServer({
      users: {},
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(smtpError(code, text)),
    });
    const verdict = await send({
      config: { ...server.config, hasAuth: true },
      secrets: { user: 'bob', password: 'x-secret' },
    });
    expect(verdict).toMatchObject({ outcome: 'failed', message: 'error sending email', serviceMessage, ...expected });
  });

  test('a server that is not there may be there later', async () => {
    const server = await mailServer();
    await server.close();
    const verdict = await send({ config: { ...server.config, host: '127.0.0.1' } });
    expect(verdict).toEqual(
      failedWith('egress_connection', { retry: true, serviceMessage: `connect ECONNREFUSED 127.0.0.1:${server.port}` }),
    );
  });

  test('what may not be sent is refused before anybody is called', async () => {
    const server = await mailServer();
    expect(await send({ config: server.config, params: { messageHTML: '<b>x</b>' } })).toEqual({
      outcome: 'failed',
      code: 'params_invalid',
      message: 'HTML email can only be sent via notifications',
      errorSource: 'user',
    });
    expect(await send({ config: server.config, params: { to: ['a@x.org\r\nBcc: b@x.org'] } })).toMatchObject({
      message: '[to/cc/bcc]: not valid emails: a@x.org\r\nBcc: b@x.org',
    });
    const refused = await send({ config: server.config, egress: { allowedHosts: ['x.org'] } });
    expect(refused).toEqual(failedWith('egress_host_not_allowed', { retry: false }));
    expect(server.received).toEqual([]);
  });

  test('the test signs in and sends nothing', async () => {
    const server = await mailServer({ users: { bob: 'correct-horse' }, allowInsecureAuth: true });
    const config = { ...server.config, hasAuth: true };
    const good = await contextOf({ config, secrets: { user: 'bob', password: 'correct-horse' } });
    expect(await email.test!(good)).toMatchObject({ outcome: 'delivered' });
    expect(server.signIns).toEqual(['bob']);
    const bad = await contextOf({ config, secrets: { user: 'bob', password: 'nope-nope' } });
    expect(await email.test!(bad)).toMatchObject({ outcome: 'failed', code: 'target_auth' });
    expect(server.received).toEqual([]);
  });
});

describe('which server', () => {
  const smtp = (config: object, secrets: object = { user: 'u', password: 'p' }, settings = testSettings()) =>
    email.smtp!({
      config: configSchema.parse({ from: 'a@x.org', ...config }),
      secrets: secretsSchema.parse(secrets),
      settings,
    });
  const auth = { user: 'u', pass: 'p' };

  test.each<[object, object | undefined]>([
    [
      { host: 'h', port: 465 },
      { host: 'h', port: 465, secure: true, auth },
    ],
    [{ host: 'h', port: 465, secure: false }, { secure: false }],
    [
      { host: 'h', port: 587 },
      { secure: false, verificationMode: undefined },
    ],
    [
      { host: 'h', port: 587, hasAuth: false },
      { auth: undefined, verificationMode: 'none' },
    ],
    [
      { host: 'h', port: 465, hasAuth: false },
      { auth: undefined, verificationMode: undefined },
    ],
    [
      { service: 'gmail', host: 'h', port: 1, secure: false },
      { host: 'smtp.gmail.com', port: 465, secure: true, auth },
    ],
    [{ service: 'Zoho' }, { host: 'smtp.zoho.com', authMethod: 'LOGIN' }],
    [
      { service: 'elastic_cloud', hasAuth: false },
      { host: 'dockerhost', port: 10025, secure: false, auth: undefined },
    ],
    [{ service: 'exchange_server' }, undefined],
    [{ service: '__json' }, undefined],
  ])('%j', (config, expected) => {
    if (expected === undefined) expect(smtp(config)).toBeUndefined();
    else expect(smtp(config)).toMatchObject(expected);
  });
});

test('the __json service sends nothing and answers the message', async () => {
  const config = { service: '__json', from: 'bob@example.com', hasAuth: false };
  expect(await send({ config })).toMatchObject({
    outcome: 'delivered',
    data: {
      envelope: { from: 'bob@example.com', to: ['jim@x.org'] },
      message: { text: '**Hi**', cc: null, headers: {} },
    },
  });
  expect(await email.test!(await contextOf({ config }))).toMatchObject({ outcome: 'delivered' });
});

test('the sample is a valid connector with a valid action', () => {
  const { config, secrets, params } = email.sample;
  expect(configSchema.parse(config).service).toBe('other');
  expect(secretsSchema.parse(secrets).user).toBe('alerts');
  expect(email.actions.run?.params.safeParse(params).success).toBe(true);
});
