import { describe, expect, test } from 'vitest';
import { httpServer } from '../../../test/support/http-servers.ts';
import type { ExecutionSource } from '../../connectors/define.ts';
import { describeType } from '../../connectors/form.ts';
import { paramsProblem } from '../../connectors/params-problem.ts';
import { validateConfig, validateSecrets } from '../../connectors/validate.ts';
import type { Delivered, Failed, Verdict } from '../../connectors/verdict.ts';
import { answering, checkContext, type TrialRun, tryType } from '../shared/testing.ts';
import opsgenie from './index.ts';

const ACCEPTED = { result: 'Request will be processed', took: 0.107, requestId: '43a29c5c' };
const KEY = '11111111-2222-4333-8444-555555555555';
const THROWN = 'an error occurred while running the action';

const create = (subActionParams: object) => ({ subAction: 'createAlert', subActionParams });
const close = (subActionParams: object) => ({ subAction: 'closeAlert', subActionParams });

/** Runs the type against an Opsgenie that gives this one answer. */
async function run(
  params: Record<string, unknown> | undefined,
  answer: readonly [status: number, body: unknown, headers?: Record<string, string>] = [202, ACCEPTED],
  more: Partial<TrialRun> = {},
) {
  const target = await httpServer(answering(...answer));
  const trial = { config: { apiUrl: target.origin }, secrets: { apiKey: KEY }, params, ...more };
  const { verdict } = await tryType(opsgenie, trial);
  return {
    verdict: verdict as Omit<Failed, 'outcome'> & Omit<Delivered, 'outcome'> & Pick<Verdict, 'outcome'>,
    request: target.seen[0],
    seen: target.seen,
  };
}

const problem = (params: unknown) => paramsProblem(opsgenie, params, checkContext());

describe('createAlert', () => {
  test('sends what was given, and nothing more', async () => {
    const { verdict, request } = await run(create({ message: 'message' }));
    expect(request).toMatchObject({ method: 'POST', url: '/v2/alerts', body: '{"message":"message"}' });
    expect(request?.body).toHaveLength(21);
    expect(request?.headers).toMatchObject({ authorization: `GenieKey ${KEY}`, 'content-type': 'application/json' });
    expect(verdict).toEqual({ outcome: 'delivered', data: ACCEPTED, reference: { id: '43a29c5c' } });
  });

  test('sends every field as it is', async () => {
    const params = {
      message: 'Disk 🙂 "full"',
      alias: 'rule:alert/1',
      description: 'd',
      responders: [
        { name: 'n', type: 'team' },
        { id: 'i', type: 'schedule' },
        { username: 'u@x.org', type: 'user' },
      ],
      visibleTo: [
        { name: 'n', type: 'team' },
        { id: 'i', type: 'team' },
        { id: 'i', type: 'user' },
        { username: 'u', type: 'user' },
      ],
      actions: ['restart'],
      tags: ['a', 'b'],
      details: { host: 'h' },
      entity: 'e',
      source: 's',
      priority: 'P1',
      user: 'me',
      note: 'n',
    };
    const { verdict, request } = await run(create(params));
    expect(JSON.parse(request?.body ?? '')).toEqual(params);
    expect(verdict.reference).toEqual({ id: 'rule:alert/1' });
  });

  test.each([
    [130, 130, undefined],
    [131, 130, 'The message was cut to its first 130 of 131 characters: Opsgenie takes 130.'],
    [15_000, 130, expect.stringContaining('of 15000 characters')],
  ])('a message of %i characters arrives with %i', async (given, sent, warning) => {
    const warnings: string[] = [];
    const log = { warn: (text: string) => void warnings.push(text) };
    const { verdict, request } = await run(create({ message: 'a'.repeat(given) }), undefined, { log });
    expect(JSON.parse(request?.body ?? '')).toEqual({ message: 'a'.repeat(sent) });
    expect(verdict.warning).toEqual(warning);
    expect(warnings).toEqual(warning === undefined ? [] : [warning]);
  });

  test('a cut leaves no half of a character', async () => {
    const { request } = await run(create({ message: `${'a'.repeat(129)}🙂` }));
    expect(JSON.parse(request?.body ?? '')).toEqual({ message: 'a'.repeat(129) });
    const fits = await run(create({ message: `${'a'.repeat(128)}🙂!` }));
    expect(JSON.parse(fits.request?.body ?? '')).toEqual({ message: `${'a'.repeat(128)}🙂` });
  });

  test.each<[ExecutionSource, string | undefined, string | undefined]>([
    ['http_request', undefined, undefined],
    ['test', '', undefined],
    ['queue', undefined, 'execution-7'],
    ['rule', '', 'execution-7'],
    ['notification', undefined, 'execution-7'],
    ['queue', 'mine', 'mine'],
    ['http_request', 'a'.repeat(513), 'sha-02425c0f5b0dabf3d2b9115f3f7723a02ad8bcfb1534a0d231614fd42b8188f6'],
  ])('from %s with the alias %j', async (source, given, sent) => {
    const more = { source, executionId: 'execution-7', attempt: 2 };
    const { verdict, request } = await run(create({ message: 'm', alias: given }), undefined, more);
    expect(JSON.parse(request?.body ?? '')).toEqual({ message: 'm', ...(sent === undefined ? {} : { alias: sent }) });
    expect(verdict.reference).toEqual({ id: sent ?? '43a29c5c' });
  });
});

