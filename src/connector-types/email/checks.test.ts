import { describe, expect, test } from 'vitest';
import type { ConnectorType, TypeSettings } from '../../connectors/define.ts';
import { validateConfig, validateConnector, validateParams, validateSecrets } from '../../connectors/validate.ts';
import { createEgress } from '../../egress/index.ts';
import { checkParams, checkRun } from './checks.ts';
import email from './index.ts';
import { params } from './schema.ts';
import { testContext, testSettings } from './test-support.ts';

const type = email as unknown as ConnectorType;
const settingsWith = (part: Partial<TypeSettings['actions']['email']>) =>
  testSettings({ email: { servicesEnabled: ['*'], ...part } });

function configText(value: unknown, settings = testSettings(), allowedHosts = ['*']): string | undefined {
  const egress = createEgress({ allowedHosts });
  try {
    validateConfig(type, value, { settings, egress });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const other = { from: 'a@x.org', host: 'mail.x.org', port: 25 };
const CONFIG = 'error validating connector type config: ';

describe('config', () => {
  test('comes out with exactly nine keys, null where nothing was given', () => {
    const context = { settings: testSettings(), egress: createEgress() };
    expect(validateConfig(type, { ...other, port: '2525' }, context)).toEqual({
      service: 'other',
      from: 'a@x.org',
      host: 'mail.x.org',
      port: 2525,
      secure: null,
      hasAuth: true,
      tenantId: null,
      clientId: null,
      oauthTokenUrl: null,
    });
    expect(validateConfig(type, { service: 'hotmail', from: 'a@x.org' }, context)).toMatchObject({
      service: 'hotmail',
    });
  });

  test.each<[unknown, string]>([
    [{}, 'Field "from": Required'],
    [{ ...other, port: 0 }, 'Field "port": Number must be greater than or equal to 1'],
    [{ ...other, port: 65536 }, 'Field "port": Number must be less than or equal to 65535'],
    [{ ...other, port: '25x' }, 'Field "port": Expected number, received string'],
    [{ ...other, x: 1 }, "Unrecognized key(s) in object: 'x'"],
    [{ ...other, from: 'nobody' }, '[from]: not valid emails: nobody'],
    [{ ...other, from: 'nobody:;' }, '[from]: not valid emails: nobody:;'],
    [{ ...other, from: '{{sender}}' }, '[from]: not valid emails: {{sender}}'],
    [{ service: 'exchange_server', from: 'a@x.org' }, '[clientId]/[tenantId] is required'],
    [{ service: 'exchange_server', from: 'a@x.org', tenantId: 't' }, '[clientId] is required'],
    [{ service: 'exchange_server', from: 'a@x.org', clientId: 'c' }, '[tenantId] is required'],
    [{ from: 'a@x.org' }, '[host]/[port] is required'],
    [{ from: 'a@x.org', port: 25 }, '[host] is required'],
    [{ from: 'a@x.org', host: 'mail.x.org' }, '[port] is required'],
    [{ service: 'nobody-knows', from: 'a@x.org' }, "[service] value 'nobody-knows' is not valid"],
    [{ service: 'Maildev', from: 'a@x.org' }, "[service] value 'Maildev' is not valid"],
  ])('%j: %s', (value, expected) => {
    expect(configText(value)).toBe(CONFIG + expected);
  });

  test.each<[unknown, string]>([
    [other, "[host] value 'mail.x.org' is not in the allowedHosts configuration"],
    [
      { service: 'gmail', from: 'a@x.org' },
      "[service] value 'gmail' resolves to host 'smtp.gmail.com' which is not in the allowedHosts configuration",
    ],
    [
      { service: 'elastic_cloud', from: 'a@x.org' },
      "[service] value 'elastic_cloud' resolves to host 'dockerhost' which is not in the allowedHosts configuration",
    ],
    [
      { service: 'exchange_server', from: 'a@x.org', oauthTokenUrl: 'https://login.x.org/token' },
      "[oauthTokenUrl]: host name value for 'https://login.x.org/token' is not in the allowedHosts configuration",
    ],
  ])('outside allowedHosts: %j', (value, expected) => {
    expect(configText(value, testSettings(), ['example.com'])).toBe(CONFIG + expected);
  });

  test('a host that is not needed is not checked', () => {
    expect(
      configText({ service: 'gmail', from: 'a@x.org', host: 'mail.x.org' }, testSettings(), ['smtp.gmail.com']),
    ).toBeUndefined();
    expect(configText({ service: '__json', from: 'a@x.org' }, testSettings(), [])).toBeUndefined();
  });

  test('a service that is not enabled comes before every other problem', () => {
    const settings = settingsWith({ servicesEnabled: ['google-mail', 'amazon-ses'] });
    const expected = '[service]: "other" is not in the list of enabled email services: google-mail,amazon-ses';
    expect(configText({ from: 'nobody' }, settings)).toBe(CONFIG + expected);
    expect(configText({ service: 'SendGrid', from: 'a@x.org' }, settings)).toBeUndefined();
  });

  test('the sender must be in the domain allowlist and need not be in the one of recipients', () => {
    expect(configText(other, settingsWith({ domainAllowlist: ['y.org'] }))).toBe(
      `${CONFIG}[from]: not allowed emails: a@x.org`,
    );
    expect(configText(other, settingsWith({ recipientAllowlist: ['*@y.org'] }))).toBeUndefined();
  });

  test.each<[object, string | undefined]>([
    [
      { host: 'h', port: 1, secure: true },
      '[ses.host]/[ses.port] does not match with the configured AWS SES host/port combination',
    ],
    [{ host: 'h', port: 465, secure: true }, '[ses.host] does not match with the configured AWS SES host'],
    [{ host: 'ses.x.org', port: 1, secure: true }, '[ses.port] does not match with the configured AWS SES port'],
    [{ host: 'ses.x.org', port: 465, secure: false }, '[ses.secure] must be true for AWS SES'],
    [{ host: 'ses.x.org', port: 465, secure: true }, undefined],
    [{}, undefined],
  ])('ses with a server in the settings: %j', (value, expected) => {
    const settings = settingsWith({ ses: { host: 'ses.x.org', port: 465 } });
    const text = configText({ service: 'ses', from: 'a@x.org', ...value }, settings);
    expect(text).toBe(expected === undefined ? undefined : CONFIG + expected);
    expect(configText({ service: 'ses', from: 'a@x.org', ...value })).toBeUndefined();
  });
});

describe('config and secrets together', () => {
  const context = { settings: testSettings(), egress: createEgress() };
  const text = (value: object, secrets: object) => {
    try {
      const config = validateConfig(type, value, context);
      validateConnector(type, { config, secrets: validateSecrets(type, secrets, context), settings: context.settings });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const exchange = { service: 'exchange_server', from: 'a@x.org', clientId: 'c', tenantId: 't' };

  test.each<[object, object, string | undefined]>([
    [other, {}, '[user] is required'],
    [other, { password: 'p' }, '[user] is required'],
    [other, { user: 'u' }, '[password] is required'],
    [other, { user: 'u', password: 'p' }, undefined],
    [{ ...other, hasAuth: false }, {}, undefined],
    [{ service: '__json', from: 'a@x.org' }, {}, '[user] is required'],
    [exchange, { user: 'u', password: 'p' }, '[clientSecret] is required'],
    [exchange, { clientSecret: 's' }, undefined],
  ])('%j with %j', (value, secrets, expected) => {
    expect(text(value, secrets)).toBe(expected && `error validating action type connector: ${expected}`);
  });
});

describe('params', () => {
  const PARAMS = 'error validating action params: ';
  const text = (value: unknown) => {
    try {
      validateParams(type, value, { settings: testSettings(), egress: createEgress() });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const good = { to: ['a@x.org'], subject: 's', message: 'm' };

  test('get their defaults', () => {
    expect(params.parse(good)).toEqual({
      ...good,
      cc: [],
      bcc: [],
      messageHTML: null,
      kibanaFooterLink: { path: '/', text: 'Go to Elastic' },
    });
  });

  test.each<[unknown, string]>([
    [{ ...good, subject: undefined }, 'Field "subject": Required'],
    [{ ...good, message: undefined }, 'Field "message": Required'],
    [{ ...good, to: 'a@x.org' }, 'Field "to": Expected array, received string'],
    [{ ...good, x: 1 }, "Unrecognized key(s) in object: 'x'"],
    [
      { ...good, attachments: [{ filename: 'f', content: 'c', path: '/etc/passwd' }] },
      'Field "attachments.0": Unrecognized key(s) in object: \'path\'',
    ],
    [
      { ...good, attachments: [{ filename: 'f', content: 'c', encoding: 'rot13' }] },
      'Field "attachments.0.encoding": Must be an encoding such as base64, hex or utf8',
    ],
  ])('%j: %s', (value, expected) => {
    expect(text(value)).toBe(PARAMS + expected);
  });

  test.each<[object, string]>([
    [{ to: Array(101).fill('a@x.org') }, 'Field "to": Invalid email addresses: [To] has more than 100 entries'],
    [
      { replyTo: Array(11).fill('a@x.org') },
      'Field "replyTo": Invalid email addresses: [Reply to] has more than 10 entries',
    ],
    [
      { cc: ['a'.repeat(513)] },
      'Field "cc.0": Invalid email addresses: an entry of [Cc] is longer than 512 characters',
    ],
  ])('over the limits', (value, expected) => {
    expect(text({ ...good, ...value })).toBe(PARAMS + expected);
    const within = {
      to: Array(100).fill('a@x.org'),
      replyTo: Array(10).fill('a@x.org'),
      cc: [`${'a'.repeat(502)} <a@x.org>`],
    };
    expect(text({ ...good, ...within })).toBeUndefined();
  });

  const problem = (value: object, settings = testSettings()) =>
    checkParams(params.parse({ ...good, ...value }), { settings });

  test.each<[object, string | undefined]>([
    [{ to: [] }, 'At least one entry in [to], [cc], or [bcc] is required'],
    [{ to: ['', '  '], replyTo: ['a@x.org'] }, 'At least one entry in [to], [cc], or [bcc] is required'],
    [{ to: ['nobody:;'] }, 'At least one entry in [to], [cc], or [bcc] is required'],
    [{ to: [], cc: ['a@x.org'] }, undefined],
    [{ to: [], bcc: ['a@x.org'] }, undefined],
    [{ to: ['', 'a@x.org', '  '] }, undefined],
    [{ to: ['one'], cc: ['two'], bcc: ['three'] }, '[to/cc/bcc]: not valid emails: one, two, three'],
    [{ replyTo: ['four'] }, '[to/cc/bcc/replyTo]: not valid emails: four'],
    [{ to: ['{{who}}'] }, undefined],
  ])('%j: %s', (value, expected) => {
    expect(problem(value)).toBe(expected);
  });

  test('allow-lists hold for everybody who gets the message or an answer', () => {
    const value = { to: ['a@x.org', 'b@y.org'], cc: ['nobody'], replyTo: ['c@y.org'] };
    const expected = '[to/cc/bcc/replyTo]: not valid emails: nobody; not allowed emails: b@y.org, c@y.org';
    expect(problem(value, settingsWith({ domainAllowlist: ['x.org'] }))).toBe(expected);
    expect(problem(value, settingsWith({ recipientAllowlist: ['*@x.org'] }))).toBe(expected);
  });
});

describe('just before sending', () => {
  const context = (given: Partial<Parameters<typeof testContext>[0]> & { more?: object }) =>
    testContext({
      config: other,
      params: { to: ['a@x.org'], subject: 's', message: 'm', ...given.more },
      ...given,
    });
  const html = { messageHTML: '<b>m</b>' };
  const attachments = [{ filename: 'f', content: 'c' }];

  test.each<[string, object, string | undefined]>([
    ['recipients come first', { to: [], ...html }, 'At least one entry in [to], [cc], or [bcc] is required'],
    ['templates are no longer accepted', { to: ['{{who}}'], ...html }, '[to/cc/bcc]: not valid emails: {{who}}'],
    ['HTML', { ...html, attachments }, 'HTML email can only be sent via notifications'],
    ['empty HTML', { messageHTML: '' }, 'HTML email can only be sent via notifications'],
    ['attachments', { attachments }, 'Email attachments can only be sent via notifications'],
    ['nothing special', {}, undefined],
  ])('%s', (_what, more, expected) => {
    expect(checkRun(context({ more }))).toBe(expected);
  });

  test('notifications may carry both', () => {
    expect(checkRun(context({ more: { ...html, attachments }, source: 'notification' }))).toBeUndefined();
  });

  test('the sender is checked again, after the recipients', () => {
    const settings = settingsWith({ domainAllowlist: ['y.org'] });
    expect(checkRun(context({ settings, more: { to: ['a@y.org'], ...html } }))).toBe(
      '[from]: not allowed emails: a@x.org',
    );
    expect(checkRun(context({ settings }))).toBe('[to/cc/bcc]: not allowed emails: a@x.org');
  });
});
