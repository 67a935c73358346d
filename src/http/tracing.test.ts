import fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { httpServer } from '../../test/support/http-servers.ts';
import { until } from '../../test/support/wait.ts';
import { createRecorder } from '../egress/recorder.ts';
import { createRedactor } from '../egress/redact.ts';
import { createTracing, TRACING_OFF, type Tracing } from '../events/tracing.ts';
import { traced } from '../queue/traced.ts';
import type { Queue } from '../queue/types.ts';
import { addTracing } from './tracing.ts';

const SECRET = 'tiger-4711-planted';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code?: number; message?: string };
  attributes: Record<string, unknown>;
  resource: Record<string, unknown>;
}

/** An OTLP/HTTP receiver: https://opentelemetry.io/docs/specs/otlp/#otlphttp. `text` is all that it got. */
async function receiver(): Promise<{ url: string; spans: () => Span[]; text: () => string; paths: () => string[] }> {
  const { origin, seen } = await httpServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  return {
    url: origin,
    paths: () => seen.map(({ url }) => url),
    text: () => seen.map(({ body }) => body).join('\n'),
    spans: () => seen.flatMap(({ body }) => spansOf(JSON.parse(body))),
  };
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

const plain = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

function spansOf(body: {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: (Span & { attributes: Attribute[] })[] }[];
  }[];
}): Span[] {
  return body.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: plain(span.attributes),
        resource: plain(resource.attributes),
      })),
    ),
  );
}

async function tracingTo(url: string, env: Record<string, string> = {}): Promise<Tracing> {
  const tracing = await createTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env }, () => undefined);
  onTestFinished(() => tracing.shutdown());
  return tracing;
}

async function serverWith(tracing: Tracing, handle: () => Promise<unknown>): Promise<FastifyInstance> {
  const server = fastify();
  server.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization === undefined) return reply.code(401).send();
  });
  addTracing(server, tracing);
  server.post('/api/actions/connector/:id/_enqueue', handle);
  server.get('/api/status', handle);
  onTestFinished(() => server.close());
  return server;
}

const enqueueUrl = '/api/actions/connector/abc/_enqueue';
const authorization = 'Basic eDp5';

/** What the queue and a run do, with a recorder that knows a secret. */
function attemptFor(tracing: Tracing, traceparent: string | undefined, isQueued = true): void {
  const attempt = tracing.attempt({
    traceparent,
    executionId: '019a0000-0000-7000-8000-000000000000',
    connectorId: 'abc',
    connectorTypeId: '.webhook',
    attempt: 2,
    isQueued,
  });
  const redact = createRedactor([SECRET]);
  const recorder = createRecorder({ redact });
  const headers = { authorization: `Bearer ${SECRET}` };
  recorder.add({
    method: 'POST',
    url: `https://u:${SECRET}@hooks.example.com:8443/${SECRET}/a?key=${SECRET}&email=ann@example.com`,
    headers,
    status: 503,
    duration_ms: 40,
  });
  recorder.add({ method: 'GET', url: 'http://x.example/', headers, duration_ms: 5, error: `reset by ${SECRET}` });
  recorder.add({ method: 'SMTP', url: 'smtp://mail.example.com:587', headers, status: 250, duration_ms: 5 });
  tracing.calls(attempt, recorder.records, recorder.endedAt);
  attempt.end({ code: 'target_unavailable', message: redact(`503 from ${SECRET}`) });
}

