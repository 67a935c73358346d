import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';
import { accepted, fromNow, HOUR_MS, inState } from './queue-support.ts';
import { addUser, create, expectError, startTarget, type Target, webhook } from './support.ts';

let app: TestApp;
let target: Target;
let none: { authorization: string };
beforeAll(async () => {
  [app, target] = await Promise.all([
    startTestApp({
      'xpack.actions.preconfigured': { pager: { name: 'Pager', actionTypeId: '.server-log' } },
      'patchbay.notices': [
        { to: 'pager', fallback: ['mail', 'pager', 'mail'] },
        { to: 'mail', circuit: true },
      ],
      'patchbay.queue.circuit': { failures: 3, pause: '1h', maxPause: '1h' },
      'xpack.actions.run.maxAttempts': 1,
    }),
    startTarget(),
  ]);
  none = await addUser(app, 'none', ['other_feature']);
});
afterAll(() => app.stop());

const run = (id: string, space = '') =>
  app.call('POST', `${space}/api/actions/connector/${id}/_execute`, { params: { body: '{}' } });
const toTarget = (path: string, name = 'Hook') => webhook({ name, config: { url: target.url + path, hasAuth: false } });
const sum = (buckets: Record<string, number>[], key: string) =>
  buckets.reduce((total, bucket) => total + bucket[key]!, 0);

const PATHS = [
  '/internal/executions/histogram',
  '/internal/connectors/activity',
  '/internal/connectors/usage',
  '/internal/queue/stats',
];

test.each(PATHS)('%s is for those who may read connectors', async (path) => {
  expectError(await app.call('GET', path, undefined, { authorization: undefined }), 401, 'Unauthorized');
  expectError(await app.call('GET', path, undefined, none), 403, 'Unauthorized to get actions');
  expectError(await app.call('GET', `${path}?nope=1`), 400, /^\[request query\.nope\]/);
});

test.each(PATHS)('%s is not in the public document', async (path) => {
  expect((await app.call('GET', '/api/openapi.json')).body.paths).not.toHaveProperty([path]);
});

describe('the histogram', () => {
  const space = '/s/histogram';
  let good: string;
  let bad: string;
  beforeAll(async () => {
    good = await create(app, toTarget('/ok', 'Good'), space);
    bad = await create(app, toTarget('/status/500', 'Bad'), space);
    for (let n = 0; n < 3; n += 1) expect((await run(good, space)).body.status).toBe('ok');
    for (let n = 0; n < 2; n += 1) expect((await run(bad, space)).body.status).toBe('error');
    await accepted(app, good, { start_at: fromNow(HOUR_MS) }, { space });
  });
  const read = async (query = '') => {
    const { status, body, text } = await app.call('GET', `${space}/internal/executions/histogram?${query}`);
    expect(status, text).toBe(200);
    return body;
  };

  test('counts at once what has just happened, of the last 24 hours in 60 buckets', async () => {
    const body = await read();
    expect(body).toEqual({
      from: expect.stringMatching(/Z$/),
      to: expect.stringMatching(/Z$/),
      bucket_ms: (24 * HOUR_MS) / 60,
      buckets: expect.any(Array),
      by_connector: [{ connector_id: bad, connector_name: 'Bad', connector_type_id: '.webhook', failed: 2, total: 2 }],
    });
    expect(Date.parse(body.to) - Date.parse(body.from)).toBe(24 * HOUR_MS);
    expect(body.buckets).toHaveLength(60);
    expect(body.buckets[0]).toEqual({ at: body.from, succeeded: 0, failed: 0, other: 0 });
    expect(Date.parse(body.buckets[1].at) - Date.parse(body.from)).toBe(body.bucket_ms);
    expect(['succeeded', 'failed', 'other'].map((key) => sum(body.buckets, key))).toEqual([3, 2, 1]);
    expect(body.buckets.at(-1)).toMatchObject({ succeeded: 3, failed: 2, other: 1 });
  });

  test('takes the filters of the search', async () => {
    const counted = async (query: string) => {
      const { buckets, by_connector } = await read(query);
      return [...['succeeded', 'failed', 'other'].map((key) => sum(buckets, key)), by_connector.length];
    };
    expect(await counted(`connector_id=${good}`)).toEqual([3, 0, 1, 0]);
    expect(await counted('status=failed')).toEqual([0, 2, 0, 1]);
    expect(await counted('status=failed&status=queued')).toEqual([0, 2, 1, 1]);
    expect(await counted('source=queue')).toEqual([0, 0, 1, 0]);
    expect(await counted('connector_type_id=.slack')).toEqual([0, 0, 0, 0]);
    expect(await counted('text=bad')).toEqual([0, 2, 0, 1]);
    expect(await counted(`to=${encodeURIComponent(fromNow(-HOUR_MS))}`)).toEqual([0, 0, 0, 0]);
    const elsewhere = await app.call('GET', '/s/nowhere/internal/executions/histogram');
    expect(sum(elsewhere.body.buckets, 'succeeded')).toBe(0);
  });

  test('cuts a time that its buckets do not divide', async () => {
    const { buckets, bucket_ms } = await read('from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00.010Z&buckets=4');
    expect(bucket_ms).toBe(3);
    expect(buckets.map(({ at }: { at: string }) => at.slice(-5))).toEqual(['.000Z', '.003Z', '.006Z', '.009Z']);
  });

  test.each([
    ['buckets=0', 'query.buckets'],
    ['buckets=201', 'query.buckets'],
    ['buckets=x', 'query.buckets'],
    ['from=yesterday', 'query.from'],
    ['status=done', 'query.status'],
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'query.to]: must be later than [from]'],
    ['from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'query.to]: must be later than [from]'],
  ])('refuses %s', async (query, part) => {
    const answer = await app.call('GET', `${space}/internal/executions/histogram?${query}`);
    expectError(answer, 400);
    expect(answer.body.message).toContain(part);
  });

  test.each([
    'from=0001-01-01T00:00:00Z',
    'to=9999-12-31T23:59:59Z',
    'from=0001-01-01T00:00:00Z&to=0002-01-01T00:00:00Z',
  ])('survives %s', async (query) => {
    expect((await read(query)).buckets.length).toBeLessThanOrEqual(60);
  });
});