describe('closeAlert', () => {
  test.each([
    [{ alias: 'rule:alert' }, '/v2/alerts/rule:alert/close?identifierType=alias', '{}'],
    [
      { alias: 'a b/c?d#e', user: 'u', source: 's', note: 'n' },
      '/v2/alerts/a%20b%2Fc%3Fd%23e/close?identifierType=alias',
      '{"user":"u","source":"s","note":"n"}',
    ],
    [
      { alias: 'a'.repeat(513) },
      '/v2/alerts/sha-02425c0f5b0dabf3d2b9115f3f7723a02ad8bcfb1534a0d231614fd42b8188f6/close?identifierType=alias',
      '{}',
    ],
  ])('%j', async (params, url, body) => {
    const { verdict, request } = await run(close(params));
    expect(request).toMatchObject({ method: 'POST', url, body });
    expect(request?.headers.authorization).toBe(`GenieKey ${KEY}`);
    expect(verdict).toEqual({ outcome: 'delivered', data: ACCEPTED });
  });

  test.each(['', '.', '..'])('the alias "%s" names nothing, so nothing is sent', async (alias) => {
    const { verdict, seen } = await run(close({ alias }));
    expect(verdict).toMatchObject({ code: 'params_invalid', message: THROWN, retry: false, errorSource: 'user' });
    expect(seen).toEqual([]);
  });
});

describe('texts of wrong params', () => {
  const inRun = (detail: string) => `Request validation failed (${detail})`;

  test.each<[unknown, string]>([
    [{}, 'error validating action params: Field "subAction": Required'],
    [create({}), inRun('Field "message": Required')],
    [close({}), inRun('Field "alias": Required')],
    [
      create({ message: '' }),
      inRun(
        'Field "message": String must contain at least 1 character(s), must be populated with a value other than just whitespace',
      ),
    ],
    [create({ message: 'a'.repeat(15_001) }), inRun('Field "message": String must contain at most 15000 character(s)')],
    [create({ message: ' \n' }), inRun('Field "message": must be populated with a value other than just whitespace')],
    [
      create({ message: 'm', responders: [{ name: 'n', type: 'invalidType' }] }),
      inRun(`Field "responders.0": Unrecognized key(s) in object: 'name', Unrecognized key(s) in object: 'name'`),
    ],
    [
      create({ message: 'm', responders: [{ type: 'schedule' }] }),
      inRun(
        '4 errors:\n [1]: Field "responders.0.name": Required;\n [2]: Field "responders.0.id": Required;\n [3]: Field "responders.0.username": Required;\n [4]: Field "responders.0.type": Invalid literal value, expected "user"',
      ),
    ],
    [
      create({ message: 'm', visibleTo: [{ name: 'n', type: 'user' }] }),
      inRun(
        `Field "visibleTo.0": Unrecognized key(s) in object: 'name', Unrecognized key(s) in object: 'name', Unrecognized key(s) in object: 'name'`,
      ),
    ],
    [
      create({ message: 'm', details: { bananas: 1 } }),
      inRun('Field "details.bananas": Expected string, received number'),
    ],
    [
      create({ message: 'm', tags: Array(21).fill('t') }),
      inRun('Field "tags": Array must contain at most 20 element(s)'),
    ],
    [
      create({ message: 'm', tags: ['a'.repeat(51)] }),
      inRun('Field "tags.0": String must contain at most 50 character(s)'),
    ],
    [
      create({ message: 'm', priority: 'P9' }),
      inRun(`Field "priority": Invalid enum value. Expected 'P1' | 'P2' | 'P3' | 'P4' | 'P5', received 'P9'`),
    ],
    [create({ message: 'm', jsonEditorError: true }), inRun(`Unrecognized key(s) in object: 'jsonEditorError'`)],
    [close({ alias: null }), inRun('Field "alias": Expected string, received null')],
    [
      { subAction: 'ackAlert' },
      'Sub action "ackAlert" is not registered. Connector id: . Connector name: Opsgenie. Connector type: .opsgenie',
    ],
  ])('%j', (params, text) => expect(problem(params)).toBe(text));

  test.each([
    ['responders', Array(51).fill({ type: 'team', id: 'a' })],
    ['visibleTo', Array(51).fill({ type: 'team', id: 'a' })],
    ['actions', Array(11).fill('a')],
    ['actions', ['a'.repeat(51)]],
    ['description', 'a'.repeat(15_001)],
    ['entity', 'a'.repeat(513)],
    ['source', 'a'.repeat(101)],
    ['user', 'a'.repeat(101)],
    ['note', 'a'.repeat(25_001)],
  ])('%s has a limit', (field, value) => {
    expect(problem(create({ message: 'm', [field]: value }))).toContain('must contain at most');
    expect(problem(create({ message: 'm', [field]: value.slice(0, -1) }))).toBe(
      Array.isArray(value) && value.length === 1 ? undefined : problem(create({ message: 'm' })),
    );
  });
});

