import { expect, test } from 'vitest';
import { check } from './checker.ts';
import type { AttemptSeen, Delivery, Enqueued, ExecutionSeen, Fault, Final, History, Limits } from './history.ts';

// Histories made by hand: a checker that never complains would make the crash tests worthless.

const LIMITS: Limits = { maxAttempts: 3, inHand: 2, secrets: ['canary-4711'] };
const START = Date.UTC(2026, 0, 1);
const time = (ms: number) => new Date(START + ms).toISOString();

type Detail = ExecutionSeen & { readonly attempts: readonly AttemptSeen[] };
type Run = { history: History; final: Final };

const attempt = (n: number, ms: number, changes: Partial<AttemptSeen> = {}): AttemptSeen => ({
  attempt: n,
  started_at: time(ms),
  duration_ms: 5,
  outcome: 'failed',
  code: 'target_unavailable',
  ...changes,
});
const delivered = (n: number, ms: number) => attempt(n, ms, { outcome: 'delivered', code: undefined });
const interrupted = (n: number, ms: number) => attempt(n, ms, { code: 'interrupted' });
const detail = (id: string, changes: Partial<Detail> = {}): Detail => ({
  execution_id: id,
  connector_id: 'c',
  status: 'succeeded',
  created_at: time(0),
  finished_at: time(100),
  attempts: [delivered(1, 10)],
  ...changes,
});
const request = (n: number, changes: Partial<Enqueued> = {}): Enqueued => ({
  marker: `m${n}`,
  connectorId: 'c',
  outcome: 'accepted',
  executionId: `e${n}`,
  ...changes,
});
const delivery = (n: number, ms: number, changes: Partial<Delivery> = {}): Delivery => ({
  marker: `m${n}`,
  connectorId: 'c',
  executionId: `e${n}`,
  receivedMs: START + ms,
  status: 200,
  ...changes,
});
const fault = (ms: number, changes: Partial<Fault> = {}): Fault => ({
  kind: 'kill server',
  fromMs: START + ms,
  interrupts: true,
  ...changes,
});

/** What the API would say of these executions. */
function finalOf(details: readonly Detail[]): Final {
  return {
    listed: details.map(({ attempts: _, ...seen }) => seen),
    details: new Map(details.map((seen) => [seen.execution_id, seen])),
    queue: [],
    logged: details.map(({ execution_id }) => execution_id),
    texts: { log: 'nothing' },
  };
}

function run(given: Partial<History>, details: readonly Detail[], final: Partial<Final> = {}): Run {
  return {
    history: { enqueued: [], cancelled: [], deliveries: [], faults: [], ...given },
    final: { ...finalOf(details), ...final },
  };
}

test.each<[string, Run]>([
  ['one action, delivered', run({ enqueued: [request(1)], deliveries: [delivery(1, 12)] }, [detail('e1')])],
  [
    'one that failed twice and was delivered then',
    run(
      {
        enqueued: [request(1)],
        deliveries: [delivery(1, 12, { status: 503 }), delivery(1, 500, { status: 503 }), delivery(1, 900)],
      },
      [detail('e1', { attempts: [attempt(1, 10), attempt(2, 499), delivered(3, 899)] })],
    ),
  ],
  [
    'one that was delivered twice, because its server was killed after the first time',
    run({ enqueued: [request(1)], deliveries: [delivery(1, 12), delivery(1, 900)], faults: [fault(13)] }, [
      detail('e1', { attempts: [interrupted(1, 800), delivered(2, 899)] }),
    ]),
  ],
  [
    'unanswered ones, of which one was stored; a refused one; an expired one; one that lost all its servers',
    run(
      {
        enqueued: [
          request(1, { outcome: 'unknown', executionId: undefined }),
          request(2, { outcome: 'unknown', executionId: undefined }),
          request(3, { outcome: 'refused', executionId: undefined }),
          request(4, { deliverByMs: START + 5 }),
          request(5),
        ],
        deliveries: [delivery(1, 20)],
        faults: [fault(1), fault(2), fault(3)],
      },
      [
        detail('e1'),
        detail('e4', { status: 'expired', attempts: [] }),
        detail('e5', {
          status: 'failed',
          code: 'interrupted',
          attempts: [1, 2, 3].map((n) => interrupted(n, n * 100)),
        }),
      ],
    ),
  ],
  [
    'two requests with one key; a cancelled one; a repeated one',
    run(
      {
        enqueued: [
          request(1, { key: 'k' }),
          request(1, { key: 'k' }),
          request(2),
          request(3),
          request(4, { retryOf: 'e3' }),
        ],
        cancelled: [{ executionId: 'e2', outcome: 'accepted', answeredMs: START + 9 }],
        deliveries: [delivery(1, 12), delivery(3, 10, { status: 400 }), delivery(4, 300)],
      },
      [
        detail('e1'),
        detail('e2', { status: 'cancelled', attempts: [] }),
        detail('e3', { status: 'failed', code: 'target_rejected', attempts: [attempt(1, 9)] }),
        detail('e4', { retry_of: 'e3' }),
      ],
    ),
  ],
])('a good history passes: %s', (_name, { history, final }) => {
  expect(check(history, final, LIMITS)).toEqual([]);
});

