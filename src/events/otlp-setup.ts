import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import { errorText } from '../errors.ts';
import { PATCHBAY_VERSION } from '../version.ts';
import type { Environment } from './tracing.ts';

export interface ExportOptions {
  /** Of the OTLP/HTTP receiver, path included. */
  readonly url: URL;
  readonly env: Environment;
  readonly warn: (message: string) => void;
}

const WARN_EVERY_MS = 60_000;

/** `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` (`key=value,…`, percent-encoded), laid over Patchbay's own. */
export function resource(env: Environment): Resource {
  const own = { 'service.name': 'patchbay', 'service.version': PATCHBAY_VERSION };
  const given = (env.OTEL_RESOURCE_ATTRIBUTES ?? '').split(',').flatMap((pair) => {
    const [key = '', ...value] = pair.split('=');
    return key.trim() === '' || value.length === 0 ? [] : [[key.trim(), decoded(value.join('=').trim())]];
  });
  const name = env.OTEL_SERVICE_NAME ? { 'service.name': env.OTEL_SERVICE_NAME } : {};
  return defaultResource().merge(resourceFromAttributes({ ...own, ...Object.fromEntries(given), ...name }));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`; by default all, except what the caller did not sample. */
export function sampler({ env, warn }: ExportOptions): Sampler {
  const name = env.OTEL_TRACES_SAMPLER || 'parentbased_always_on';
  const given = Number(env.OTEL_TRACES_SAMPLER_ARG || 1);
  const ratio = given >= 0 && given <= 1 ? given : 1;
  const root = rootSampler(name.replace(/^parentbased_/, ''), ratio);
  if (root === undefined || ratio !== given) {
    warn(
      'OTEL_TRACES_SAMPLER must be always_on, always_off or traceidratio, with or without parentbased_ before it, and OTEL_TRACES_SAMPLER_ARG a number from 0 to 1. Until then more is traced than was meant.',
    );
  }
  const sampler = root ?? new AlwaysOnSampler();
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root: sampler }) : sampler;
}

function rootSampler(name: string, ratio: number): Sampler | undefined {
  if (name === 'always_on') return new AlwaysOnSampler();
  if (name === 'always_off') return new AlwaysOffSampler();
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(ratio) : undefined;
}

/**
 * Collects spans and sends them from time to time. What a receiver does not take, or not in time, is dropped: at most
 * `OTEL_BSP_MAX_QUEUE_SIZE` spans wait. Headers, certificates, compression and time-out (`OTEL_EXPORTER_OTLP_…`) the
 * exporter reads from the environment by itself.
 */
export function batchProcessor({ url, env, warn }: ExportOptions): BatchSpanProcessor {
  return new BatchSpanProcessor({
    exporter: withWarnings(new OTLPTraceExporter({ url: url.href }), url.host, warn),
    scheduledDelayMillis: wholeNumber(env.OTEL_BSP_SCHEDULE_DELAY),
    exportTimeoutMillis: wholeNumber(env.OTEL_BSP_EXPORT_TIMEOUT),
    maxQueueSize: wholeNumber(env.OTEL_BSP_MAX_QUEUE_SIZE),
    maxExportBatchSize: wholeNumber(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE),
  });
}

/** @returns undefined, which means the standard's default, for anything but a positive number */
function wholeNumber(text: string | undefined): number | undefined {
  const value = Math.floor(Number(text));
  return value > 0 ? value : undefined;
}

function withWarnings(exporter: SpanExporter, host: string, warn: (message: string) => void): SpanExporter {
  let warnedAt = Number.NEGATIVE_INFINITY;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error !== undefined && performance.now() - warnedAt > WARN_EVERY_MS) {
          warnedAt = performance.now();
          warn(`${spans.length} spans could not be sent to ${host} and are dropped: ${errorText(result.error)}`);
        }
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
