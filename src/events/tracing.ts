import { PatchbayError } from '../errors.ts';

/** Something that has begun and will end; children are attached by its {@link traceparent}. */
export interface TraceSpan {
  /** https://www.w3.org/TR/trace-context/#traceparent-header; undefined while tracing is off. */
  readonly traceparent: string | undefined;
  /** Only the first call counts. */
  end(outcome?: TraceOutcome): void;
}

/** How it ended. Left out: well. */
export interface TraceOutcome {
  /** Of the answer to a request; from 500 on the span counts as failed. */
  readonly status?: number;
  /** Of src/errors.ts; makes the span a failed one. */
  readonly code?: string;
  /** Redacted. */
  readonly message?: string;
}

/** One request that an attempt sent; redacted already. */
export interface TracedCall {
  /** HTTP method, or `SMTP`. */
  readonly method: string;
  /** The query, user and password of it are left out of the span. */
  readonly url: string;
  readonly status?: number;
  readonly duration_ms: number;
  readonly error?: string;
}

/**
 * Traces in OpenTelemetry's model: request → enqueue → attempt → outbound call. Everything costs next to nothing while
 * {@link isOn} is false; who would have to collect what to pass asks that first.
 */
export interface Tracing {
  readonly isOn: boolean;
  /** A request to this server. `traceparent` is the caller's header, ignored when it is malformed. */
  request(request: {
    readonly method: string;
    /** `/api/actions/connector/{id}/_execute`. */
    readonly route: string;
    readonly traceparent?: string;
    readonly startedAt?: Date;
  }): TraceSpan;
  /** Storing actions in the queue. Its `traceparent` is stored with each of them; end it after the commit. */
  enqueue(batch: { readonly traceparent?: string; readonly count: number }): TraceSpan;
  /** One attempt; `traceparent` of the queue's row or, of what is not queued, of {@link current}. */
  attempt(attempt: {
    readonly traceparent?: string;
    readonly executionId: string;
    readonly connectorId: string;
    readonly connectorTypeId: string;
    /** From 1. */
    readonly attempt: number;
    readonly isQueued: boolean;
  }): TraceSpan;
  /**
   * The requests of an attempt, after the fact.
   *
   * @param endedAt milliseconds since 1970, one for each call
   */
  calls(attempt: TraceSpan, calls: readonly TracedCall[], endedAt: readonly number[]): void;
  /** Runs `work` so that {@link current} in it, and in what it waits for, is this span. */
  within(span: TraceSpan, work: () => void): void;
  /** `traceparent` of the request that is being handled, if one is. */
  current(): string | undefined;
  /** Sends what has not been sent; gives up after some seconds. Never throws. */
  shutdown(): Promise<void>;
}

const NO_SPAN: TraceSpan = { traceparent: undefined, end() {} };

/** Tracing that does nothing. */
export const TRACING_OFF: Tracing = {
  isOn: false,
  request: () => NO_SPAN,
  enqueue: () => NO_SPAN,
  attempt: () => NO_SPAN,
  calls() {},
  within: (_span, work) => work(),
  current: () => undefined,
  shutdown: async () => {},
};

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Tracing as the environment wants it, by the variables of
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/: on when
 * `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is set. OpenTelemetry’s SDK, some 10 MB, is
 * loaded only then.
 *
 * @param warn told when traces cannot be sent, at most once a minute
 * @throws {PatchbayError} `setting_invalid` when the endpoint is no http(s) URL
 */
export async function createTracing(env: Environment, warn: (message: string) => void): Promise<Tracing> {
  const url = endpoint(env);
  if (url === undefined || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none') {
    return TRACING_OFF;
  }
  const { startTracing } = await import('./otlp.ts');
  return startTracing({ url, env, warn });
}

function endpoint(env: Environment): URL | undefined {
  const own = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const shared = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  // As the standard has it: the one is the whole address, the other the place below which each signal has its own.
  if (own) return parse('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', own);
  if (shared) return parse('OTEL_EXPORTER_OTLP_ENDPOINT', `${shared.replace(/\/$/, '')}/v1/traces`);
  return undefined;
}

function parse(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new PatchbayError(
    'setting_invalid',
    `[${name}]: this environment variable is no http or https URL. Write the address of an OTLP/HTTP receiver, such as http://localhost:4318, or unset it.`,
  );
}
