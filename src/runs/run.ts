import type { Logger } from 'pino';
import type { Auth } from '../connectors/auth.ts';
import type { Connector } from '../connectors/connector.ts';
import type { ActionContext, AnyConnectorType, CheckContext, ExecutionSource } from '../connectors/define.ts';
import { resolveAuth, type TokenProvider, type TokenSource } from '../connectors/oauth.ts';
import { parseSubAction, THROWN_IN_RUN, validateParams } from '../connectors/validate.ts';
import { delivered, describeFailure, failed, isVerdict, type Verdict, VerdictError } from '../connectors/verdict.ts';
import { clientOf } from '../egress/http.ts';
import { createRecorder, type ReadableRecorder } from '../egress/recorder.ts';
import { type Egress, EgressError, type HttpClient, type RequestRecord } from '../egress/types.ts';
import { errorText, PatchbayError } from '../errors.ts';
import type { AttemptRecord, ExecutionLog, ExecutionRecord } from '../events/execution-log.ts';
import type { EventSubject, RunEvents } from '../events/run-events.ts';
import type { TraceSpan, Tracing } from '../events/tracing.ts';
import { createConnectorLog } from './connector-log.ts';
import { createdAtOf, newExecutionId } from './execution-id.ts';
import type { PreparedConnector, Preparer } from './prepare.ts';
import { createRunRedactor, type RunRedactor, redactVerdict } from './redaction.ts';
import type { TypeRateLimit } from './type-rate-limit.ts';

/** One run of one action: what `_execute`, `_test` and the workers of the queue ask for. */
export interface RunRequest {
  readonly connector: Connector;
  readonly type: AnyConnectorType;
  readonly spaceId: string;
  readonly params: unknown;
  readonly source: ExecutionSource;
  readonly username?: string;
  /** Left out: a new execution. */
  readonly executionId?: string;
  /** From 1, which is also the default. */
  readonly attempt?: number;
  readonly signal?: AbortSignal;
  /** Of the span that this attempt belongs to; left out: of the request that is being handled. */
  readonly traceparent?: string;
}

export interface RunResult {
  readonly executionId: string;
  readonly verdict: Verdict;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** Redacted and capped; empty when the params were refused. */
  readonly requests: readonly RequestRecord[];
  /** False when the params, config or secrets were refused and the action was not even begun. */
  readonly attempted: boolean;
  /** The params hold a secret of the connector, so they must not be kept once the action has ended. */
  readonly hasSecretParams: boolean;
}

export interface RunParts {
  readonly egress: Egress;
  readonly preparer: Preparer;
  readonly tokens: TokenProvider;
  readonly executions: Pick<ExecutionLog, 'add'>;
  readonly events: Pick<RunEvents, 'attempt'>;
  readonly context: CheckContext;
  /** Left out: every type may run as often as it likes. */
  readonly rateLimit?: TypeRateLimit;
  readonly tracing: Tracing;
  readonly log: Logger;
  /** Aborted when the server stops and waits no longer. */
  readonly shutdown: AbortSignal;
}

export interface Runner {
  /** Runs and records. Never throws: whatever happens is the verdict. */
  run(request: RunRequest): Promise<RunResult>;
  /** The same, but the record is the caller's: the queue stores it together with what comes next. */
  attempt(request: RunRequest): Promise<RunResult>;
  /** The same for a connector that is not saved: nothing is recorded, but a line of the log says so. */
  test(request: RunRequest): Promise<RunResult>;
  /**
   * Checks address and credentials with the type's own test, which leaves no trace at the target; not recorded.
   *
   * @throws {PatchbayError} `bad_request` when the type has none
   */
  check(request: Omit<RunRequest, 'params'>): Promise<RunResult>;
}

/**
 * One straight line: params, config and secrets are checked, the action is called with a client that knows the
 * credentials it does not, and what it returns or throws becomes one verdict and one record.
 */
