import { IncomingWebhook } from '@slack/webhook';
import { describe, expect, test } from 'vitest';
import { httpServer } from '../../../test/support/http-servers.ts';
import type { Failed } from '../../connectors/verdict.ts';
import { answering, checkContext, tryType } from '../shared/testing.ts';
import slack from './index.ts';

const PATH = '/services/T00000000/B00000000/secret';

/** Runs the type against a Slack that gives this one answer. */
async function runAgainst(status: number, body = '', headers: Record<string, string> = {}) {
  const target = await httpServer(answering(status, body, headers));
  const secrets = { webhookUrl: target.origin + PATH };
  const { verdict } = await tryType(slack, { secrets, params: { message: 'hi' } });
  return verdict as Failed;
}

describe('.slack', () => {
  test("sends what Slack's own client sends", async () => {
    const target = await httpServer(answering(200, 'ok'));
    const message = 'disk *full* <https://x|"é🙂">\n';
    await new IncomingWebhook(target.origin + PATH).send(message);
    const { verdict } = await tryType(slack, { secrets: { webhookUrl: target.origin + PATH }, params: { message } });

    expect(verdict).toEqual({ outcome: 'delivered', data: { text: 'ok' } });
    const [theirs, ours] = target.seen;
    expect(ours).toMatchObject({ method: theirs?.method, url: theirs?.url, body: theirs?.body });
    expect(ours?.headers['content-type']).toBe(theirs?.headers['content-type']);
    expect(ours?.body).toBe(JSON.stringify({ text: message }));
  });

  test('2xx with another word is an error that names the word', async () => {
    expect(await runAgainst(200, 'nope')).toMatchObject({
      code: 'target_rejected',
      message: 'error posting slack message',
      serviceMessage: 'nope',
    });
  });

  test('2xx without a body', async () => {
    expect(await runAgainst(200)).toMatchObject({ message: 'unexpected null response from slack' });
  });

  test('5xx: retry later', async () => {
    expect(await runAgainst(503, 'x')).toEqual({
      outcome: 'failed',
      code: 'target_unavailable',
      message: 'error posting a slack message, retry later',
      serviceMessage: 'An HTTP protocol error occurred: statusCode = 503',
      retry: true,
    });
  });

  test('429 with Retry-After: the message and the retry name the same time', async () => {
    const before = Date.now();
    const { message, retry, code } = await runAgainst(429, 'rate_limited', { 'retry-after': '30' });
    expect(code).toBe('target_rate_limited');
    expect(retry).toBeInstanceOf(Date);
    const at = retry as Date;
    expect(message).toBe(`error posting a slack message, retry at ${at.toISOString()}`);
    expect(at.getTime()).toBeGreaterThanOrEqual(before + 30_000);
    expect(at.getTime()).toBeLessThanOrEqual(Date.now() + 30_000);
  });

  test('429 without it: retry later', async () => {
    expect(await runAgainst(429)).toMatchObject({ message: 'error posting a slack message, retry later', retry: true });
  });

  test.each([
    [400, 'invalid_payload', '400 Bad Request', 'target_rejected'],
    [403, 'invalid_token', '403 Forbidden', 'target_auth'],
    [404, 'no_service', '404 Not Found', 'target_rejected'],
    [410, 'channel_is_archived', '410 Gone', 'target_rejected'],
  ])("%i: Slack's own word %s reaches the user", async (status, word, line, code) => {
    const verdict = await runAgainst(status, word);
    expect(verdict).toEqual({
      outcome: 'failed',
      code,
      message: `unexpected http response from slack: ${line}`,
      serviceMessage: expect.stringMatching(new RegExp(`^\\[${status}\\] ${word}: [A-Z].+\\.$`)),
    });
  });

  test('a word that nobody has told us of stands alone', async () => {
    expect(await runAgainst(400, 'a_new_word')).toMatchObject({ serviceMessage: '[400] a_new_word' });
    expect(await runAgainst(400, '__proto__')).toMatchObject({ serviceMessage: '[400] __proto__' });
  });

  test('a redirect is not followed: the webhook URL is a credential', async () => {
    const elsewhere = await httpServer(answering(200, 'ok'));
    const verdict = await runAgainst(307, '', { location: elsewhere.origin });
    expect(verdict.message).toBe('unexpected http response from slack: 307 Temporary Redirect');
    expect(elsewhere.seen).toEqual([]);
  });

  test('no answer', async () => {
    const secrets = { webhookUrl: 'http://127.0.0.1:1/x' };
    const { verdict } = await tryType(slack, { secrets, params: { message: 'hi' } });
    expect(verdict).toMatchObject({ code: 'egress_connection', message: 'error posting slack message' });
    expect(verdict).toHaveProperty(
      'serviceMessage',
      expect.stringMatching(/^A request error occurred: \[ECONNREFUSED\] /),
    );
    expect(verdict).not.toHaveProperty('retry');
  });

  test.each([
    [400, 'no_text', true],
    [400, 'invalid_payload', true],
    [404, 'no_service', false],
    [403, 'invalid_token', false],
    [503, '', false],
  ])('the connection test posts no text: %i %s', async (status, word, isFine) => {
    const target = await httpServer(answering(status, word));
    const { verdict } = await tryType(slack, { secrets: { webhookUrl: target.origin } });
    expect(verdict.outcome).toBe(isFine ? 'delivered' : 'failed');
    expect(target.seen[0]?.body).toBe('{}');
  });

  test('checks of the webhook URL', () => {
    const check = (webhookUrl: string) => slack.check?.secrets?.({ webhookUrl }, checkContext(['hooks.slack.com']));
    expect(check('https://hooks.slack.com/services/a')).toBeUndefined();
    expect(check('fee-fi-fo-fum')).toBe('error configuring slack action: unable to parse host name from webhookUrl');
    expect(check('http://slack.example.com/x')).toBe(
      'error configuring slack action: target url "http://slack.example.com/x" is not added to the Kibana config xpack.actions.allowedHosts',
    );
    expect(check('file:///etc/passwd')).toBe(
      'error configuring slack action: the URL must begin with http:// or https://, not with file:',
    );
  });

  test('only the message is a template, and Slack may not take its values for formatting', () => {
    expect(slack.templates).toEqual({ message: 'slack' });
  });

  test('an empty message is refused, and the config has no keys', () => {
    expect(slack.actions.run?.params.safeParse({ message: '' }).success).toBe(false);
    expect(slack.config.parse({})).toEqual({});
    expect(slack.config.safeParse({ x: 1 }).success).toBe(false);
  });
});