describe('the activity of connectors', () => {
  test('has 24 hours of each one that ran in this space', async () => {
    const space = '/s/activity';
    const id = await create(app, toTarget('/ok'), space);
    await create(app, toTarget('/ok', 'Idle'), space);
    const failing = await create(app, toTarget('/status/500'), space);
    await run(id, space);
    await run(id, space);
    await run(failing, space);
    const { status, body } = await app.call('GET', `${space}/internal/connectors/activity`);
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['from', 'buckets', 'connectors']);
    expect(body.buckets).toBe(24);
    expect(Date.now() - Date.parse(body.from)).toBeLessThanOrEqual(24 * HOUR_MS);
    expect(Date.parse(body.from) % HOUR_MS).toBe(0);
    expect(Object.keys(body.connectors).sort()).toEqual([id, failing].sort());
    for (const counts of Object.values<Record<string, number[]>>(body.connectors)) {
      expect(counts.succeeded).toHaveLength(24);
      expect(counts.failed).toHaveLength(24);
    }
    const total = (counts: number[]) => counts.reduce((a, b) => a + b, 0);
    expect([total(body.connectors[id].succeeded), total(body.connectors[id].failed)]).toEqual([2, 0]);
    expect([total(body.connectors[failing].succeeded), total(body.connectors[failing].failed)]).toEqual([0, 1]);
  });

  test('is read once for many who ask at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => app.call('GET', '/s/many/internal/connectors/activity')),
    );
    expect(new Set(all.map(({ text }) => text)).size).toBe(1);
  });
});

test('the usage of connectors names the notices of the settings, in every space', async () => {
  const expected = {
    pager: [
      { kind: 'notice', name: 'patchbay.notices[0]', role: 'to' },
      { kind: 'notice', name: 'patchbay.notices[0]', role: 'fallback' },
    ],
    mail: [
      { kind: 'notice', name: 'patchbay.notices[0]', role: 'fallback' },
      { kind: 'notice', name: 'patchbay.notices[1]', role: 'to' },
    ],
  };
  for (const space of ['', '/s/other']) {
    expect((await app.call('GET', `${space}/internal/connectors/usage`)).body).toEqual(expected);
  }
});

describe('the queue', () => {
  test('tells what waits, and which circuits are open', async () => {
    const id = await create(app, toTarget('/status/503', 'Broken'));
    const waiting = await create(app, toTarget('/ok'));
    await accepted(app, waiting, { start_at: fromNow(HOUR_MS) });
    for (let n = 0; n < 3; n += 1) await inState(app, await accepted(app, id));
    let body: Record<string, unknown> = {};
    await until(async () => {
      body = (await app.call('GET', '/internal/queue/stats')).body;
      return (body.open_circuits as unknown[]).length > 0 && (body.depth as number) > 0;
    }, 'the circuit is open and the waiting one is counted');
    expect(body).toMatchObject({
      at: expect.stringMatching(/Z$/),
      due: expect.any(Number),
      claimed: expect.any(Number),
      retrying: 0,
      by_type: { '.webhook': { queued: expect.any(Number), claimed: expect.any(Number) } },
      running: expect.any(Number),
      load: expect.any(Number),
      nodes: 1,
      last_attempt_at: expect.stringMatching(/Z$/),
      polling: { last_success_at: expect.stringMatching(/Z$/), durations_ms: expect.any(Array) },
    });
    expect(body.open_circuits).toEqual([
      {
        connector_id: id,
        connector_type_id: '.webhook',
        connector_name: 'Broken',
        state: 'open',
        since: expect.stringMatching(/Z$/),
        probe_at: expect.stringMatching(/Z$/),
        reason: expect.stringContaining('503'),
      },
    ]);
  });
});
