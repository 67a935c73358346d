import { expect } from 'vitest';
import { createTokenProvider } from '../../src/connectors/oauth.ts';
import { inMemory } from '../../src/connectors/preconfigured.ts';
import type { Verdict } from '../../src/connectors/verdict.ts';
import { createEgress, type EgressOptions, type PreviewedRequest } from '../../src/egress/index.ts';
import type { RequestRecord } from '../../src/egress/types.ts';
import { ERROR_CODES, errorText } from '../../src/errors.ts';
import type { ExecutionRecord } from '../../src/events/execution-log.ts';
import { TRACING_OFF } from '../../src/events/tracing.ts';
import { createLog } from '../../src/log.ts';
import { type ExecuteAnswer, toExecuteAnswer } from '../../src/runs/answer.ts';
import { createPreparer } from '../../src/runs/prepare.ts';
import { createPreviewer } from '../../src/runs/preview.ts';
import { createRunner } from '../../src/runs/run.ts';
import { type Canary, findCanary, plantToken } from './canaries.ts';
import { type HttpTarget, startHttpTarget } from './http-target.ts';
import { type Placed, place } from './place.ts';
import { type SmtpTarget, startSmtpTarget } from './smtp-target.ts';
import type { Subject } from './subjects.ts';

/** The servers that all checks share; each check scripts them anew. */
export interface World {
  readonly http: HttpTarget;
  /** Another origin, which no connector names. */
  readonly other: HttpTarget;
  readonly smtp: SmtpTarget;
  readonly accessToken: Canary;
  /** Back to usual answers, and nothing seen. */
  forget(): void;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const accessToken = plantToken();
  const [http, other, smtp] = await Promise.all([
    startHttpTarget(accessToken.value),
    startHttpTarget(accessToken.value),
    startSmtpTarget(),
  ]);
  const close = () => Promise.all([http.close(), other.close(), smtp.close()]).then(() => undefined);
  const forget = () => {
    for (const target of [http, other, smtp]) target.forget();
  };
  return { http, other, smtp, accessToken, forget, close };
}

/** How a run departs from the ordinary one. */
export interface Attempt {
  /** Instead of the world's HTTP server, e.g. `http://[::]:4000`. */
  readonly origin?: string;
  /** Instead of the world's mail server's. */
  readonly smtpHost?: string;
  readonly smtpPort?: number;
  readonly egress?: EgressOptions;
  /** The allow-list that saving and checking see, if it is another than the one on the way out. */
  readonly checkedAgainst?: EgressOptions;
  readonly secretsAre?: 'canaries' | 'sample';
  /** Changes the placed values before they are used. */
  readonly change?: (placed: Placed) => Partial<Pick<Placed, 'config' | 'secrets' | 'params'>>;
  /** Runs the type's `test` instead of its action, as `_check` does: it is not recorded. */
  readonly asTest?: boolean;
}

/** Everything that a run leaves behind. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly answer: ExecuteAnswer;
  readonly requests: readonly RequestRecord[];
  readonly records: readonly ExecutionRecord[];
  readonly log: string;
  /** What `_preview` shows, or the text with which it refuses. */
  readonly preview: readonly PreviewedRequest[] | string;
  readonly placed: Placed;
}

/** The size is small, so that what goes beyond it is quick to make; the time is long, so that a busy machine is no failure. */
export const LIMITS = { responseTimeout: 10_000, maxResponseContentLength: 65_536 } as const;
/** For the checks that wait until the time is over. */
export const IMPATIENT = { responseTimeout: 400 } as const;
/** A message is to be read by a person, and a vendor must not decide how much there is to read. */
const LONGEST_TEXT = 20_480 + 100;
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000 + 60_000;
/** Bodies of a record are cut at 20 KiB; a note of how much there was follows. */
const LONGEST_RECORDED = 20_480 + 100;
const INSIDES = /\n\s+at |node_modules|\.ts:\d|file:\/\//;

/**
 * Runs a subject the way the server does: prepared, through the real way out, recorded, logged. Whatever a check is about,
 * every run must end well-formed and without a trace of a secret, so both are asserted here.
 */
