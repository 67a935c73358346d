import { describe, expect, test } from 'vitest';
import { textOfCard } from '../../../simulators/teams-card.ts';
import { httpServer } from '../../../test/support/http-servers.ts';
import type { Failed } from '../../connectors/verdict.ts';
import { answering, checkContext, tryType } from '../shared/testing.ts';
import teams from './index.ts';
import { webhookKind } from './webhook.ts';

const CONNECTOR = '/webhookb2/a@b/IncomingWebhook/c/d';
const FLOW =
  '/workflows/0123/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=a-b_c%2B';
const message = 'disk *full* "é🙂"\n[x](https://x)';

const card = {
  type: 'AdaptiveCard',
  $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
  version: '1.4',
  body: [{ type: 'TextBlock', text: message, wrap: true }],
  msteams: { width: 'Full' },
};
const envelope = {
  type: 'message',
  text: message,
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }],
};

/** What the type sends to a path, and what it makes of this one answer. */
async function run(path: string, config: Record<string, unknown> = {}, answer = answering(200, '1')) {
  const target = await httpServer(answer);
  const secrets = { webhookUrl: target.origin + path };
  const { verdict } = await tryType(teams, { config, secrets, params: { message } });
  return { verdict: verdict as Failed, sent: target.seen[0], seen: target.seen };
}

const runAgainst = async (path: string, status: number, body: unknown = '', headers: Record<string, string> = {}) =>
  (await run(path, {}, answering(status, body, headers))).verdict;

describe('which webhook it is', () => {
  test.each([
    ['https://outlook.office.com/webhook/a@b/IncomingWebhook/c/d', 'connector'],
    ['https://example.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/d', 'connector'],
    ['https://prod-00.westeurope.logic.azure.com:443/workflows/a/triggers/manual/paths/invoke?sig=b', 'flow'],
    [
      'https://defaultab.12.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/a/triggers/manual/paths/invoke/?sig=b',
      'flow',
    ],
    ['https://api.powerautomate.com/x', 'flow'],
    ['https://emea.flow.microsoft.com/x', 'flow'],
    ['https://proxy.example.com/teams/workflows/a/triggers/manual/paths/invoke', 'flow'],
    ['https://logic.azure.com.example.com/x', 'connector'],
    ['https://proxy.example.com/teams', 'connector'],
  ])('%s', (url, kind) => expect(webhookKind(url)).toBe(kind));
});

describe('what is sent', () => {
  test('an Office 365 connector gets what Kibana sends', async () => {
    const { sent, verdict } = await run(CONNECTOR);
    expect(sent).toMatchObject({ method: 'POST', url: CONNECTOR, body: JSON.stringify({ text: message }) });
    expect(sent?.headers).toMatchObject({
      'content-type': 'application/json',
      accept: 'application/json, text/plain, */*',
    });
    expect(verdict).toEqual({ outcome: 'delivered', data: { text: message } });
  });

  test('a flow gets a card with the text beside it, at the URL as it is written', async () => {
    const { sent, verdict } = await run(FLOW, {}, answering(202));
    expect(sent).toMatchObject({ method: 'POST', url: FLOW });
    const body = JSON.parse(sent!.body);
    expect(body).toEqual(envelope);
    expect(textOfCard(body.attachments[0].content)).toBe(message);
    expect(verdict).toEqual({ outcome: 'delivered', data: { text: message } });
  });

  test.each([
    [FLOW, 'text', { text: message }],
    [CONNECTOR, 'adaptiveCard', envelope],
    [FLOW, 'bareCard', card],
    [FLOW, 'auto', envelope],
    [CONNECTOR, 'auto', { text: message }],
  ])('%s with payloadFormat %s', async (path, payloadFormat, body) => {
    expect(JSON.parse((await run(path, { payloadFormat })).sent!.body)).toEqual(body);
  });

  test('a message that Teams will not post is delivered with a warning', async () => {
    const target = await httpServer(answering(202));
    const secrets = { webhookUrl: target.origin + FLOW };
    const sent = (length: number) => tryType(teams, { secrets, params: { message: 'x'.repeat(length) } });
    expect((await sent(10_000)).verdict).not.toHaveProperty('warning');
    expect((await sent(15_000)).verdict).toMatchObject({
      outcome: 'delivered',
      warning: expect.stringContaining('at most about 28 KB'),
    });
  });
});