const ONE = { enqueued: [request(1)], deliveries: [delivery(1, 12)] };

test.each<[string, string, Run]>([
  ['is lost', 'was accepted and is not there', run({ enqueued: [request(1)] }, [])],
  ['is at another connector', 'was for c, not d', run(ONE, [detail('e1', { connector_id: 'd' })])],
  ['repeats nothing', 'should repeat e0', run({ ...ONE, enqueued: [request(1, { retryOf: 'e0' })] }, [detail('e1')])],
  [
    'waits for ever',
    'is still retrying',
    run({ ...ONE, deliveries: [] }, [detail('e1', { status: 'retrying', attempts: [] })]),
  ],
  [
    'runs for ever',
    'is still running',
    run({ ...ONE, deliveries: [] }, [detail('e1', { status: 'running', attempts: [] })]),
  ],
  [
    'has too many attempts',
    'has 4 attempts of 3',
    run(ONE, [detail('e1', { attempts: [attempt(1, 1), attempt(2, 2), attempt(3, 3), delivered(4, 4)] })]),
  ],
  [
    'lacks an attempt',
    'has attempt 3 in place 2',
    run(ONE, [detail('e1', { attempts: [attempt(1, 1), delivered(3, 2)] })]),
  ],
  [
    'has an attempt twice',
    'has attempt 1 in place 2',
    run(ONE, [detail('e1', { attempts: [attempt(1, 1), delivered(1, 2)] })]),
  ],
  [
    'has attempts out of order',
    'attempt 2 began before attempt 1',
    run(ONE, [detail('e1', { attempts: [attempt(1, 100), delivered(2, 10)] })]),
  ],
  [
    'goes on after success',
    'again after it was delivered',
    run(ONE, [detail('e1', { attempts: [delivered(1, 1), delivered(2, 2)] })]),
  ],
  ['succeeded by word only', 'its target never accepted it', run({ ...ONE, deliveries: [] }, [detail('e1')])],
  [
    'succeeded with a refusal',
    'its target never accepted it',
    run({ ...ONE, deliveries: [delivery(1, 12, { status: 503 })] }, [detail('e1')]),
  ],
  ['succeeded without attempt', 'without a delivered attempt', run(ONE, [detail('e1', { attempts: [] })])],
  ['failed although it was delivered', 'was delivered and is failed', run(ONE, [detail('e1', { status: 'failed' })])],
  [
    'failed for no reason',
    'without a reason',
    run({ ...ONE, deliveries: [] }, [detail('e1', { status: 'failed', attempts: [] })]),
  ],
  [
    'was sent twice at once',
    'reached its target 2 times with 1 attempts',
    run({ ...ONE, deliveries: [delivery(1, 12), delivery(1, 13)] }, [detail('e1')]),
  ],
  [
    'was sent again for no reason',
    'was taken by its target 2 times with 0 interrupted',
    run({ ...ONE, deliveries: [delivery(1, 12), delivery(1, 99)] }, [
      detail('e1', { attempts: [attempt(1, 10), delivered(2, 98)] }),
    ]),
  ],
  [
    'was interrupted by nothing',
    'no fault explains that attempt 1 was interrupted',
    run(ONE, [detail('e1', { attempts: [interrupted(1, 5), delivered(2, 10)] })]),
  ],
  [
    'was interrupted before the fault',
    'no fault explains that attempt 1 was interrupted',
    run({ ...ONE, faults: [fault(100)] }, [detail('e1', { attempts: [interrupted(1, 5), delivered(2, 10)] })]),
  ],
  [
    'was interrupted twice by one fault',
    'no fault explains that attempt 2 was interrupted',
    run({ ...ONE, faults: [fault(1)] }, [
      detail('e1', { attempts: [interrupted(1, 5), interrupted(2, 7), delivered(3, 10)] }),
    ]),
  ],
  [
    'was interrupted by what interrupts nothing',
    'no fault explains',
    run({ ...ONE, faults: [fault(1, { interrupts: false })] }, [
      detail('e1', { attempts: [interrupted(1, 5), delivered(2, 10)] }),
    ]),
  ],
  [
    'was interrupted with more others than were in hand',
    '3 attempts were interrupted, where 1 faults explain 2',
    run(
      {
        enqueued: [1, 2, 3].map((n) => request(n)),
        deliveries: [1, 2, 3].map((n) => delivery(n, 20)),
        faults: [fault(1)],
      },
      [1, 2, 3].map((n) => detail(`e${n}`, { attempts: [interrupted(1, 5), delivered(2, 10)] })),
    ),
  ],
  [
    'began too early',
    'began before its start_at',
    run({ ...ONE, enqueued: [request(1, { startAtMs: START + 5_000 })] }, [detail('e1')]),
  ],
  [
    'began too late',
    'attempted after its deliver_by',
    run({ ...ONE, enqueued: [request(1, { deliverByMs: START + 1 })] }, [detail('e1')]),
  ],
  [
    'expired without a time',
    'expired without a deliver_by',
    run({ ...ONE, deliveries: [] }, [detail('e1', { status: 'expired', attempts: [] })]),
  ],
  [
    'has two executions for one key',
    'the key "c k" gave 2 executions',
    run(
      {
        enqueued: [request(1, { key: 'k' }), request(1, { key: 'k', executionId: 'e2' })],
        deliveries: [delivery(1, 12)],
      },
      [detail('e1'), detail('e2', { status: 'failed', attempts: [attempt(1, 1)] })],
    ),
  ],
  [
    'has two executions for one unanswered key',
    'm1 ran as e1 and as e2',
    run(
      {
        enqueued: [request(1, { key: 'k' }), request(1, { key: 'k', outcome: 'unknown', executionId: undefined })],
        deliveries: [delivery(1, 12), delivery(1, 13, { executionId: 'e2' })],
      },
      [detail('e1'), detail('e2')],
    ),
  ],
  [
    'came back after it was cancelled',
    'e1 was cancelled and is succeeded',
    run({ ...ONE, cancelled: [{ executionId: 'e1', outcome: 'accepted', answeredMs: START + 50 }] }, [detail('e1')]),
  ],
  [
    'was sent after it was cancelled',
    'reached its target after it was cancelled',
    run(
      {
        ...ONE,
        deliveries: [delivery(1, 60, { status: 503 })],
        cancelled: [{ executionId: 'e1', outcome: 'accepted', answeredMs: START + 50 }],
      },
      [detail('e1', { status: 'cancelled', attempts: [attempt(1, 9)] })],
    ),
  ],
  [
    'was cancelled by nobody',
    'nobody asked for it',
    run({ ...ONE, deliveries: [], cancelled: [{ executionId: 'e1', outcome: 'refused', answeredMs: START }] }, [
      detail('e1', { status: 'cancelled', attempts: [] }),
    ]),
  ],
  [
    'was never asked for',
    'c has 1 executions that nobody had confirmed, of 0 unanswered',
    run({ deliveries: [delivery(1, 12)] }, [detail('e1')]),
  ],
  [
    'is sent although it was refused',
    'm1 (e1), which was never accepted',
    run({ ...ONE, enqueued: [request(1, { outcome: 'refused', executionId: undefined })] }, [detail('e1')]),
  ],
  [
    'is sent under an id that is not there',
    'a target got e9, which is not there',
    run({ ...ONE, deliveries: [...ONE.deliveries, delivery(1, 20, { executionId: 'e9' })] }, [detail('e1')]),
  ],
  [
    'is sent under the id of another',
    'm1 was accepted as e1 and ran as e2',
    run({ enqueued: [request(1), request(2)], deliveries: [delivery(1, 12, { executionId: 'e2' }), delivery(2, 12)] }, [
      detail('e1'),
      detail('e2'),
    ]),
  ],
  ['is listed twice', 'e1 is listed twice', run(ONE, [detail('e1')], { listed: [detail('e1'), detail('e1')] })],
  ['is logged twice', 'e1 is logged twice', run(ONE, [detail('e1')], { logged: ['e1', 'e1'] })],
  ['is finished and queued', 'still in the queue, and logged as well', run(ONE, [detail('e1')], { queue: ['e1'] })],
  ['is found by no search', 'no search finds it', run(ONE, [detail('e1')], { listed: [] })],
  [
    'differs',
    'search and GET differ in status, code',
    run(ONE, [detail('e1')], { listed: [detail('e1', { status: 'failed', code: 'x' })] }),
  ],
  [
    'tells a secret',
    'a secret is in log: …password=canary-4711',
    run(ONE, [detail('e1')], { texts: { log: 'password=canary-4711;' } }),
  ],
  [
    'tells a secret in other letters',
    'a secret is in answers',
    run(ONE, [detail('e1')], { texts: { answers: `x ${Buffer.from('user:canary-4711').toString('base64')}` } }),
  ],
])('a bad history is caught: an action that %s', (_name, problem, { history, final }) => {
  expect(check(history, final, LIMITS).join('\n')).toContain(problem);
});
