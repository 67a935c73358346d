import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { httpServer } from '../../../test/support/http-servers.ts';
import type { ExecutionSource } from '../../connectors/define.ts';
import { parseSubAction } from '../../connectors/validate.ts';
import type { Failed, VerdictError } from '../../connectors/verdict.ts';
import { answering, checkContext, tryType } from '../shared/testing.ts';
import xsoar from './index.ts';

const RUN = { name: 'Disk full', createInvestigation: false, severity: 2 };
const CREATED = { id: '178791', name: 'Disk full', investigationId: '', severity: 2 };

interface Given {
  path?: string;
  apiKeyID?: string | null;
  subAction?: string;
  subActionParams?: Record<string, unknown>;
  source?: ExecutionSource;
}

/** Runs against an XSOAR that gives this one answer; what it was sent, and what came of it. */
async function run(given: Given = {}, status = 201, body: unknown = CREATED, headers: Record<string, string> = {}) {
  const target = await httpServer(answering(status, body, headers));
  const { path = '', apiKeyID, subAction = 'run', subActionParams = RUN, source } = given;
  const { verdict } = await tryType(xsoar, {
    config: { url: target.origin + path },
    secrets: { apiKey: 'k3y', apiKeyID },
    params: { subAction, subActionParams },
    source,
  });
  return { verdict, failure: verdict as Failed, origin: target.origin, seen: target.seen };
}

const bodyOf = async (subActionParams: Record<string, unknown>) =>
  JSON.parse((await run({ subActionParams: { ...RUN, ...subActionParams } })).seen[0]!.body) as unknown;

describe('.xsoar config and secrets', () => {
  test('an absent key id is null', () => {
    expect(xsoar.secrets.parse({ apiKey: 'k' })).toEqual({ apiKey: 'k', apiKeyID: null });
    expect(xsoar.secrets.safeParse({ apiKey: 'k', apiKeyId: '1' }).success).toBe(false);
  });

  test('the URL', () => {
    const check = (url: string) => xsoar.check?.config?.({ url }, checkContext(['xsoar.example.com']));
    expect(check('https://xsoar.example.com')).toBeUndefined();
    expect(check('https://other.example.com/x')).toBe(
      'error validating url: target url "https://other.example.com/x" is not added to the Kibana config xpack.actions.allowedHosts',
    );
    expect(check('xsoar')).toMatch(/^error validating url: /);
  });
});

describe('.xsoar requests', () => {
  test('XSOAR 6: a key without an id', async () => {
    for (const apiKeyID of [undefined, null, '']) {
      const [sent] = (await run({ apiKeyID })).seen;
      expect(sent).toMatchObject({
        method: 'POST',
        url: '/incident',
        headers: { authorization: 'k3y', 'content-type': 'application/json' },
      });
      expect(sent!.headers).not.toHaveProperty('x-xdr-auth-id');
    }
  });

  test('XSOAR 8: a key with an id', async () => {
    const [sent] = (await run({ apiKeyID: '17' })).seen;
    expect(sent).toMatchObject({
      method: 'POST',
      url: '/xsoar/public/v1/incident',
      headers: { authorization: 'k3y', 'x-xdr-auth-id': '17', 'content-type': 'application/json' },
    });
  });

  test.each([
    ['/', '/incident'],
    ['/acc_tenant/', '/acc_tenant/incident'],
    ['//a///b', '/a/b/incident'],
  ])('slashes of the URL: %s', async (path, url) => {
    expect((await run({ path })).seen[0]!.url).toBe(url);
  });

  test('the fields alone', async () => {
    expect(await bodyOf({})).toEqual({ name: 'Disk full', playbookId: null, createInvestigation: false, severity: 2 });
    expect(await bodyOf({ isRuleSeverity: true, body: null, playbookId: 'p', severity: '0.5' })).toEqual({
      name: 'Disk full',
      playbookId: 'p',
      createInvestigation: false,
      severity: 0.5,
    });
  });

  test('they win over those of the body, and all others pass', async () => {
    const own = { name: 'x', playbookId: 'x', createInvestigation: true, severity: 4, body: 'kept', id: '1' };
    const body = JSON.stringify({ ...own, CustomFields: { host: 'h' }, labels: [{ type: 'a', value: 'b' }] });
    expect(await bodyOf({ body })).toEqual({
      name: 'Disk full',
      playbookId: null,
      createInvestigation: false,
      severity: 2,
      body: 'kept',
      id: '1',
      CustomFields: { host: 'h' },
      labels: [{ type: 'a', value: 'b' }],
    });
  });

  test('a body that is JSON, and no object', async () => {
    const alone = { name: 'Disk full', playbookId: null, createInvestigation: false, severity: 2 };
    expect(await bodyOf({ body: 'null' })).toEqual(alone);
    expect(await bodyOf({ body: '7' })).toEqual(alone);
    expect(await bodyOf({ body: '["a"]' })).toEqual({ 0: 'a', ...alone });
  });

  test.each([
    ['', 'Unexpected end of JSON input'],
    ['{"details": "say "hi""}', 'Expected'],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'RangeError'],
  ])('a body that cannot be sent: %.30s', async (body, reason) => {
    const { failure, seen } = await run({ subActionParams: { ...RUN, body } });
    expect(failure).toMatchObject({
      code: 'params_invalid',
      message: 'an error occurred while running the action',
      retry: true,
      errorSource: 'framework',
    });
    expect(failure.serviceMessage).toMatch(/^Error parsing alert body for xSOAR: (Syntax|Range)Error: /);
    expect(failure.serviceMessage).toContain(reason);
    expect(seen).toEqual([]);
  });

  test('playbooks are searched with an empty filter', async () => {
    const answer = { playbooks: [{ id: 'p', name: 'Phishing', version: 4 }], tags: ['Job'], total: 1 };
    const { verdict, seen } = await run(
      { subAction: 'getPlaybooks', subActionParams: {}, apiKeyID: '17' },
      200,
      answer,
    );
    expect(seen).toMatchObject([{ method: 'POST', url: '/xsoar/public/v1/playbook/search', body: '{}' }]);
    expect(verdict).toEqual({ outcome: 'delivered', data: answer });
  });

  test('the connection test searches, and creates nothing', async () => {
    const target = await httpServer(answering(200, { playbooks: [], total: 0 }));
    const { verdict } = await tryType(xsoar, { config: { url: target.origin }, secrets: { apiKey: 'k3y' } });
    expect(verdict.outcome).toBe('delivered');
    expect(target.seen).toMatchObject([{ url: '/playbook/search', body: '{"page":0,"size":1}' }]);
  });
});