describe('one trace', () => {
  test('leads from the request over the queue to the calls, and holds no secret', async () => {
    const { url, spans, text, paths } = await receiver();
    const tracing = await tracingTo(url);
    let stored: string | undefined;
    const store: Queue['enqueue'] = async (_principal, _space, items, _source, traceparent) => {
      stored = traceparent;
      return items.map(({ connectorId }) => ({ connectorId, executionId: 'e', response: 'success' as const }));
    };
    const queue = traced({ enqueue: store } as Queue, tracing);
    const item = { connectorId: 'abc', params: {} };
    const principal = { username: 'x', roles: [], authentication: 'basic' as const };
    const server = await serverWith(tracing, () => queue.enqueue(principal, 'default', [item, item, item]));
    await server.inject({ method: 'POST', url: `${enqueueUrl}?token=${SECRET}`, headers: { authorization }, body: {} });
    attemptFor(tracing, stored);
    await tracing.shutdown();

    const all = spans();
    const named = (name: string) => all.find((span) => span.name === name)!;
    const request = named('POST /api/actions/connector/{id}/_enqueue');
    const enqueue = named('enqueue');
    const attempt = named('attempt .webhook');
    const calls = ['POST', 'GET', 'SMTP'].map(named);
    expect(all).toHaveLength(6);
    expect(paths()).toEqual(['/v1/traces']);
    expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(1);
    expect(request.parentSpanId).toBeFalsy();
    expect(enqueue.parentSpanId).toBe(request.spanId);
    expect(attempt.parentSpanId).toBe(enqueue.spanId);
    for (const call of calls) expect(call.parentSpanId).toBe(attempt.spanId);
    // SERVER, PRODUCER, CONSUMER, CLIENT of opentelemetry-proto's trace.proto.
    expect([request, enqueue, attempt, ...calls].map(({ kind }) => kind)).toEqual([2, 4, 5, 3, 3, 3]);

    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/api/actions/connector/{id}/_enqueue',
      'http.response.status_code': 200,
    });
    expect(enqueue.attributes).toMatchObject({ 'messaging.batch.message_count': 3 });
    expect(attempt).toMatchObject({
      status: { code: 2, message: expect.stringContaining('503 from') },
      attributes: { 'patchbay.connector.id': 'abc', 'patchbay.attempt': 2, 'error.type': 'target_unavailable' },
    });
    expect(calls[0]?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.response.status_code': 503,
      'url.full': 'https://hooks.example.com:8443/●●●/a',
      'server.address': 'hooks.example.com',
      'server.port': 8443,
      'error.type': '503',
    });
    expect(BigInt(calls[0]!.endTimeUnixNano) - BigInt(calls[0]!.startTimeUnixNano)).toBe(40_000_000n);
    expect(calls[1]).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'no_answer' } });
    expect(calls[2]?.attributes).toMatchObject({ 'patchbay.smtp.reply_code': 250, 'server.port': 587 });
    expect(text()).not.toContain(SECRET);
    expect(text()).not.toContain('ann@example.com');
  });

  test('continues the caller’s, but not that of strangers, and probes leave none', async () => {
    const { url, spans } = await receiver();
    const tracing = await tracingTo(url);
    const server = await serverWith(tracing, async () => ({ current: tracing.current() ?? null }));
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const post = (headers: Record<string, string>) =>
      server.inject({ method: 'POST', url: enqueueUrl, headers, body: {} });

    const { current } = (await post({ authorization, traceparent })).json();
    expect(current).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
    expect((await post({ traceparent })).statusCode).toBe(401);
    await server.inject({ url: '/api/status', headers: { authorization, traceparent } });
    for (const malformed of ['', 'nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`]) {
      const answer = (await post({ authorization, traceparent: malformed })).json();
      expect(answer.current).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(answer.current).not.toContain('4bf92f35');
    }
    const unsampled = (await post({ authorization, traceparent: traceparent.replace(/01$/, '00') })).json();
    expect(unsampled.current).toMatch(/-00$/);
    await tracing.shutdown();
    expect(spans()).toHaveLength(4);
    expect(spans().filter(({ parentSpanId }) => parentSpanId === '00f067aa0ba902b7')).toHaveLength(1);
  });

  test('two requests at a time do not mix', async () => {
    const { url } = await receiver();
    const tracing = await tracingTo(url);
    const both = Promise.withResolvers<void>();
    let waiting = 0;
    const server = await serverWith(tracing, async () => {
      const before = tracing.current();
      waiting += 1;
      if (waiting === 2) both.resolve();
      await both.promise;
      return [before, tracing.current()];
    });
    const call = () => server.inject({ method: 'POST', url: enqueueUrl, headers: { authorization }, body: {} });
    const [one, other] = (await Promise.all([call(), call()])).map((answer) => answer.json() as string[]);
    expect(one?.[0]).toBe(one?.[1]);
    expect(other?.[0]).toBe(other?.[1]);
    expect(one?.[0]).not.toBe(other?.[0]);
    expect(tracing.current()).toBeUndefined();
  });

  test('a client that goes away ends the span', async () => {
    const { url, spans } = await receiver();
    const tracing = await tracingTo(url, { OTEL_BSP_SCHEDULE_DELAY: '20' });
    const reached = Promise.withResolvers<void>();
    const server = await serverWith(tracing, () => {
      reached.resolve();
      return new Promise(() => undefined);
    });
    const address = await server.listen({ port: 0, host: '127.0.0.1' });
    const gone = new AbortController();
    const sent = fetch(address + enqueueUrl, { method: 'POST', headers: { authorization }, signal: gone.signal });
    await reached.promise;
    gone.abort();
    await expect(sent).rejects.toThrow();
    await until(() => spans().length === 1, 'the span arrives');
    expect(spans()[0]?.attributes).toMatchObject({ 'error.type': 'cancelled' });
  });
});

