import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TimeInput,
  trace,
} from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { PATCHBAY_VERSION } from '../version.ts';
import { batchProcessor, type ExportOptions, resource, sampler } from './otlp-setup.ts';
import type { TracedCall, TraceOutcome, TraceSpan, Tracing } from './tracing.ts';

/** Long enough for a receiver that answers; a stop must not wait for one that does not. */
const SHUTDOWN_MS = 2_000;
/** Messages quote what a target said. */
const ATTRIBUTE_MAX = 4_096;

/** Version 00 of the standard, which is the only one; anything else starts a new trace. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/**
 * Tracing that sends. Names of attributes are those of https://opentelemetry.io/docs/specs/semconv/ (http, messaging), and
 * `patchbay.…` where it has none. No global of OpenTelemetry is touched.
 */
export function startTracing(options: ExportOptions): Tracing {
  const provider = new TracerProvider({
    resource: resource(options.env),
    sampler: sampler(options),
    spanLimits: { attributeValueLengthLimit: ATTRIBUTE_MAX },
    spanProcessors: [batchProcessor(options)],
  });
  const tracer = provider.getTracer('patchbay', PATCHBAY_VERSION);
  const requests = new AsyncLocalStorage<string>();
  let stopped: Promise<void> | undefined;

  function begin(
    name: string,
    { kind, traceparent, startTime }: { kind: SpanKind; traceparent?: string; startTime?: TimeInput },
    attributes: Attributes,
  ): Span {
    return tracer.startSpan(name, { kind, startTime, attributes }, parentContext(traceparent));
  }

  return {
    isOn: true,
    request({ method, route, traceparent, startedAt }) {
      const span = begin(
        `${method} ${route}`,
        { kind: SpanKind.SERVER, traceparent, startTime: startedAt },
        { 'http.request.method': method, 'http.route': route },
      );
      return toTraceSpan(span);
    },
    enqueue({ traceparent, count }) {
      const span = begin(
        'enqueue',
        { kind: SpanKind.PRODUCER, traceparent },
        {
          'messaging.system': 'patchbay',
          'messaging.operation.name': 'enqueue',
          'messaging.operation.type': 'send',
          'messaging.batch.message_count': count,
        },
      );
      return toTraceSpan(span);
    },
    attempt({ traceparent, executionId, connectorId, connectorTypeId, attempt, isQueued }) {
      const messaging = {
        'messaging.system': 'patchbay',
        'messaging.operation.name': 'attempt',
        'messaging.operation.type': 'process',
        'messaging.message.id': executionId,
      };
      const span = begin(
        `attempt ${connectorTypeId}`,
        { kind: isQueued ? SpanKind.CONSUMER : SpanKind.INTERNAL, traceparent },
        {
          ...(isQueued ? messaging : {}),
          'patchbay.execution.id': executionId,
          'patchbay.connector.id': connectorId,
          'patchbay.connector.type': connectorTypeId,
          'patchbay.attempt': attempt,
        },
      );
      return toTraceSpan(span);
    },
    calls({ traceparent }, calls, endedAt) {
      calls.forEach((call, index) => {
        const endTime = endedAt[index] ?? Date.now();
        const startTime = endTime - call.duration_ms;
        const span = begin(call.method, { kind: SpanKind.CLIENT, traceparent, startTime }, callAttributes(call));
        if (call.error !== undefined || (call.status ?? 0) >= 400) {
          span.setAttribute('error.type', call.error === undefined ? String(call.status) : 'no_answer');
          span.setStatus({ code: SpanStatusCode.ERROR, message: call.error });
        }
        span.end(endTime);
      });
    },
    within: ({ traceparent }, work) => requests.run(traceparent!, work),
    current: () => requests.getStore(),
    shutdown() {
      stopped ??= stop();
      return stopped;
    },
  };

  async function stop(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, SHUTDOWN_MS);
    // What could not be sent was told by `warn` already.
    const sent = provider.shutdown().catch(() => undefined);
    await Promise.race([sent, late]).finally(() => clearTimeout(timer));
  }
}

function parentContext(traceparent: string | undefined): Context {
  const match = traceparent === undefined ? null : TRACEPARENT.exec(traceparent);
  if (match === null) return ROOT_CONTEXT;
  const [, traceId, spanId, flags] = match as unknown as [string, string, string, string];
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return trace.setSpanContext(ROOT_CONTEXT, parent);
}

function toTraceSpan(span: Span): TraceSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  let hasEnded = false;
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    end(outcome = {}) {
      if (hasEnded) return;
      hasEnded = true;
      noteOutcome(span, outcome);
      span.end();
    },
  };
}

function noteOutcome(span: Span, { status, code, message }: TraceOutcome): void {
  if (status !== undefined) span.setAttribute('http.response.status_code', status);
  const isServerError = status !== undefined && status >= 500;
  if (code === undefined && !isServerError) return;
  span.setAttribute('error.type', code ?? String(status));
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** Queries hold keys and personal data more often than anything that a trace needs. */
function callAttributes({ method, url, status }: TracedCall): Attributes {
  const isMail = method === 'SMTP';
  const spoken: Attributes = isMail ? { 'network.protocol.name': 'smtp' } : { 'http.request.method': method };
  if (status !== undefined) spoken[isMail ? 'patchbay.smtp.reply_code' : 'http.response.status_code'] = status;
  if (!URL.canParse(url)) return spoken;
  const { protocol, hostname, port, host, pathname } = new URL(url);
  return {
    ...spoken,
    // The mask of redacted places would be percent-encoded, and unreadable.
    'url.full': `${protocol}//${host}${pathname.replaceAll('%E2%97%8F', '●')}`,
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'http:' ? 80 : 443),
  };
}
