import { describe, expect, onTestFinished, test } from 'vitest';
import { testDatabase } from '../../../test/support/database.ts';
import { createAuthenticator } from '../../access/authenticate.ts';
import { setAdminPassword } from '../../access/first-admin.ts';
import { createSessions } from '../../access/sessions.ts';
import { sessionRows } from '../../db/sessions.ts';
import { userRows } from '../../db/users.ts';
import { createMetrics } from '../../events/metrics.ts';
import { createLog } from '../../log.ts';
import { createHealth } from '../../queue/health.ts';
import type { QueueStats } from '../../queue/types.ts';
import { addRoute, createServer } from '../server.ts';
import { healthRoute } from './health.ts';
import { metricsRoute } from './metrics.ts';

const { db } = await testDatabase();
const users = userRows(db.kysely);
const sessions = sessionRows(db.kysely);
await setAdminPassword({ users, sessions }, 'prometheus', 'scrape-me-please');
const authorization = `Basic ${Buffer.from('prometheus:scrape-me-please').toString('base64')}`;

const figures = (): QueueStats => ({
  at: new Date(),
  depth: 2,
  due: 0,
  claimed: 0,
  retrying: 0,
  byType: {},
  running: 0,
  load: 0,
  openCircuits: [],
  nodes: 1,
  polling: { lastSuccessAt: new Date(), durationsMs: [] },
});

/** The two routes behind real authentication; the queue's figures and the state of the database are given. */
async function serverWith(stats: () => Promise<QueueStats>, isDatabaseAvailable = () => true) {
  const server = createServer(
    {
      name: 'test',
      rewriteBasePath: false,
      maxPayload: 1_000,
      xsrf: { disableProtection: false, allowlist: [] },
      isSecure: false,
    },
    {
      authenticator: await createAuthenticator(users),
      sessions: createSessions(sessions),
      log: createLog('trace', { write: () => undefined }),
    },
  );
  const queue = { stats };
  const threshold = { warn: 80, error: 90 };
  const health = createHealth({
    id: 'node-1',
    queue,
    isDatabaseAvailable,
    settings: {
      capacity: 500,
      pollIntervalMs: 500,
      requiredFreshnessMs: 1_500,
      refreshRateMs: 60_000,
      window: 50,
      thresholds: { default: threshold, custom: {} },
      pausedTaskTypes: [],
    },
  });
  addRoute(server, healthRoute({ health }));
  addRoute(server, metricsRoute({ metrics: createMetrics(), queue, isDatabaseAvailable }));
  onTestFinished(() => server.close());
  return (url: string, headers: Record<string, string> = { authorization }) => server.inject({ url, headers });
}

const away = async (): Promise<QueueStats> => {
  throw new Error('away');
};

describe.each(['/metrics', '/api/task_manager/_health'])('%s', (path) => {
  test('is for those who are signed in', async () => {
    const get = await serverWith(async () => figures());
    expect((await get(path, {})).statusCode).toBe(401);
    expect((await get(path, { authorization: 'Basic cHJvbWV0aGV1czp3cm9uZw==' })).statusCode).toBe(401);
    expect((await get(path)).statusCode).toBe(200);
    expect((await get(`/s/team-a${path}`)).statusCode).toBe(200);
  });

  test('answers while the database is away', async () => {
    for (const get of [await serverWith(away, () => false), await serverWith(away)]) {
      expect((await get(path)).statusCode).toBe(200);
    }
  });

  test('answers when the figures take for ever', async () => {
    const get = await serverWith(() => new Promise(() => undefined));
    expect((await get(path)).statusCode).toBe(200);
  });
});

test('the health report is what the document says', async () => {
  const get = await serverWith(async () => figures());
  const { schema } = healthRoute({ health: { report: () => Promise.reject(new Error('not asked')) } }).answers[200]!;
  const { body, headers } = await get('/api/task_manager/_health');
  expect(headers['content-type']).toContain('application/json');
  expect(schema?.safeParse(JSON.parse(body)).error).toBeUndefined();
  expect(JSON.parse(body)).toMatchObject({ status: 'OK', stats: { workload: { value: { count: 2 } } } });
});

test('metrics come with the content type that Prometheus looks for', async () => {
  const get = await serverWith(async () => figures());
  const { body, headers } = await get('/metrics');
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(body).toContain('patchbay_queue_depth 2\n');
  const gone = await (await serverWith(away, () => false))('/metrics');
  expect(gone.body).toContain('patchbay_database_up 0\n');
});