describe('the environment', () => {
  test('without an endpoint nothing is traced, and no hook is added', async () => {
    for (const env of [
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_EXPORTER: 'none' },
    ]) {
      expect(await createTracing(env, () => undefined)).toBe(TRACING_OFF);
    }
    const server = await serverWith(TRACING_OFF, async () => {
      attemptFor(TRACING_OFF, TRACING_OFF.enqueue({ count: 1 }).traceparent);
      return { current: TRACING_OFF.current() ?? null };
    });
    const answer = await server.inject({ method: 'POST', url: enqueueUrl, headers: { authorization }, body: {} });
    expect(answer.json()).toEqual({ current: null });
    expect(server.hasRequestDecorator('traceSpan')).toBe(false);
  });

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'not a url'],
  ])('%s=%s is refused', async (name, value) => {
    await expect(createTracing({ [name]: value }, () => undefined)).rejects.toMatchObject({
      code: 'setting_invalid',
      message: expect.stringContaining(`[${name}]`),
    });
  });

  test('names the service, the resource and the whole address', async () => {
    const { url, spans, paths } = await receiver();
    const tracing = await tracingTo('http://127.0.0.1:1', {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/elsewhere`,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging%20two, team = ops',
      OTEL_SERVICE_NAME: 'alerts',
    });
    tracing.enqueue({ count: 1 }).end();
    await tracing.shutdown();
    expect(paths()).toEqual(['/elsewhere']);
    expect(spans()[0]?.resource).toMatchObject({
      'service.name': 'alerts',
      'deployment.environment.name': 'staging two',
      team: 'ops',
    });
  });

  test.each([
    [{ OTEL_TRACES_SAMPLER: 'always_off' }, 0, 0],
    [{ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' }, 0, 0],
    [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' }, 1, 0],
    [{ OTEL_TRACES_SAMPLER: 'sometimes' }, 1, 1],
  ])('samples by %o', async (env, sent, warned) => {
    const { url, spans } = await receiver();
    const warnings: string[] = [];
    const tracing = await createTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env }, (text) => warnings.push(text));
    tracing.enqueue({ count: 1 }).end();
    await tracing.shutdown();
    expect(spans()).toHaveLength(sent);
    expect(warnings).toHaveLength(warned);
  });
});

describe('a receiver in trouble', () => {
  test('that refuses costs the spans, and one warning without credentials', async () => {
    const { origin } = await httpServer((_request, response) => void response.writeHead(400).end());
    const warnings: string[] = [];
    const endpoint = origin.replace('//', `//user:${SECRET}@`);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1' };
    const tracing = await createTracing(env, (text) => warnings.push(text));
    for (let n = 0; n < 5; n += 1) tracing.enqueue({ count: 1 }).end();
    await tracing.shutdown();
    expect(warnings).toEqual([expect.stringContaining(new URL(origin).host)]);
    expect(warnings.join()).not.toContain(SECRET);
  });

  test('that never answers holds up neither work nor the stop, and spans do not pile up', async () => {
    const { origin, seen } = await httpServer(() => undefined);
    const tracing = await tracingTo(origin, { OTEL_BSP_MAX_QUEUE_SIZE: '20', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10' });
    for (let n = 0; n < 1_000; n += 1) attemptFor(tracing, undefined, false);
    await until(() => seen.length > 0, 'the first batch is on its way');
    await tracing.shutdown();
    // The one under way, and what had room in the queue.
    expect(seen.length).toBeLessThanOrEqual(3);
  });
});
