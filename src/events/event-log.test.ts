import { describe, expect, test } from 'vitest';
import { eventDocuments } from './event-log.ts';
import type { AttemptRecord, ExecutionRecord } from './execution-log.ts';

const server = { uuid: '5b2de169-2785-441b-ae8c-186a1936b17d' };
const request = { method: 'POST', url: 'https://example.com', headers: {}, duration_ms: 1 };
const attempt: AttemptRecord = {
  attempt: 1,
  startedAt: new Date('2026-11-22T08:00:00.250Z'),
  durationMs: 12.5,
  outcome: 'delivered',
  requests: [{ ...request, body: 'ü' }, request, { ...request, method: 'SMTP', body: 'mail' }],
};
const record: ExecutionRecord = {
  id: '01a201c9-8c7c-7815-85bc-545f84d9652f',
  spaceId: 'default',
  connectorId: 'c1',
  connectorTypeId: '.webhook',
  connectorName: 'Hook',
  source: 'http_request',
  status: 'succeeded',
  createdAt: new Date('2026-11-22T08:00:00.249Z'),
  username: 'elastic',
  attempts: [attempt],
};
// biome-ignore lint/suspicious/noExplicitAny: documents are looked into
const documents = (changes: Partial<ExecutionRecord>, isInMemory = false): any[] =>
  eventDocuments({ ...record, ...changes }, server, isInMemory);

describe('documents of the event log', () => {
  test('are two for a run over HTTP', () => {
    const kibana = {
      server_uuid: server.uuid,
      version: '9.3.0',
      space_ids: ['default'],
      saved_objects: [{ rel: 'primary', type: 'action', id: 'c1', type_id: '.webhook' }],
    };
    const action = { id: 'c1', type_id: '.webhook', name: 'Hook' };
    const execution = { uuid: record.id, source: 'http_request' };
    expect(documents({})).toEqual([
      {
        '@timestamp': '2026-11-22T08:00:00.250Z',
        ecs: { version: '8.0.0' },
        event: { provider: 'actions', kind: 'action', action: 'execute-start', start: '2026-11-22T08:00:00.250Z' },
        message: 'action started: .webhook:c1: Hook',
        kibana: { ...kibana, action: { ...action, execution } },
      },
      {
        '@timestamp': '2026-11-22T08:00:00.262Z',
        ecs: { version: '8.0.0' },
        event: {
          provider: 'actions',
          kind: 'action',
          action: 'execute',
          start: '2026-11-22T08:00:00.250Z',
          end: '2026-11-22T08:00:00.262Z',
          duration: '12500000',
          outcome: 'success',
        },
        message: 'action executed: .webhook:c1: Hook',
        user: { name: 'elastic' },
        kibana: { ...kibana, action: { ...action, execution: { ...execution, usage: { request_body_bytes: 2 } } } },
      },
    ]);
  });

  test('say why an attempt failed, when the next one comes, and how late it was', () => {
    const dueAt = new Date('2026-11-22T08:00:00.000Z');
    const failed: AttemptRecord = {
      ...attempt,
      dueAt,
      outcome: 'failed',
      code: 'target_unavailable',
      message: 'error calling webhook',
      serviceMessage: '[503] Service Unavailable',
      nextAttemptAt: new Date('2026-11-22T08:00:30.262Z'),
    };
    const last: AttemptRecord = { ...attempt, attempt: 2, outcome: 'failed', durationMs: 0 };
    const [started, executed, , ended] = documents({ source: 'queue', attempts: [failed, last] });
    const task = { scheduled: '2026-11-22T08:00:00.000Z', schedule_delay: 250_000_000 };
    expect(started).toMatchObject({ kibana: { task } });
    expect(executed).toMatchObject({
      event: { outcome: 'failure' },
      message: 'action execution failure: .webhook:c1: Hook',
      error: {
        message: 'error calling webhook: [503] Service Unavailable; retry at 2026-11-22T08:00:30.262Z',
      },
      kibana: { task, action: { execution: { source: 'queue' } } },
    });
    expect(ended).toMatchObject({ event: { duration: '0' }, error: { message: 'unknown error running action' } });
    expect(ended.kibana).not.toHaveProperty('task');
  });

  test('have one more for an attempt that took too long', () => {
    const timedOut: AttemptRecord = { ...attempt, outcome: 'failed', code: 'timed_out', message: 'too long' };
    const all = documents({ attempts: [timedOut] });
    expect(all.map(({ event }) => event.action)).toEqual(['execute-start', 'execute-timeout', 'execute']);
    expect(all[1]).toMatchObject({
      message: `action: .webhook:c1: 'Hook' execution cancelled due to timeout - exceeded default timeout of "5m"`,
      event: { provider: 'actions', kind: 'action', action: 'execute-timeout' },
    });
    expect(all[1].kibana.action).not.toHaveProperty('name');
    expect(all[1]).not.toHaveProperty('user');
  });

  test('name the space, and say that preconfigured connectors are of none', () => {
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const saved = (all: any[]) => all[0].kibana.saved_objects[0];
    expect(saved(documents({ spaceId: 'ops' }))).toMatchObject({ namespace: 'ops' });
    expect(saved(documents({ spaceId: 'ops' }))).not.toHaveProperty('space_agnostic');
    expect(saved(documents({}, true))).toMatchObject({ space_agnostic: true });
  });

  test('count no bytes for types that do not send through the shared client, and are none without an attempt', () => {
    const [, executed] = documents({ connectorTypeId: '.index' });
    expect(executed).toMatchObject({ kibana: { action: { execution: { usage: { request_body_bytes: 0 } } } } });
    expect(documents({ attempts: [] })).toEqual([]);
  });
});
