import { describe, expect, test } from 'vitest';
import { httpServer } from '../../../test/support/http-servers.ts';
import { paramsProblem } from '../../connectors/params-problem.ts';
import { validateConfig, validateSecrets } from '../../connectors/validate.ts';
import type { Delivered, Failed, Verdict } from '../../connectors/verdict.ts';
import { answering, checkContext, type TrialRun, tryType } from '../shared/testing.ts';
import jsm from './index.ts';

const ACCEPTED = { result: 'Request will be processed', took: 0.107, requestId: '43a29c5c' };
const THROWN = 'an error occurred while running the action';
const create = (subActionParams: object) => ({ subAction: 'createAlert', subActionParams });
const close = (subActionParams: object) => ({ subAction: 'closeAlert', subActionParams });

async function run(
  params: Record<string, unknown> | undefined,
  [status, body]: readonly [number, unknown] = [202, ACCEPTED],
  more: Partial<TrialRun> = {},
) {
  const target = await httpServer(answering(status, body));
  const trial = { config: { apiUrl: `${target.origin}/x/` }, secrets: { apiKey: 'key' }, params, ...more };
  const { verdict } = await tryType(jsm, trial);
  return {
    verdict: verdict as Omit<Failed, 'outcome'> & Omit<Delivered, 'outcome'> & Pick<Verdict, 'outcome'>,
    request: target.seen[0],
  };
}

test('creates and closes below the path of the integration events', async () => {
  const created = await run(create({ message: 'm', alias: 'a/b', responders: [{ id: 'i', type: 'escalation' }] }));
  expect(created.request).toMatchObject({ method: 'POST', url: '/x/jsm/ops/integration/v2/alerts' });
  expect(JSON.parse(created.request?.body ?? '')).toEqual({
    message: 'm',
    alias: 'a/b',
    responders: [{ id: 'i', type: 'escalation' }],
  });
  expect(created.request?.headers.authorization).toBe('GenieKey key');
  expect(created.verdict).toEqual({ outcome: 'delivered', data: ACCEPTED, reference: { id: 'a/b' } });

  const closed = await run(close({ alias: 'a/b', note: 'n' }));
  expect(closed.request).toMatchObject({
    method: 'POST',
    url: '/x/jsm/ops/integration/v2/alerts/a%2Fb/close?identifierType=alias',
    body: '{"note":"n"}',
  });
});

test('an empty alias is sent as it is at once, and replaced in the queue', async () => {
  const params = create({ message: 'm', alias: '' });
  expect((await run(params)).request?.body).toBe('{"message":"m","alias":""}');
  const queued = await run(params, undefined, { source: 'queue', executionId: 'e7' });
  expect(queued.request?.body).toBe('{"message":"m","alias":"e7"}');
});

test('a long message is cut instead of refused', async () => {
  const { verdict, request } = await run(create({ message: 'a'.repeat(131) }));
  expect(JSON.parse(request?.body ?? '')).toEqual({ message: 'a'.repeat(130) });
  expect(verdict.warning).toContain('Jira Service Management takes 130');
});

describe('texts', () => {
  const inRun = (detail: string) => `Request validation failed (${detail})`;
  test.each<[unknown, string]>([
    [{}, 'error validating action params: Field "subAction": Required'],
    [create({}), inRun('Field "message": Required')],
    [close({}), inRun('Field "alias": Required')],
    [create({ message: 'm', responders: [{ type: 'schedule' }] }), inRun('Field "responders.0.id": Required')],
    [
      create({ message: 'm', responders: [{ name: 'n', type: 'invalidType' }] }),
      inRun(`Field "responders.0": Unrecognized key(s) in object: 'name'`),
    ],
    [
      create({ message: 'm', visibleTo: [{ id: 'n', type: 'schedule' }] }),
      inRun(`Field "visibleTo.0.type": Invalid enum value. Expected 'team' | 'user', received 'schedule'`),
    ],
    [
      create({ message: 'm', details: { bananas: 1 } }),
      inRun('Field "details.bananas": Expected string, received number'),
    ],
    [create({ message: 'm', note: null }), inRun('Field "note": Expected string, received null')],
    [
      { subAction: 'x' },
      'Sub action "x" is not registered. Connector id: . Connector name: Jira Service Management. Connector type: .jira-service-management',
    ],
  ])('%j', (params, text) => expect(paramsProblem(jsm, params, checkContext())).toBe(text));

  test('of config and secrets', () => {
    expect(() => validateConfig(jsm, {}, checkContext())).toThrow(
      'error validating connector type config: Field "apiUrl": Required',
    );
    expect(() => validateConfig(jsm, { apiUrl: 'https://x.example' }, checkContext(['y.example']))).toThrow(
      'error validating connector type config: error validating url: target url "https://x.example" is not added to the Kibana config xpack.actions.allowedHosts',
    );
    expect(() => validateSecrets(jsm, {}, checkContext())).toThrow(
      'error validating connector type secrets: Field "apiKey": Required',
    );
  });
});

test.each<[unknown, boolean]>([
  [{}, true],
  [{ anything: [1] }, true],
  [{ took: 1, requestId: 'r', result: 'x' }, true],
  [{ took: '1' }, false],
  [{ errors: { message: 5 } }, false],
  ['ok', false],
  ['[]', false],
])('a success that says %j', async (body, isFine) => {
  const { verdict } = await run(create({ message: 'm' }), [200, body]);
  if (isFine) expect(verdict).toMatchObject({ outcome: 'delivered', data: body });
  else expect(verdict).toMatchObject({ code: 'target_response_invalid', message: THROWN, retry: true });
});

test.each<[number, unknown, string]>([
  [
    422,
    { errors: { message: 'failed' } },
    'Status code: 422. Message: Request failed with status code 422: {"message":"failed"}',
  ],
  [
    401,
    { message: 'no' },
    'Status code: 401. Message: no. Take the API key of an API integration of Jira Service Management',
  ],
  [
    404,
    {},
    'Status code: 404. Message: Request failed with status code 404. Check the URL, which is normally https://api.atlassian.com.',
  ],
])('%i %j', async (status, body, text) => {
  const { verdict } = await run(create({ message: 'm' }), [status, body]);
  expect(verdict.serviceMessage?.startsWith(text)).toBe(true);
  if (status !== 401) expect(verdict.serviceMessage).toBe(text);
});

test('the connection test opens nothing', async () => {
  const { verdict, request } = await run(undefined, [422, { message: 'x', errors: { message: 'empty' } }]);
  expect(verdict).toEqual({ outcome: 'delivered' });
  expect(request).toMatchObject({ url: '/x/jsm/ops/integration/v2/alerts', body: '{}' });
  expect((await run(undefined, [401, {}])).verdict.code).toBe('target_auth');
});