describe('.xsoar params', () => {
  const problem = (subAction: string, subActionParams: unknown) => {
    try {
      parseSubAction(xsoar, { subAction, subActionParams }, 'c1');
      return undefined;
    } catch (error) {
      return (error as VerdictError).verdict;
    }
  };

  test('what a run needs', () => {
    expect(problem('run', RUN)).toBeUndefined();
    expect(problem('run', { ...RUN, name: undefined })).toMatchObject({
      serviceMessage: 'Request validation failed (Field "name": Required)',
      retry: true,
      errorSource: 'user',
    });
    expect(problem('run', {})?.serviceMessage).toBe(
      'Request validation failed (3 errors:\n [1]: Field "name": Required;\n [2]: Field "createInvestigation": Required;\n [3]: Field "severity": Expected number, received nan)',
    );
  });

  test('the playbooks need nothing, and other sub-actions do not exist', () => {
    expect(problem('getPlaybooks', undefined)).toBeUndefined();
    expect(problem('getPlaybooks', {})).toBeUndefined();
    expect(problem('pushToService', {})).toMatchObject({
      serviceMessage:
        'Sub action "pushToService" is not registered. Connector id: c1. Connector name: XSOAR. Connector type: .xsoar',
      retry: true,
      errorSource: 'framework',
    });
  });

  test.each([
    ['low', 1],
    ['medium', 2],
    ['high', 3],
    ['critical', 4],
    ['Critical', 0],
    ['constructor', 0],
    [undefined, 0],
  ])('the severity %s of a rule is %s', (severity, expected) => {
    const params = { subAction: 'run', subActionParams: { ...RUN, severity: 3, isRuleSeverity: true } };
    const expanded = xsoar.expandTemplates?.(params, { context: { rule: { severity } } });
    expect(expanded).toEqual({ ...params, subActionParams: { ...params.subActionParams, severity: expected } });
  });

  test('it is taken only where it is asked for', () => {
    const variables = { context: { rule: { severity: 'high' } } };
    for (const isRuleSeverity of [false, null, undefined]) {
      const params = { subAction: 'run', subActionParams: { ...RUN, isRuleSeverity } };
      expect(xsoar.expandTemplates?.(params, variables)).toBe(params);
    }
    const params = { subAction: 'run', subActionParams: { ...RUN, isRuleSeverity: true } };
    expect(xsoar.expandTemplates?.(params, {})).toMatchObject({ subActionParams: { severity: 0 } });
  });
});

