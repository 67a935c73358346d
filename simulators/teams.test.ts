import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from './harness.ts';
import { TEAMS_CONNECTOR_PATH, TEAMS_THROTTLED_PATH, teams, teamsFlowPath } from './teams.ts';
import { textOfCard } from './teams-card.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator(teams);
});
afterAll(() => simulator.close());

async function ask(path: string, body?: unknown, { method = 'POST', type = 'application/json' } = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(simulator.url + path, {
    method,
    headers: { 'content-type': type },
    ...(method === 'GET' ? {} : { body: text }),
  });
  return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') };
}
const list = async (what: 'messages' | 'runs') =>
  (await fetch(`${simulator.url}/${what}`)).json() as Promise<Record<string, string>[]>;
const latest = async (what: 'messages' | 'runs') => (await list(what))[0];

const card = (text = 'hi', more: object = {}) => ({
  type: 'AdaptiveCard',
  version: '1.4',
  body: [{ type: 'TextBlock', text, wrap: true, ...more }],
});
const envelope = (content: object) => ({
  type: 'message',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
});

describe('an Office 365 connector', () => {
  test('posts a text', async () => {
    expect(await ask(TEAMS_CONNECTOR_PATH, { text: 'hi' })).toMatchObject({ status: 200, text: '1' });
    expect(await latest('messages')).toBe('hi');
  });

  test.each([
    [TEAMS_CONNECTOR_PATH, { text: '' }, 400, 'Summary or Text is required.'],
    [TEAMS_CONNECTOR_PATH, '{', 400, 'Bad payload received by generic incoming webhook.'],
    [TEAMS_CONNECTOR_PATH, { text: 5 }, 400, 'Bad payload received by generic incoming webhook.'],
    ['/webhookb2/T000/IncomingWebhook/YYYY/C000', { text: 'hi' }, 404, 'Webhook not found.'],
    ['/', { text: 'hi' }, 404, 'Webhook not found.'],
  ])('%s %j is refused', async (path, body, status, text) => {
    expect(await ask(path, body)).toMatchObject({ status, text });
  });

  test('says some errors of Teams with 200', async () => {
    expect(await ask(TEAMS_THROTTLED_PATH, { text: 'hi' })).toMatchObject({
      status: 200,
      text: expect.stringContaining('HTTP error 429'),
      retryAfter: '60',
    });
    expect(await ask(TEAMS_CONNECTOR_PATH, { text: 'x'.repeat(28 * 1024) })).toMatchObject({
      status: 200,
      text: expect.stringContaining('HTTP error 413'),
    });
  });
});

describe('a flow', () => {
  test('posts what it was made for', async () => {
    for (const [flow, body] of [
      ['cards', envelope(card('one'))],
      ['text', { text: 'two' }],
      ['card', card('three')],
    ] as const) {
      expect(await ask(teamsFlowPath(flow), body)).toMatchObject({ status: 202, text: '' });
      expect(await latest('runs')).toEqual({ flow, status: 'Succeeded' });
    }
    expect((await list('messages')).slice(0, 3)).toEqual(['three', 'two', 'one']);
  });

  test.each([
    ['cards', { text: 'hi' }, "of type 'Null'"],
    ['cards', envelope({ ...card(), version: '2.0' }), 'the card is invalid'],
    ['cards', envelope(card('x'.repeat(28 * 1024))), 'RequestEntityTooLarge'],
    ['text', envelope(card()), "of type 'Null'"],
    ['card', envelope(card()), ''],
    ['cards', '{', "of type 'Null'"],
  ] as const)('%s answers 202 to %j, and fails', async (flow, body, error) => {
    const before = await list('messages');
    expect(await ask(teamsFlowPath(flow), body)).toMatchObject({ status: 202 });
    expect(await latest('runs')).toEqual({ flow, status: 'Failed', error: expect.stringContaining(error) });
    expect(await list('messages')).toEqual(before);
  });

  test.each([
    [teamsFlowPath('cards', 'wrong'), 'POST', 401, 'DirectApiAuthorizationRequired'],
    [teamsFlowPath('cards').replace('api-version', 'apiversion'), 'POST', 400, 'MissingApiVersionParameter'],
    [teamsFlowPath('gone'), 'POST', 404, 'WorkflowNotFound'],
    [teamsFlowPath('off'), 'POST', 400, 'WorkflowTriggerIsNotEnabled'],
    [teamsFlowPath('cards'), 'GET', 400, 'TriggerRequestMethodNotValid'],
  ])('%s %s is refused, and nothing runs', async (path, method, status, code) => {
    const before = await list('runs');
    const answer = await ask(path, envelope(card()), { method });
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([status, { error: { code } }]);
    expect(await list('runs')).toEqual(before);
  });
});

describe('the contract of Adaptive Cards', () => {
  test('takes a card', () => expect(textOfCard(card('a'))).toBe('a'));

  test.each([
    ['a misspelt member', card('a', { warp: true })],
    ['a text that is none', { ...card(), body: [{ type: 'TextBlock', text: 5 }] }],
    ['an element without text', { ...card(), body: [{ type: 'TextBlock' }] }],
    ['an unknown element', { ...card(), body: [{ type: 'Text', text: 'a' }] }],
    ['no elements', { ...card(), body: [] }],
    ['no version', { ...card(), version: undefined }],
    ['an envelope', envelope(card())],
  ])('refuses %s', (_name, value) => expect(() => textOfCard(value)).toThrow());
});
