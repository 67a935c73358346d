import { Client } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { httpServer, tcpServer } from '../../../test/support/http-servers.ts';
import type { ElasticsearchServer } from '../../connectors/define.ts';
import type { Failed } from '../../connectors/verdict.ts';
import { answering, type TrialRun, tryType } from '../shared/testing.ts';
import esIndex from './index.ts';

const CREATED = { _index: 'alerts', status: 201, result: 'created' };
const ok = (...ids: string[]) => ({
  took: 1,
  errors: false,
  items: ids.map((_id) => ({ create: { ...CREATED, _id } })),
});
const bad = (status: number, error?: object, _id = 'e1-0') => ({ create: { _index: 'alerts', _id, status, error } });
const conflict = (id: string) => bad(409, { type: 'version_conflict_engine_exception', reason: 'exists' }, id);

/** As many documents as the answer has items. */
function documentsFor(answer: unknown): object[] {
  const items = (answer as { items?: unknown } | null)?.items;
  return Array.isArray(items) ? items.map((_item, i) => ({ a: i + 1 })) : [{ a: 1 }];
}

async function run(answer: unknown, trial: TrialRun & { server?: Partial<ElasticsearchServer> } = {}, status = 200) {
  const cluster = await httpServer(answering(status, answer, { 'content-type': 'application/json' }));
  const { verdict } = await tryType(esIndex, {
    config: { index: 'alerts' },
    params: { documents: documentsFor(answer) },
    elasticsearch: { hosts: [cluster.origin], ...trial.server },
    ...trial,
  });
  return { verdict: verdict as Failed, cluster, request: cluster.seen[0] };
}