export function createRunner(parts: RunParts): Runner {
  async function attempt(request: RunRequest, perform: Perform = performAction): Promise<RunResult> {
    const executionId = request.executionId ?? newExecutionId();
    const startedAt = new Date();
    const started = performance.now();
    const span = parts.tracing.isOn ? traceAttempt(parts.tracing, request, executionId) : undefined;
    let recorder: ReadableRecorder | undefined;
    let redact: RunRedactor | undefined;
    let verdict: Verdict;
    try {
      const isAction = perform === performAction;
      const params = isAction ? validateParams(request.type, request.params, parts.context) : {};
      const limited = isAction ? parts.rateLimit?.refusal(request.type.id) : undefined;
      if (limited !== undefined) throw new VerdictError(limited);
      const prepared = parts.preparer.prepare(request.connector, request.type);
      redact = createRunRedactor(prepared.redact);
      recorder = createRecorder({ redact });
      verdict = await act(parts, { ...request, executionId, prepared, params, recorder, redact }, perform);
    } catch (error) {
      verdict = toVerdict(error);
      if (!isExpected(error)) logDefect(parts.log, request, error, redact);
    }
    verdict = redact === undefined ? verdict : redactVerdict(verdict, redact);
    if (span !== undefined) {
      if (recorder !== undefined) parts.tracing.calls(span, recorder.records, recorder.endedAt);
      span.end(verdict.outcome === 'failed' ? { code: verdict.code, message: describeFailure(verdict) } : {});
    }
    return {
      executionId,
      verdict,
      startedAt,
      durationMs: performance.now() - started,
      requests: recorder?.records ?? [],
      attempted: recorder !== undefined,
      hasSecretParams: verdict.outcome === 'failed' && redact !== undefined && holdsSecret(request.params, redact),
    };
  }

  return {
    async test(request) {
      const result = await attempt(request);
      logDraft(parts.log, request, result.verdict);
      return result;
    },
    async check(request) {
      const { test, id } = request.type;
      if (test === undefined) {
        throw new PatchbayError(
          'bad_request',
          `The connector type "${id}" has no check that leaves no trace. Run an action with _test instead.`,
        );
      }
      return attempt({ ...request, params: {} }, (context) => test(context));
    },
    async run(request) {
      const result = await attempt(request);
      const record = toRecord(request, result);
      parts.executions.add(record);
      logFailure(parts.log, request, result.verdict);
      parts.events.attempt({
        ...subjectOf(request, result.executionId),
        attempt: 1,
        outcome: result.verdict.outcome,
        code: record.code,
        message: record.message,
        startedAt: result.startedAt,
        durationMs: result.durationMs,
      });
      return result;
    },
    async attempt(request) {
      const result = await attempt(request);
      logFailure(parts.log, request, result.verdict);
      return result;
    },
  };
}

interface Act extends RunRequest {
  readonly executionId: string;
  readonly prepared: PreparedConnector;
  readonly params: Record<string, unknown>;
  readonly recorder: ReadableRecorder;
  readonly redact: RunRedactor;
}

/** What is done with the context of a run. */
type Perform = (context: ActionContext<unknown, unknown>, run: Act) => unknown;

/** The params of a sub-action are looked at here, within the run, because that is where Kibana reports what is wrong with them. */
const performAction: Perform = (context, { type, params, connector }) => {
  const resolved = parseSubAction(type, params, connector.id);
  return resolved.action.run({ ...context, params: resolved.params });
};

async function act(parts: RunParts, run: Act, perform: Perform): Promise<Verdict> {
  const { connector, type, prepared } = run;
  // Listening to a signal costs as much as parsing the request does. What goes on at a stop is cut by closing egress,
  // so the client is given a signal only where this one run may be cancelled.
  const signal = run.signal ?? parts.shutdown;
  const context: ActionContext<unknown, unknown> = {
    config: prepared.config,
    params: run.params,
    http: await createRunClient(parts, run),
    smtp: prepared.smtp && parts.egress.smtp(prepared.smtp, { recorder: run.recorder, signal }),
    log: createConnectorLog(
      parts.log,
      { connector, spaceId: run.spaceId, executionId: run.executionId },
      run.redact.shortened,
    ),
    learnSecret: run.redact.learn,
    signal,
    execution: {
      id: run.executionId,
      attempt: run.attempt ?? 1,
      source: run.source,
      spaceId: run.spaceId,
      connectorId: connector.id,
      connectorName: connector.name,
    },
    settings: parts.context.settings,
    traits: prepared.traits,
  };
  return normalise(await perform(context, run), type);
}

/** A type with sub-actions answers `{}` where one returns nothing; a flat one leaves `data` out. As in Kibana. */
function normalise(returned: unknown, type: AnyConnectorType): Verdict {
  if (isVerdict(returned)) return returned;
  if (type.style === 'subAction') return delivered(returned ?? {});
  return delivered(returned ?? undefined);
}

/**
 * The HTTP client of one run. OAuth tokens are fetched when the first request needs one, and renewed once when the
 * target says 401: it may have forgotten a token before its time.
 */
async function createRunClient(parts: RunParts, run: Act): Promise<HttpClient> {
  const { connector, prepared, recorder, signal } = run;
  const { baseUrl, otherBaseUrls, tls } = prepared;
  const operator = run.type.reaches === 'elasticsearch';
  const clientWith = async (token: TokenSource['token']): Promise<HttpClient> => {
    const auth = await resolveAuth(prepared.auth, { token });
    return parts.egress.http({ connection: { baseUrl, otherBaseUrls, tls, operator, ...auth }, recorder, signal });
  };
  if (!usesToken(prepared.auth)) return clientWith(noToken);

  const { id: connectorId, version } = connector;
  const tokens = parts.tokens.forRun({ connectorId, version, onSecret: run.redact.learn, recorder, signal });
  let client: HttpClient | undefined;
  return clientOf(async (method, path, options) => {
    client ??= await clientWith(tokens.token);
    const response = await client.request(method, path, options);
    if (response.status !== 401) return response;
    client = await clientWith((options) => tokens.token(options, { fresh: true }));
    return client.request(method, path, options);
  });
}