describe('what the answer means', () => {
  const throttled = 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429';

  test.each([
    `${throttled} with ContextId tcid=0 ErrorCode:ApplicationThrottled`,
    'Something else. ErrorCode:ApplicationThrottled',
    throttled,
  ])('200 that means 429: %s', async (body) => {
    const before = Date.now();
    const { retry, ...verdict } = await runAgainst(CONNECTOR, 200, body, { 'retry-after': '60' });
    expect(verdict).toEqual({
      outcome: 'failed',
      code: 'target_rate_limited',
      message: `error posting a Microsoft Teams message, retry at ${(retry as Date).toISOString()}`,
      serviceMessage: message,
    });
    expect((retry as Date).getTime()).toBeGreaterThanOrEqual(before + 60_000);
    expect(await runAgainst(CONNECTOR, 200, body)).toEqual({
      outcome: 'failed',
      code: 'target_rate_limited',
      message: 'error posting a Microsoft Teams message, retry later',
      retry: true,
    });
  });

  test('200 that means another error', async () => {
    const said = (status: number) => throttled.replace('429', String(status));
    expect(await runAgainst(CONNECTOR, 200, said(413))).toEqual({
      outcome: 'failed',
      code: 'target_rejected',
      message: 'error posting to Microsoft Teams, invalid response',
      serviceMessage: `[200] OK: ${said(413)}. Shorten the message: Teams posts at most about 28 KB.`,
    });
    expect(await runAgainst(CONNECTOR, 200, said(503))).toMatchObject({
      code: 'target_unavailable',
      message: 'error posting a Microsoft Teams message, retry later',
      retry: true,
    });
    expect(await runAgainst(CONNECTOR, 200, 'Webhook message delivery failed with error: no reason')).toMatchObject({
      code: 'target_rejected',
    });
  });

  test.each([200, 201, 202])('any other body of %i is a success', async (status) => {
    for (const body of ['1', '', '{"a":1}', '<p>', 'HTTP error 429']) {
      expect(await runAgainst(CONNECTOR, status, body)).toEqual({ outcome: 'delivered', data: { text: message } });
    }
  });

  test('5xx: retry later, and nothing else said', async () => {
    expect(await runAgainst(CONNECTOR, 502, 'Bad gateway')).toEqual({
      outcome: 'failed',
      code: 'target_unavailable',
      message: 'error posting a Microsoft Teams message, retry later',
      retry: true,
    });
  });

  test.each([429, 408])('%i keeps the words of Kibana and is tried again', async (status) => {
    const verdict = await runAgainst(FLOW, status);
    expect(verdict).toMatchObject({
      message: 'error posting to Microsoft Teams, invalid response',
      serviceMessage: expect.stringMatching(new RegExp(`^\\[${status}\\] [A-Z][A-Za-z ]+$`)),
      retry: true,
    });
    expect((await runAgainst(FLOW, status, '', { 'retry-after': '30' })).retry).toBeInstanceOf(Date);
  });

  test('other errors: the status line, and nothing more where Microsoft says nothing or shows a page', async () => {
    for (const body of ['', '<html><body>Not found</body></html>', '{}', 'null']) {
      const { serviceMessage, ...rest } = await runAgainst(CONNECTOR, 404, body === 'null' ? '' : body);
      expect(serviceMessage).toBe('[404] Not Found');
      expect(rest).toEqual({
        outcome: 'failed',
        code: 'target_rejected',
        message: 'error posting to Microsoft Teams, invalid response',
      });
    }
  });

  const error = (code: string, text: string) => ({ error: { code, message: text } });
  test.each([
    [
      FLOW,
      401,
      error('DirectApiAuthorizationRequired', 'Not so.'),
      '[401] Unauthorized: DirectApiAuthorizationRequired: Not so. Set "Who can trigger the flow?"',
    ],
    [
      FLOW,
      400,
      error('WorkflowTriggerIsNotEnabled', 'It is off'),
      '[400] Bad Request: WorkflowTriggerIsNotEnabled: It is off. Switch the flow on',
    ],
    [
      FLOW,
      404,
      error('WorkflowNotFound', 'Gone.'),
      '[404] Not Found: WorkflowNotFound: Gone. Copy the URL from the trigger',
    ],
    [
      FLOW,
      400,
      error('MissingApiVersionParameter', 'Missing.'),
      '[400] Bad Request: MissingApiVersionParameter: Missing. Copy the URL',
    ],
    [FLOW, 413, 'Too large', '[413] Payload Too Large: Too large. Shorten the message'],
    [FLOW, 400, { message: 'Odd' }, '[400] Bad Request: Odd'],
    [CONNECTOR, 410, 'Gone', '[410] Gone: Gone. The webhook was removed, or retired by Microsoft'],
    [CONNECTOR, 400, 'Summary or Text is required.', '[400] Bad Request: Summary or Text is required.'],
  ])('%s %i %j: a sentence with what to do', async (path, status, body, text) => {
    const verdict = await runAgainst(path, status, body);
    expect(verdict.code).toBe(status === 401 ? 'target_auth' : 'target_rejected');
    expect(verdict.serviceMessage).toContain(text);
    expect(verdict).not.toHaveProperty('retry');
  });

  test('no answer: the reason, which Kibana drops', async () => {
    const secrets = { webhookUrl: `http://127.0.0.1:1${CONNECTOR}` };
    const { verdict } = await tryType(teams, { secrets, params: { message } });
    expect(verdict).toEqual({
      outcome: 'failed',
      code: 'egress_connection',
      message: 'error posting to Microsoft Teams, unexpected error',
      serviceMessage: expect.stringMatching(/^\[ECONNREFUSED\] /),
    });
  });
});