export async function attempt(world: World, subject: Subject, options: Attempt = {}): Promise<Outcome> {
  const at = {
    origin: options.origin ?? world.http.origin,
    smtp: { host: options.smtpHost ?? world.smtp.host, port: options.smtpPort ?? world.smtp.port },
  };
  const original = place(subject, at, options.secretsAre);
  const placed = { ...original, ...options.change?.(original) };
  const { type } = placed;

  const lines: string[] = [];
  const log = createLog('trace', { write: (line: string) => void lines.push(line) });
  const records: ExecutionRecord[] = [];
  const egress = createEgress({
    ...LIMITS,
    operatorOrigins: placed.elasticsearch.hosts,
    userAgent: 'Patchbay/conformance',
    log: { warn: (message) => log.warn(message) },
    ...options.egress,
  });
  const checking = createEgress(options.checkedAgainst ?? options.egress);
  const context = { settings: placed.settings, egress: checking };
  const preparer = createPreparer(context, { elasticsearch: placed.elasticsearch });
  const runner = createRunner({
    egress,
    preparer,
    tokens: createTokenProvider(egress),
    executions: { add: (record) => void records.push(record) },
    events: { attempt() {} },
    tracing: TRACING_OFF,
    context,
    log,
    shutdown: new AbortController().signal,
  });
  const { config, secrets } = placed;
  const connector = inMemory({
    id: 'c1',
    name: 'Conformance',
    typeId: type.id,
    config,
    secrets,
    origin: 'unsaved',
    exposeConfig: true,
  });
  const request = { connector, type, spaceId: 'default', params: placed.params };
  try {
    const preview = await createPreviewer({ egress, preparer, context }).preview(request).catch(errorText);
    const { verdict, requests } = options.asTest
      ? await runner.check({ ...request, source: 'test' })
      : await runner.run({ ...request, source: 'http_request' });
    const answer = toExecuteAnswer(connector.id, verdict);
    const outcome = { verdict, answer, requests, records, log: lines.join(''), preview, placed };
    assertWellFormed(outcome, options.asTest ? 0 : 1);
    assertNoLeak(outcome, [...placed.canaries, world.accessToken]);
    return outcome;
  } finally {
    await Promise.all([egress.close(), checking.close()]);
  }
}

function assertWellFormed({ verdict, answer, records, requests, log }: Outcome, recordCount: number): void {
  expect(() => JSON.stringify(answer)).not.toThrow();
  expect(JSON.stringify(answer)).not.toMatch(INSIDES);
  expect(records, 'records of the execution').toHaveLength(recordCount);
  expect(log, 'a defect of the type in the log').not.toContain('"stack"');
  for (const { body = '', response_body = '', error = '', duration_ms } of requests) {
    for (const text of [body, response_body, error]) expect(text.length).toBeLessThanOrEqual(LONGEST_RECORDED);
    expect(duration_ms).toBeGreaterThanOrEqual(0);
  }
  if (verdict.outcome === 'delivered') return;
  const { code, message, serviceMessage = '', retry, errorSource = 'user' } = verdict;
  expect(Object.keys(ERROR_CODES)).toContain(code);
  expect(code, serviceMessage).not.toBe('handler_failed');
  expect(message).not.toBe('');
  expect(message.length, 'length of the message').toBeLessThanOrEqual(LONGEST_TEXT);
  expect(serviceMessage.length, 'length of the service message').toBeLessThanOrEqual(LONGEST_TEXT);
  expect(['user', 'framework']).toContain(errorSource);
  if (retry instanceof Date) {
    expect(retry.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(retry.getTime()).toBeLessThan(Date.now() + LONGEST_WAIT_MS);
  } else expect([undefined, true, false]).toContain(retry);
}

function assertNoLeak({ answer, requests, records, log, preview }: Outcome, canaries: readonly Canary[]): void {
  const places = { answer, requests, records, preview };
  for (const [name, value] of Object.entries(places)) {
    expect(findCanary(JSON.stringify(value), canaries), `a secret in the ${name}`).toBeUndefined();
  }
  expect(findCanary(log, canaries), 'a secret in the log').toBeUndefined();
}