describe('.xsoar results', () => {
  test('data is empty, and the reference says what was created', async () => {
    const { verdict, origin } = await run({ path: '/acc_tenant' });
    const url = `${origin}/acc_tenant/#/Custom/caseinfoid/178791`;
    expect(verdict).toEqual({ outcome: 'delivered', data: {}, reference: { id: '178791', url } });
    expect((await run({}, 201, {})).verdict).toEqual({ outcome: 'delivered', data: {} });
  });

  test.each([
    [{ id: 'incCreateErr', status: 400, title: 'Failed creating incident', detail: 'Failed creating incident' }, ''],
    [{ title: 'Failed', detail: 'no such playbook', error: 'bolt: x' }, '. XSOAR says: no such playbook; bolt: x.'],
    [{ detail: { deep: 1 } }, ''],
    ['<h1>Bad</h1>', ''],
  ])("400: Kibana's text, and XSOAR's words where they add something: %j", async (body, more) => {
    expect((await run({}, 400, body)).failure).toEqual({
      outcome: 'failed',
      code: 'target_rejected',
      message: 'an error occurred while running the action',
      serviceMessage: `Status code: 400. Message: API Error: Bad Request${more}`,
      retry: true,
      errorSource: 'framework',
    });
  });

  test('401 of the gateway, and what to do', async () => {
    const body = { reply: { err_code: 401, err_msg: 'Public API request unauthorized', err_extra: null } };
    const { failure } = await run({ apiKeyID: '17' }, 401, body);
    expect(failure).toMatchObject({ code: 'target_auth', errorSource: 'user', retry: true });
    expect(failure.serviceMessage).toMatch(
      /^Status code: 401\. Message: API Error: Unauthorized\. XSOAR says: Public API request unauthorized\. Check the API key; /,
    );
  });

  test.each([
    [403, 'Give the role of the API key the right to do this.'],
    [404, 'https://api-'],
  ])('%i: what to do', async (status, remedy) => {
    expect((await run({}, status, '')).failure.serviceMessage).toContain(remedy);
  });

  test('busy', async () => {
    expect((await run({}, 503, '')).failure).toMatchObject({ code: 'target_unavailable', retry: true });
    const { failure } = await run({}, 429, '', { 'retry-after': '600' });
    expect(failure).toMatchObject({ code: 'target_rate_limited', errorSource: 'user' });
    expect(failure.retry).toBeInstanceOf(Date);
  });

  test('a page instead of an answer: the address is that of the console', async () => {
    const { failure } = await run({}, 200, '<!doctype html>');
    expect(failure.code).toBe('target_response_invalid');
    expect(failure.serviceMessage).toMatch(
      /^Response validation failed \(Expected object, received string\)\. .*https:\/\/api-/,
    );
  });

  test.each([
    [{}, 'Field "playbooks": Required'],
    [{ playbooks: [{ id: 1 }] }, '2 errors:\n [1]: Field "playbooks.0.id": Expected string, received number;'],
    [[], 'Expected object, received array'],
  ])('playbooks that are none: %j', async (answer, reason) => {
    const { failure } = await run({ subAction: 'getPlaybooks', subActionParams: {} }, 200, answer);
    expect(failure).toMatchObject({ code: 'target_response_invalid', retry: true, errorSource: 'framework' });
    expect(failure.serviceMessage).toContain(`Response validation failed (${reason}`);
  });

  test('no answer', async () => {
    const { verdict } = await tryType(xsoar, {
      config: { url: 'http://127.0.0.1:1' },
      secrets: { apiKey: 'k3y' },
      params: { subAction: 'run', subActionParams: RUN },
    });
    expect(verdict).toMatchObject({
      code: 'egress_connection',
      serviceMessage: expect.stringMatching(/^Status code: undefined\. Message: Error: .*ECONNREFUSED/),
      retry: true,
      errorSource: 'framework',
    });
  });

  test('the queue does not repeat what cannot succeed, or what was done already', async () => {
    const badBody = { ...RUN, body: '{' };
    for (const [source, retry] of [
      ['queue', false],
      ['rule', false],
      ['http_request', true],
    ] as const) {
      expect((await run({ source, subActionParams: badBody })).failure.retry).toBe(retry);
      expect((await run({ source }, 200, 'no JSON')).failure.retry).toBe(retry);
      expect((await run({ source }, 503, '')).failure.retry).toBe(true);
    }
  });
});

/**
 * `CreateIncidentRequest` of XSOAR's own document (https://github.com/demisto/demisto-py, `server_api_swagger.json`,
 * Apache-2.0), reduced to what is sent here and what the documentation's example puts into `body`. It has no required
 * fields; those that Kibana always sends are. Its text for `playbookId` is not nullable, but a Go server reads null as none.
 */
const createIncidentRequest = z
  .object({
    name: z.string(),
    playbookId: z.string().nullable(),
    createInvestigation: z.boolean(),
    severity: z.number(),
    details: z.string().optional(),
    type: z.string().optional(),
    labels: z.array(z.object({ type: z.string(), value: z.string() })).optional(),
    CustomFields: z.record(z.string(), z.unknown()).optional(),
  })
  .catchall(z.record(z.string(), z.unknown()));

describe("XSOAR's contract", () => {
  const fits = (body: unknown) => createIncidentRequest.safeParse(body).success;

  test('takes what is sent', async () => {
    expect(fits(await bodyOf({}))).toBe(true);
    const body = '{"details":"d","type":"Unclassified","labels":[{"type":"a","value":"b"}],"CustomFields":{"h":1}}';
    expect(fits(await bodyOf({ body, playbookId: 'p', severity: 0.5, isRuleSeverity: true }))).toBe(true);
    expect(fits(xsoar.sample.expect?.body)).toBe(true);
  });

  test.each([
    [{ name: undefined }],
    [{ name: 7 }],
    [{ playbookId: 7 }],
    [{ createInvestigation: 'yes' }],
    [{ severity: '2' }],
    [{ isRuleSeverity: true }],
    [{ body: '{}' }],
    [{ labels: [{ type: 'a' }] }],
  ])('and would notice %j', async (wrong) => {
    expect(fits({ ...((await bodyOf({})) as object), ...wrong })).toBe(false);
  });
});