const noToken: TokenSource['token'] = () => Promise.reject(new Error('this connector has no token server'));

function usesToken(auth: Auth | undefined): boolean {
  return auth?.kind === 'oauth2' || (auth?.kind === 'all' && auth.parts.some(usesToken));
}

/** Errors that say all there is to say; anything else is a defect of the type and goes to the log with its stack. */
function isExpected(error: unknown): boolean {
  return error instanceof VerdictError || error instanceof EgressError || error instanceof PatchbayError;
}

function toVerdict(error: unknown): Verdict {
  if (error instanceof VerdictError) return error.verdict;
  if (error instanceof PatchbayError) {
    const isOurs =
      error.code === 'params_invalid' || error.code === 'config_invalid' || error.code === 'secrets_invalid';
    if (isOurs) {
      return failed(error.code, error.message, {
        retry: false,
        errorSource: error.code === 'params_invalid' ? 'user' : 'framework',
      });
    }
  }
  const code = error instanceof EgressError || error instanceof PatchbayError ? error.code : 'handler_failed';
  return failed(code, THROWN_IN_RUN, {
    serviceMessage: errorText(error),
    // A key that this server does not have will not turn up by itself.
    retry: code !== 'secrets_unreadable',
    errorSource: 'framework',
  });
}

function traceAttempt(tracing: Tracing, request: RunRequest, executionId: string): TraceSpan {
  return tracing.attempt({
    traceparent: request.traceparent ?? tracing.current(),
    executionId,
    connectorId: request.connector.id,
    connectorTypeId: request.type.id,
    attempt: request.attempt ?? 1,
    isQueued: request.source !== 'http_request' && request.source !== 'test',
  });
}

function subjectOf({ connector, spaceId, source }: RunRequest, executionId: string): EventSubject {
  return {
    executionId,
    spaceId,
    connectorId: connector.id,
    connectorTypeId: connector.typeId,
    connectorName: connector.name,
    source,
  };
}

function toRecord(request: RunRequest, result: RunResult): ExecutionRecord {
  const { executionId: id, verdict, startedAt, durationMs } = result;
  const { executionId: _, ...subject } = subjectOf(request, id);
  const hasFailed = verdict.outcome === 'failed';
  return {
    id,
    ...subject,
    status: hasFailed ? 'failed' : 'succeeded',
    createdAt: createdAtOf(id),
    finishedAt: new Date(startedAt.getTime() + durationMs),
    username: request.username,
    code: hasFailed ? verdict.code : undefined,
    message: describe(verdict),
    params: hasFailed && !result.hasSecretParams ? request.params : undefined,
    attempts: result.attempted ? [toAttempt(request.attempt ?? 1, result)] : [],
  };
}

/** Whether something in the params is blackened wherever it is shown. */
function holdsSecret(params: unknown, redact: RunRedactor): boolean {
  const text = JSON.stringify(params);
  return redact(text) !== text;
}

/** The record of an attempt. */
export function toAttempt(attempt: number, result: RunResult): AttemptRecord {
  const { verdict, startedAt, durationMs, requests } = result;
  const failure =
    verdict.outcome === 'failed'
      ? { code: verdict.code, message: verdict.message, serviceMessage: verdict.serviceMessage }
      : {};
  const reference = verdict.outcome === 'delivered' ? verdict.reference : undefined;
  return { attempt, startedAt, durationMs, outcome: verdict.outcome, ...failure, requests, reference };
}

/** What a record says about its end: why it failed, or what the user should know although it succeeded. */
export function describe(verdict: Verdict): string | undefined {
  return verdict.outcome === 'failed' ? describeFailure(verdict) : verdict.warning;
}

/** Nothing of it is in the execution log, so what somebody sent with values of his own at least stands here. */
function logDraft(log: Logger, { connector, spaceId, username }: RunRequest, verdict: Verdict): void {
  const outcome = verdict.outcome === 'failed' ? `failed: ${describeFailure(verdict)}` : 'succeeded';
  log.info(
    { connector_type_id: connector.typeId, space_id: spaceId, username, draft: true },
    `The test of a draft, a ${connector.typeId} connector that is not saved, ${outcome}`,
  );
}

function logFailure(log: Logger, { connector }: RunRequest, verdict: Verdict): void {
  if (verdict.outcome !== 'failed') return;
  log.warn(
    { connector_id: connector.id, connector_type_id: connector.typeId, code: verdict.code },
    `action execution failure: ${connector.typeId}:${connector.id}: ${connector.name}: ${describeFailure(verdict)}`,
  );
}

function logDefect(log: Logger, { connector }: RunRequest, error: unknown, redact: RunRedactor | undefined): void {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error(
    { connector_id: connector.id, stack: redact?.shortened(stack) ?? stack },
    `The connector type ${connector.typeId} threw an error`,
  );
}