describe('answers', () => {
  const NO_BODY = 'Request body is not processable. Please check the errors.';

  test.each<[number, unknown, string, Partial<Failed>]>([
    [
      422,
      { message: NO_BODY, errors: { message: 'Message can not be empty.' } },
      `Status code: 422. Message: ${NO_BODY}: {"message":"Message can not be empty."}`,
      { code: 'target_rejected', errorSource: 'user' },
    ],
    [
      422,
      { errors: { message: 'failed' } },
      'Status code: 422. Message: Request failed with status code 422: {"message":"failed"}',
      { code: 'target_rejected', errorSource: 'user' },
    ],
    [
      422,
      { message: 'Key format is not valid!', took: 0 },
      'Status code: 422. Message: Key format is not valid! Check the API key',
      { code: 'target_auth' },
    ],
    [
      400,
      { message: 'bad', errors: {} },
      'Status code: 400. Message: bad',
      { code: 'target_rejected', errorSource: 'framework' },
    ],
    [
      401,
      { message: 'Could not authenticate' },
      'Status code: 401. Message: Could not authenticate. Check the API key, and that the URL is that of your region',
      { code: 'target_auth', errorSource: 'user' },
    ],
    [
      402,
      {},
      'Status code: 402. Message: Request failed with status code 402. The plan of the Opsgenie account',
      { errorSource: 'user' },
    ],
    [
      403,
      { message: 'To perform this action, use an API key from an API integration.', code: 40301 },
      'Status code: 403. Message: To perform this action, use an API key from an API integration. Take the key of an API integration',
      { code: 'target_auth' },
    ],
    [
      404,
      '<html>',
      'Status code: 404. Message: Request failed with status code 404. Check the URL. Opsgenie ends on 5 April 2027',
      { errorSource: 'framework' },
    ],
    [
      410,
      { message: 'gone' },
      'Status code: 410. Message: gone. Opsgenie ends on 5 April 2027',
      { code: 'target_rejected' },
    ],
    [
      500,
      { message: { a: 1 } },
      'Status code: 500. Message: Request failed with status code 500',
      { code: 'target_unavailable', errorSource: 'framework' },
    ],
    [
      429,
      { message: 'You are making too many requests!' },
      'Status code: 429. Message: You are making too many requests!',
      { code: 'target_rate_limited', errorSource: 'user' },
    ],
  ])('%i %j', async (status, body, serviceMessage, expected) => {
    const { verdict } = await run(create({ message: 'm' }), [status, body]);
    expect(verdict).toMatchObject({ outcome: 'failed', message: THROWN, retry: true, ...expected });
    expect(verdict.serviceMessage?.startsWith(serviceMessage)).toBe(true);
    // Where Kibana has a text and no advice is needed, the text is Kibana's to the end.
    if (![401, 402, 403, 404, 410].includes(status) && verdict.code !== 'target_auth') {
      expect(verdict.serviceMessage).toBe(serviceMessage);
    }
  });

  test('Retry-After is kept to', async () => {
    const { verdict } = await run(create({ message: 'm' }), [503, '', { 'retry-after': '600' }]);
    expect(verdict.retry).toBeInstanceOf(Date);
    // Only where the vendor is busy: a refusal stays one.
    const refused = await run(create({ message: 'm' }), [400, '', { 'retry-after': '600' }]);
    expect(refused.verdict.retry).toBe(true);
  });

  test.each<[unknown, boolean]>([
    [{ took: '0.1', requestId: 'r', extra: 1 }, true],
    [{ took: 1, requestId: 'r' }, true],
    [{ took: 'soon', requestId: 'r' }, false],
    [{ took: 1 }, false],
    [{ took: 1, requestId: 5 }, false],
    ['ok', false],
  ])('a success that says %j', async (body, isFine) => {
    for (const params of [create({ message: 'm' }), close({ alias: 'a' })]) {
      const { verdict } = await run(params, [200, body]);
      if (isFine) expect(verdict).toMatchObject({ outcome: 'delivered', data: body });
      else {
        expect(verdict).toMatchObject({ code: 'target_response_invalid', message: THROWN, errorSource: 'framework' });
        expect(verdict.serviceMessage).toMatch(/^Response validation failed \(.+\)/);
      }
    }
  });

  test('no answer', async () => {
    const { verdict } = await run(create({ message: 'm' }), undefined, { config: { apiUrl: 'http://127.0.0.1:1' } });
    expect(verdict).toMatchObject({
      code: 'egress_connection',
      message: THROWN,
      serviceMessage: 'Status code: undefined. Message: connect ECONNREFUSED 127.0.0.1:1',
      retry: true,
      errorSource: 'framework',
    });
  });
});