describe('the connection test', () => {
  async function check(path: string, status: number, body: unknown = '') {
    const target = await httpServer(answering(status, body));
    const { verdict } = await tryType(teams, { secrets: { webhookUrl: target.origin + path } });
    const [request] = target.seen;
    return { verdict, request: `${request?.method} ${request?.body}` };
  }

  test('asks a flow with the method that it refuses before it runs', async () => {
    const wrongMethod = { error: { code: 'TriggerRequestMethodNotValid', message: "expected 'POST'" } };
    expect(await check(FLOW, 400, wrongMethod)).toEqual({
      verdict: { outcome: 'delivered', data: undefined },
      request: 'GET ',
    });
    const { verdict } = await check(FLOW, 400, { error: { code: 'WorkflowTriggerIsNotEnabled', message: 'Off.' } });
    expect(verdict).toMatchObject({ outcome: 'failed', serviceMessage: expect.stringContaining('Switch the flow on') });
    expect((await check(FLOW, 401)).verdict).toMatchObject({ code: 'target_auth' });
    expect((await check(FLOW, 503)).verdict).toMatchObject({ code: 'target_unavailable' });
    expect((await check(FLOW, 302)).verdict).toMatchObject({ code: 'target_rejected' });
  });

  test('asks a connector with a message that has no text', async () => {
    expect(await check(CONNECTOR, 400, 'Summary or Text is required.')).toEqual({
      verdict: { outcome: 'delivered', data: undefined },
      request: 'POST {"text":""}',
    });
    expect((await check(CONNECTOR, 404, 'Webhook not found.')).verdict).toMatchObject({ outcome: 'failed' });
  });

  test('says when it cannot tell', async () => {
    for (const path of [FLOW, CONNECTOR]) {
      expect((await check(path, 200, '1')).verdict).toMatchObject({
        outcome: 'delivered',
        warning: expect.stringContaining('200 OK'),
      });
    }
  });
});

describe('the declaration', () => {
  test('checks of the webhook URL', () => {
    const check = (webhookUrl: string) => teams.check?.secrets?.({ webhookUrl }, checkContext(['x.logic.azure.com']));
    expect(check('https://x.logic.azure.com/workflows/a')).toBeUndefined();
    expect(check('not a url')).toBe('error configuring teams action: unable to parse host name from webhookUrl');
    expect(check('https://x.webhook.office.com/y')).toBe(
      'error configuring teams action: target url "https://x.webhook.office.com/y" is not added to the Kibana config xpack.actions.allowedHosts',
    );
  });

  test('the config stays as empty as in Kibana, and an empty message is refused', () => {
    expect(teams.config.parse({})).toEqual({});
    expect(teams.config.safeParse({ payloadFormat: 'html' }).success).toBe(false);
    expect(teams.actions.run?.params.safeParse({ message: '' }).success).toBe(false);
  });
});
