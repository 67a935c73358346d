import { describe, expect, test } from 'vitest';
import { composeMessage, toJsonResult, toMailMessage } from './message.ts';
import { testContext, testSettings } from './test-support.ts';

const BASE = 'https://localhost:5601';

function compose(
  params: Partial<Parameters<typeof testContext>[0]['params']>,
  more: Partial<Parameters<typeof testContext>[0]> = {},
) {
  const context = testContext({
    config: { from: 'Bob <bob@example.com>', host: 'h', port: 25 },
    params: { to: ['a@x.org'], subject: 's', message: 'email-message', ...params },
    ...more,
  });
  return { ...composeMessage(context), warnings: context.warnings };
}

describe('footer', () => {
  const on = { settings: testSettings({ enableFooterInEmail: true }, BASE) };

  test('with a link', () => {
    expect(compose({}, on)).toMatchObject({
      text: `email-message\n\n---\n\nThis message was sent by Elastic. [Go to Elastic](${BASE}).`,
      html: `<p>email-message</p>\n<hr>\n<p>This message was sent by Elastic. <a href="${BASE}">Go to Elastic</a>.</p>\n`,
    });
  });

  test('with the link of the caller', () => {
    const kibanaFooterLink = { path: '/app/rules', text: 'See the rule' };
    expect(compose({ kibanaFooterLink }, on).text).toMatch(
      /\[See the rule\]\(https:\/\/localhost:5601\/app\/rules\)\.$/,
    );
  });

  test('without a link when nobody knows the address of the server', () => {
    const settings = testSettings({ enableFooterInEmail: true });
    expect(compose({}, { settings }).text).toBe('email-message\n\n---\n\nThis message was sent by Elastic.');
  });

  test('not in the HTML that the caller brings, and not at all when switched off', () => {
    expect(compose({ messageHTML: '<b>x</b>' }, on).html).toBe('<b>x</b>');
    expect(compose({})).toMatchObject({ text: 'email-message', html: '<p>email-message</p>\n' });
    expect(compose({ message: '' }).text).toBe('no message set');
  });
});

test('Markdown becomes HTML, HTML in it does not', () => {
  const message = '**bold** <script>alert(1)</script>\nhttps://example.com/x [x](javascript:alert(1))';
  expect(compose({ message }).html).toBe(
    '<p><strong>bold</strong> &lt;script&gt;alert(1)&lt;/script&gt;\n' +
      '<a href="https://example.com/x">https://example.com/x</a> [x](javascript:alert(1))</p>\n',
  );
});

describe('a long message', () => {
  const limited = (maximumBodyLength: number) => ({
    settings: testSettings({ email: { servicesEnabled: ['*'], maximumBodyLength } }),
  });
  const sentence =
    'Your message\'s length of 20000 exceeded the 10000 bytes limit that is set for the connector "my-email", so it was cut. ' +
    'The setting xpack.actions.email.maximum_body_length allows longer ones.';

  test('is cut behind a sentence that says so, and logged', () => {
    const { text, html, warnings } = compose({ message: 'x'.repeat(20_000) }, limited(10_000));
    expect(text).toBe(`${sentence}\n\n${'x'.repeat(10_000)}`);
    expect(html).toBe(`<p>${sentence.replaceAll('"', '&quot;')}</p>\n<p>${'x'.repeat(10_000)}</p>\n`);
    expect(warnings).toEqual([`message: ${sentence}`]);
  });

  test('and a long messageHTML are cut each on its own', () => {
    const { text, html, warnings } = compose({ messageHTML: 'y'.repeat(20_000) }, limited(10_000));
    expect(text).toBe('email-message');
    expect(html).toBe(`${sentence.replaceAll('"', '&quot;')}\n\n${'y'.repeat(10_000)}`);
    expect(warnings).toEqual([`messageHTML: ${sentence}`]);
  });

  test('is cut from the limit on, not below, and no character is torn apart', () => {
    expect(compose({ message: '12345' }, limited(6)).text).toBe('12345');
    expect(compose({ message: '123456' }, limited(6)).text).toMatch(/\n\n123456$/);
    expect(compose({ message: '12345📚' }, limited(6)).text).toMatch(/\n\n12345$/);
    expect(compose({ message: '123456' }, limited(0)).text).toMatch(/ones\.\n\n$/);
  });

  test('keeps its footer', () => {
    const settings = testSettings({
      enableFooterInEmail: true,
      email: { servicesEnabled: ['*'], maximumBodyLength: 3 },
    });
    expect(compose({}, { settings }).text).toMatch(/\n\nema\n\n---\n\nThis message was sent by Elastic\.$/);
  });
});

describe('headers', () => {
  test('blank entries are dropped, lists and groups taken apart, names kept', () => {
    const mail = toMailMessage(
      compose({
        to: ['', 'Jimmy Jack <jim@x.org>', '  '],
        cc: ['team: a@x.org, B <b@x.org>;', 'c@x.org, d@x.org'],
        replyTo: ['"Help, please" <help@x.org>'],
      }),
    );
    expect(mail).toMatchObject({
      from: '"Bob" <bob@example.com>',
      to: ['"Jimmy Jack" <jim@x.org>'],
      cc: ['a@x.org', '"B" <b@x.org>', 'c@x.org', 'd@x.org'],
      bcc: [],
      replyTo: ['"Help, please" <help@x.org>'],
    });
    expect(mail).not.toHaveProperty('attachments');
    expect(toMailMessage(compose({}))).not.toHaveProperty('replyTo');
  });

  test('line breaks in a subject become blanks', () => {
    expect(compose({ subject: 'one\r\nBcc: evil@x.org\ntwo' }).subject).toBe('one Bcc: evil@x.org two');
  });

  test('every attempt of an execution has the same message id', () => {
    for (const attempt of [1, 2, 3]) {
      expect(compose({}, { executionId: 'e-1', attempt }).messageId).toBe('<e-1@example.com>');
    }
    const from = (address: string) =>
      compose({}, { executionId: 'e-1', config: { from: address, host: 'h', port: 25 } }).messageId;
    expect(from('a@bücher.example')).toBe('<e-1@xn--bcher-kva.example>');
    expect(from('a@[IPv6:2001:db8::1]')).toBe('<e-1@localhost>');
  });
});

test('the result of a message that is only shown', () => {
  const message = compose(
    { to: ['Jimmy Jack <jim@x.org>'], bcc: ['b@x.org'], replyTo: ['r@x.org'] },
    { executionId: 'e-1' },
  );
  expect(toJsonResult(message)).toEqual({
    envelope: { from: 'bob@example.com', to: ['jim@x.org', 'b@x.org'] },
    messageId: '<e-1@example.com>',
    message: {
      from: { address: 'bob@example.com', name: 'Bob' },
      to: [{ address: 'jim@x.org', name: 'Jimmy Jack' }],
      cc: null,
      bcc: [{ address: 'b@x.org', name: '' }],
      replyTo: [{ address: 'r@x.org', name: '' }],
      subject: 's',
      html: '<p>email-message</p>\n',
      text: 'email-message',
      headers: {},
      messageId: '<e-1@example.com>',
    },
  });
  expect(toJsonResult(compose({})).message).not.toHaveProperty('replyTo');
});