const lines = (body = '') =>
  body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('.index request', () => {
  test('defaults of the config', () => {
    expect(esIndex.config.parse({ index: 'x' })).toEqual({ index: 'x', refresh: false, executionTimeField: null });
  });

  test("sends what Elastic's own client sends, plus an id for each document", async () => {
    const documents = [{ testing: [1, 2, 3] }, { text: 'line1\nline2 "é🙂"\u2028', nested: { a: null } }];
    const { verdict, cluster, request } = await run(ok('e1-0', 'e1-1'), { params: { documents } });
    const client = new Client({ node: cluster.origin });
    await client
      .bulk({
        index: 'alerts',
        refresh: false,
        operations: documents.flatMap((d) => [{ index: { op_type: 'create' } }, d]),
      })
      .catch(() => {}); // refuses an answer without the header of its product; the request is what matters here
    await client.close();

    const theirs = cluster.seen.slice(1).find(({ url }) => url.includes('_bulk'));
    expect(request).toMatchObject({ method: 'POST', url: '/alerts/_bulk?refresh=false' });
    expect(theirs).toMatchObject({ method: 'POST', url: '/alerts/_bulk?refresh=false' });
    const withoutIds = lines(request?.body).map(({ index, ...rest }) =>
      index ? { index: { op_type: index.op_type } } : rest,
    );
    expect(withoutIds).toEqual(lines(theirs?.body));
    expect(lines(request?.body).filter((line) => line.index)).toEqual([
      { index: { op_type: 'create', _id: 'e1-0' } },
      { index: { op_type: 'create', _id: 'e1-1' } },
    ]);
    expect(request?.body.endsWith('\n')).toBe(true);
    expect(request?.headers).toMatchObject({ 'content-type': 'application/x-ndjson', accept: 'application/json' });
    expect(verdict).toEqual({ outcome: 'delivered', data: ok('e1-0', 'e1-1') });
  });

  test.each([
    ['my index/ä?#%', '/my%20index%2F%C3%A4%3F%23%25/_bulk?refresh=true'],
    ['<logs-{now/d}>', '/%3Clogs-%7Bnow%2Fd%7D%3E/_bulk?refresh=true'],
    ['../_security/user', '/..%2F_security%2Fuser/_bulk?refresh=true'],
  ])('the index %j is one segment of the path', async (index, url) => {
    expect((await run(ok('e1-0'), { config: { index, refresh: true } })).request?.url).toBe(url);
  });

  test('the path of the host is kept', async () => {
    const cluster = await httpServer(answering(200, ok('e1-0')));
    const elasticsearch = { hosts: [`${cluster.origin}/es/`] };
    await tryType(esIndex, { config: { index: 'a' }, params: { documents: [{}] }, elasticsearch });
    expect(cluster.seen[0]?.url).toBe('/es/a/_bulk?refresh=false');
  });

  test.each(['', '.', '..'])('the index %j is refused before anything is sent', async (index) => {
    const { verdict, cluster } = await run(ok('e1-0'), { config: { index } });
    expect(verdict).toMatchObject({ message: 'error indexing documents', retry: false });
    expect(verdict.serviceMessage).toContain(`"${index}" is not the name of an index`);
    expect(cluster.seen).toEqual([]);
  });

  test('the time field is set in every document, over an existing value, under its literal name', async () => {
    const documents = [{ 'a.b': 'old', x: 1 }, {}];
    const before = new Date().toISOString();
    const { request } = await run(ok('e1-0'), {
      config: { index: 'i', executionTimeField: ' a.b ' },
      params: { documents },
    });
    const [, first, , second] = lines(request?.body);
    expect(first).toEqual({ 'a.b': first['a.b'], x: 1 });
    expect(second).toEqual({ 'a.b': first['a.b'] });
    expect(first['a.b'] >= before && first['a.b'] <= new Date().toISOString()).toBe(true);
  });

  test('a blank time field is none, and __proto__ is a name like any other', async () => {
    expect(
      lines((await run(ok('e1-0'), { config: { index: 'i', executionTimeField: '  ' } })).request?.body)[1],
    ).toEqual({ a: 1 });
    const { request } = await run(ok('e1-0'), { config: { index: 'i', executionTimeField: '__proto__' } });
    expect(request?.body).toMatch(/"__proto__":"\d{4}-/);
  });

  test('credentials: API key before user and password', async () => {
    const user = { username: 'u', password: 'p' };
    const authorization = async (server: Partial<ElasticsearchServer>) =>
      (await run(ok('e1-0'), { server })).request?.headers.authorization;
    expect(await authorization({})).toBeUndefined();
    expect(await authorization(user)).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
    expect(await authorization({ ...user, apiKey: 'aWQ6a2V5' })).toBe('ApiKey aWQ6a2V5');
  });

  test('indexOverride must be of the alert history', async () => {
    const { params } = esIndex.actions.run!;
    const refused = params.safeParse({ documents: [], indexOverride: 'other' });
    expect(refused.error?.issues[0]?.message).toBe('index must start with "kibana-alert-history-"');
    const given = { documents: [{}], indexOverride: 'kibana-alert-history-x' };
    expect((await run(ok('e1-0'), { params: given })).request?.url).toBe('/kibana-alert-history-x/_bulk?refresh=false');
    expect((await run(ok('e1-0'), { params: { documents: [{}], indexOverride: null } })).request?.url).toContain(
      '/alerts/',
    );
  });

  test.each([[['text']], [[[]]], [[null]], ['x'], [undefined]])('documents %j are refused', (documents) => {
    expect(esIndex.actions.run?.params.safeParse({ documents }).success).toBe(false);
  });

  test('an empty list is an error that says so', async () => {
    const { verdict } = await run(ok(), { params: { documents: [] } });
    expect(verdict.serviceMessage).toBe('The list "documents" is empty; give at least one document.');
  });
});

describe('.index cluster', () => {
  test('not configured', async () => {
    const { verdict } = await tryType(esIndex, { config: { index: 'a' }, params: { documents: [{}] } });
    expect(verdict).toMatchObject({ message: 'error indexing documents', retry: false });
    expect(verdict).toHaveProperty('serviceMessage', expect.stringContaining('set elasticsearch.hosts'));
  });

  test('a host that cannot be reached: the next one is asked', async () => {
    const cluster = await httpServer(answering(200, ok('e1-0')));
    const elasticsearch = { hosts: ['http://127.0.0.1:1', cluster.origin], apiKey: 'a2V5' };
    const trial = { config: { index: 'a' }, params: { documents: [{}] }, elasticsearch, allowedHosts: [] };
    expect((await tryType(esIndex, trial)).verdict.outcome).toBe('delivered');
    expect(cluster.seen).toHaveLength(1);
  });

  test('a host that broke off may have written: its own documents are not an error on the next', async () => {
    const broken = await tcpServer((socket) => socket.once('data', () => socket.destroy()));
    const cluster = await httpServer(answering(200, { took: 1, errors: true, items: [conflict('e1-0')] }));
    const elasticsearch = { hosts: [broken.origin, cluster.origin] };
    const { verdict } = await tryType(esIndex, { config: { index: 'a' }, params: { documents: [{}] }, elasticsearch });
    expect(verdict).toMatchObject({ outcome: 'delivered', warning: expect.stringContaining('1 of 1') });
  });

  test('no host can be reached: the text of the last', async () => {
    const elasticsearch = { hosts: ['http://127.0.0.1:1', 'http://127.0.0.1:2'] };
    const { verdict } = await tryType(esIndex, { config: { index: 'a' }, params: { documents: [{}] }, elasticsearch });
    expect(verdict).toEqual({
      outcome: 'failed',
      code: 'egress_connection',
      message: 'error indexing documents',
      serviceMessage: '[ECONNREFUSED] connect ECONNREFUSED 127.0.0.1:2',
    });
  });

  test.each([
    [
      200,
      { cluster_name: 'c', version: { number: '9.3.0' } },
      { outcome: 'delivered', data: { cluster: 'c', version: '9.3.0' } },
    ],
    [403, {}, { outcome: 'delivered', warning: expect.any(String) }],
    [401, {}, { outcome: 'failed', code: 'target_auth', serviceMessage: '401 Unauthorized' }],
  ])('the connection test, answered with %i', async (status, answer, expected) => {
    const { verdict, request } = await run(answer, { params: undefined }, status);
    expect(verdict).toMatchObject(expected);
    expect(request).toMatchObject({ method: 'GET', url: '/' });
  });
});

describe('.index results', () => {
  test('all reasons, then all causes', async () => {
    const items = [
      bad(400, { type: 'document_parsing_exception', reason: 'r1', caused_by: { reason: 'c1' } }),
      { create: { ...CREATED, _id: 'e1-1' } },
      bad(400, { type: 'x', reason: 'r2', caused_by: { reason: 'c2' } }),
    ];
    const errors: string[] = [];
    const log = { error: (text: string) => errors.push(text) };
    const { verdict } = await run({ errors: true, items }, { log });
    expect(verdict).toMatchObject({
      code: 'partial_failure',
      message: 'error indexing documents',
      serviceMessage: 'r1;r2 (c1;c2)',
    });
    expect(verdict).not.toHaveProperty('retry');
    expect(verdict.data).toEqual({
      failed: 2,
      succeeded: 1,
      items: [
        { position: 0, index: 'alerts', id: 'e1-0', status: 400, type: 'document_parsing_exception', reason: 'r1' },
        { position: 1, index: 'alerts', id: 'e1-1', status: 201 },
        { position: 2, index: 'alerts', id: 'e1-0', status: 400, type: 'x', reason: 'r2' },
      ],
    });
    expect(errors).toEqual(['error indexing documents: r1;r2 (c1;c2)']);
  });

  test('an error without any reason', async () => {
    const { verdict } = await run({ errors: true, items: [bad(400, {})] });
    expect(verdict).toMatchObject({
      code: 'target_rejected',
      serviceMessage: 'Indexing error but no reason returned.',
    });
  });

  test.each([
    [[429, 503], true],
    [[429, 400], undefined],
    [[400], undefined],
  ])('items failed with %j: retry %j', async (statuses, retry) => {
    const { verdict } = await run({ errors: true, items: statuses.map((status) => bad(status, { reason: 'r' })) });
    expect(verdict.retry).toBe(retry);
  });

  test('a single document is referred to, several are not', async () => {
    expect((await run(ok('e1-0'), {})).verdict).toMatchObject({ reference: { id: 'alerts/e1-0' } });
    const params = { documents: [{}, {}] };
    expect((await run(ok('e1-0', 'e1-1'), { params })).verdict).not.toHaveProperty('reference');
  });

  test('every attempt of an execution writes under the same ids', async () => {
    const params = { documents: [{}, {}] };
    const ids = async (attempt: number) =>
      lines((await run(ok('e1-0', 'e1-1'), { params, attempt })).request?.body).flatMap(
        ({ index }) => index?._id ?? [],
      );
    expect(await ids(1)).toEqual(['e1-0', 'e1-1']);
    expect(await ids(2)).toEqual(['e1-0', 'e1-1']);
  });

  test('own documents of an earlier attempt are not written twice and not an error', async () => {
    const answer = { errors: true, items: [conflict('e1-0'), { create: { ...CREATED, _id: 'e1-1' } }] };
    const params = { documents: [{}, {}] };
    expect((await run(answer, { params, attempt: 2 })).verdict).toEqual({
      outcome: 'delivered',
      data: answer,
      warning: '1 of 2 documents had been written by an earlier attempt.',
    });
    expect((await run(answer, { params, attempt: 1 })).verdict).toMatchObject({
      code: 'partial_failure',
      serviceMessage: 'exists',
    });
    const foreign = { errors: true, items: [conflict('other-0')] };
    expect((await run(foreign, { attempt: 2 })).verdict.code).toBe('target_rejected');
  });

  test.each([
    [
      403,
      { error: { type: 'security_exception', reason: 'no' } },
      'target_auth',
      '[403] security_exception: no',
      undefined,
    ],
    [404, { error: 'no handler' }, 'target_rejected', '[404] no handler', undefined],
    [429, {}, 'target_rate_limited', '429 Too Many Requests', true],
    [503, 'no json', 'target_unavailable', '503 Service Unavailable', true],
  ])('the request refused with %i', async (status, answer, code, serviceMessage, retry) => {
    const { verdict } = await run(answer, {}, status);
    expect(verdict).toEqual({
      outcome: 'failed',
      code,
      message: 'error indexing documents',
      serviceMessage,
      ...(retry === undefined ? {} : { retry }),
    });
  });

  test.each(['<html>', 'null', '[]', '{}', '{"items":[null]}', '{"items":{}}', '{"items":[{}]}', '{"items":[]}'])(
    'an answer that is none: %s',
    async (answer) => {
      const { verdict } = await run(answer);
      expect(verdict).toMatchObject({ code: 'target_response_invalid', message: 'error indexing documents' });
    },
  );
});