describe('the connection test', () => {
  const lacks = { message: 'Request body is not processable.', errors: { message: 'Message can not be empty.' } };

  test.each<[number, unknown, string]>([
    [422, lacks, 'delivered'],
    [400, lacks, 'delivered'],
    [422, { message: 'Key format is not valid!' }, 'target_auth'],
    [422, { errors: { apiKey: 'x' } }, 'target_rejected'],
    [401, lacks, 'target_auth'],
    [403, {}, 'target_auth'],
    [404, {}, 'target_rejected'],
    [503, lacks, 'target_unavailable'],
    [200, 'hello', 'target_response_invalid'],
  ])('%i %j: %s', async (status, body, expected) => {
    const { verdict, request } = await run(undefined, [status, body]);
    expect(verdict.code ?? verdict.outcome).toBe(expected);
    expect(request).toMatchObject({ method: 'POST', url: '/v2/alerts', body: '{}' });
  });
});

describe('config and secrets', () => {
  const save =
    (config: unknown, hosts = ['api.opsgenie.com']) =>
    () =>
      validateConfig(opsgenie, config, checkContext(hosts));

  test('texts', () => {
    expect(save({ apiUrl: 'https://api.opsgenie.com' })).not.toThrow();
    expect(save({})).toThrow('error validating connector type config: Field "apiUrl": Required');
    expect(save({ apiUrl: 'https://evil.example' })).toThrow(
      'error validating connector type config: error validating url: target url "https://evil.example" is not added to the Kibana config xpack.actions.allowedHosts',
    );
    expect(save({ apiUrl: 'api.opsgenie.com' })).toThrow(
      'error validating connector type config: error validating url: ',
    );
    expect(save({ apiUrl: 'https://api.opsgenie.com', a: 1 })).toThrow(`Unrecognized key(s) in object: 'a'`);
    expect(() => validateSecrets(opsgenie, {}, checkContext())).toThrow(
      'error validating connector type secrets: Field "apiKey": Required',
    );
  });

  test('the form asks in the order in which people think, and says that Opsgenie ends', () => {
    const { actions, notice, description } = describeType(opsgenie);
    const order = (name: string) => {
      const fields = Object.entries(actions[name]?.params_schema.properties as Record<string, { 'x-order': number }>);
      return fields.sort(([, a], [, b]) => a['x-order'] - b['x-order']).map(([field]) => field);
    };
    expect(order('createAlert')).toEqual(
      'message tags priority description alias entity source user note responders visibleTo actions details'.split(' '),
    );
    expect(order('closeAlert')).toEqual(['alias', 'note', 'source', 'user']);
    for (const text of [notice, description]) expect(text).toContain('5 April 2027');
  });
});
