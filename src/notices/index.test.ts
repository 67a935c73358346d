import { describe, expect, test } from 'vitest';
import { until } from '../../test/support/wait.ts';
import type { Principal } from '../access/authorise.ts';
import { BUILT_IN_TYPES } from '../connector-types/index.ts';
import type { CheckContext, ExecutionSource } from '../connectors/define.ts';
import { paramsProblem } from '../connectors/params-problem.ts';
import { PatchbayError } from '../errors.ts';
import type { ExecutionRecord, ExecutionStatus } from '../events/execution-log.ts';
import { createRunEvents, type RunEvents } from '../events/run-events.ts';
import type { EnqueueItem, EnqueueResult, QueuedSource } from '../queue/types.ts';
import { createNotices, type Notices } from './index.ts';
import { LOST_RETRY_MS } from './tracker.ts';
import type { NoticeSettings } from './types.ts';

const HOUR_MS = 3_600_000;
const SYSTEM: Principal = { username: 'system', roles: ['superuser'], authentication: 'basic' };
const CONTEXT: CheckContext = {
  settings: { actions: { email: { servicesEnabled: ['*'] } } } as unknown as CheckContext['settings'],
  egress: { assertUrlAllowed: () => {}, assertHostAllowed: () => {} } as unknown as CheckContext['egress'],
};

const setting = (changes: Partial<NoticeSettings> = {}): NoticeSettings => ({
  to: 'pager',
  fallback: [],
  params: {},
  failures: 3,
  circuit: true,
  throttle: HOUR_MS,
  ...changes,
});

interface Sent {
  readonly executionId: string;
  readonly to: string;
  readonly spaceId: string;
  readonly principal: Principal;
  readonly source?: QueuedSource;
  readonly text: string;
  readonly item: EnqueueItem;
}

/** A node: its events and clock, and the queue and log that it may share with another node. */
interface Node {
  readonly events: RunEvents;
  readonly notices: Notices;
  readonly errors: string[];
  readonly warnings: string[];
  advance(ms: number): void;
  /** A run of a connector ended. */
  run(connectorId: string, status: ExecutionStatus, source?: ExecutionSource, executionId?: string): void;
  attempt(connectorId: string, outcome: 'delivered' | 'failed', code?: 'cancelled'): void;
  circuit(connectorId: string, state: 'open' | 'half_open' | 'closed'): void;
  settled(): Promise<void>;
}

interface Cluster {
  readonly sent: Sent[];
  readonly statuses: Map<string, ExecutionStatus>;
  readonly refused: Map<string, string | Error>;
  readonly connectors: Map<string, string>;
  node(...settings: NoticeSettings[]): Node;
}

/** A queue that keeps what it was given, with idempotency keys as the real one has them. */
function cluster(): Cluster {
  const sent: Sent[] = [];
  const statuses = new Map<string, ExecutionStatus>();
  const refused = new Map<string, string | Error>();
  const connectors = new Map([
    ['pager', '.slack'],
    ['second', '.slack'],
    ['log', '.server-log'],
    ['hook', '.webhook'],
    ['mail', '.email'],
  ]);
  const keys = new Map<string, string>();
  let time = Date.UTC(2026, 0, 1);

  async function enqueue(
    principal: Principal,
    spaceId: string,
    items: readonly EnqueueItem[],
    source?: QueuedSource,
  ): Promise<EnqueueResult[]> {
    return items.map((item) => {
      const { connectorId } = item;
      const refusal = refused.get(connectorId);
      if (refusal instanceof Error) throw refusal;
      if (refusal !== undefined) return { connectorId, response: 'missingSecrets', message: refusal };
      const known = keys.get(`${connectorId} ${item.idempotencyKey}`);
      const executionId = known ?? `execution-${sent.length}`;
      if (known === undefined) {
        keys.set(`${connectorId} ${item.idempotencyKey}`, executionId);
        const text = String(item.params.message ?? item.params.body);
        sent.push({ executionId, to: connectorId, spaceId, principal, source, text, item });
        statuses.set(executionId, 'queued');
      }
      return { connectorId, executionId, response: 'success' };
    });
  }

  function node(...settings: NoticeSettings[]): Node {
    const events = createRunEvents();
    const errors: string[] = [];
    const warnings: string[] = [];
    const notices = createNotices({
      settings,
      queue: { enqueue },
      events,
      principal: SYSTEM,
      connectors: {
        async find(_spaceId, id) {
          const typeId = connectors.get(id);
          return typeId === undefined ? undefined : { typeId };
        },
      },
      paramsProblem: (typeId, params) =>
        paramsProblem(BUILT_IN_TYPES.find(({ id }) => id === typeId)!, params, CONTEXT),
      executions: {
        find: async (_spaceId, id) =>
          statuses.has(id) ? ({ status: statuses.get(id)!, message: 'said no' } as ExecutionRecord) : undefined,
      },
      log: { error: (text: string) => void errors.push(text), warn: (text: string) => void warnings.push(text) },
      now: () => time,
      pollMs: 5,
    });
    const subject = (connectorId: string) => ({
      spaceId: 'default',
      connectorId,
      connectorTypeId: '.webhook',
      connectorName: `The ${connectorId}`,
    });
    let runs = 0;
    return {
      events,
      notices,
      errors,
      warnings,
      advance(ms) {
        time += ms;
      },
      run(connectorId, status, source = 'queue', executionId = `run-${runs++}`) {
        statuses.set(executionId, status);
        events.ended({ ...subject(connectorId), executionId, source, status, message: 'it broke' });
      },
      attempt(connectorId, outcome, code) {
        const executionId = `run-${runs++}`;
        const common = { attempt: 1, startedAt: new Date(time), durationMs: 1, message: 'it broke' };
        events.attempt({ ...subject(connectorId), executionId, source: 'http_request', outcome, code, ...common });
      },
      circuit(connectorId, state) {
        const open = state === 'open' ? { reason: 'no answer', probeAt: new Date(time + 30_000) } : {};
        events.circuit({ ...subject(connectorId), state, ...open });
      },
      // Nothing here waits for a timer, except for what the look-up is asked for.
      settled: () => new Promise((resolve) => setImmediate(resolve)),
    };
  }
  return { sent, statuses, refused, connectors, node };
}

const one = (...settings: NoticeSettings[]) => {
  const shared = cluster();
  return { ...shared, ...shared.node(...settings) };
};

describe('what is worth a notice', () => {
  test('the circuit of a connector opens: once, to the recipient, in its space, as the system', async () => {
    const { sent, circuit, settled } = one(setting());
    circuit('crm', 'open');
    await settled();
    expect(sent).toMatchObject([{ to: 'pager', spaceId: 'default', principal: SYSTEM, source: 'notification' }]);
    expect(sent[0]?.text).toMatch(/^The circuit of connector "The crm" .* is open since .*: no answer\.$/);
  });

  test('as many failed or expired runs in a row as the setting says, and not one fewer', async () => {
    const { sent, run, settled } = one(setting());
    run('crm', 'failed');
    run('crm', 'expired');
    run('other', 'failed');
    await settled();
    expect(sent).toEqual([]);
    run('crm', 'failed');
    await settled();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.text).toContain('The last 3 runs of connector "The crm"');
  });

  test('a run that succeeds begins the count anew; a cancelled one, one of _test, and one whose caller left say nothing', async () => {
    const { sent, run, attempt, settled } = one(setting());
    for (const status of ['failed', 'failed', 'succeeded', 'failed', 'cancelled', 'failed'] as const)
      run('crm', status);
    run('crm', 'failed', 'test');
    attempt('crm', 'failed', 'cancelled');
    await settled();
    expect(sent).toEqual([]);
    run('crm', 'failed');
    await settled();
    expect(sent).toHaveLength(1);
  });

  test('attempts of _execute count, and are not counted again when their execution ends', async () => {
    const { sent, run, attempt, settled } = one(setting());
    for (let n = 0; n < 2; n += 1) {
      attempt('crm', 'failed');
      run('crm', 'failed', 'http_request');
    }
    await settled();
    expect(sent).toEqual([]);
    attempt('crm', 'failed');
    await settled();
    expect(sent).toHaveLength(1);
  });

  test('only the connectors that are named, and not the circuit if it is switched off', async () => {
    const { sent, circuit, run, settled } = one(setting({ connectors: ['crm'], circuit: false, failures: 1 }));
    circuit('crm', 'open');
    run('other', 'failed');
    await settled();
    expect(sent).toEqual([]);
    run('crm', 'failed');
    await settled();
    expect(sent).toHaveLength(1);
  });

  test('failures behind an open circuit are not told of once more', async () => {
    const { sent, circuit, run, settled } = one(setting({ failures: 1 }));
    circuit('crm', 'open');
    run('crm', 'expired');
    await settled();
    expect(sent).toHaveLength(1);
  });

  test('two settings each have their own count, throttle and recipient', async () => {
    const { sent, run, settled } = one(setting({ failures: 1 }), setting({ failures: 2, to: 'log' }));
    run('crm', 'failed');
    run('crm', 'failed');
    await settled();
    expect(sent.map(({ to }) => to)).toEqual(['pager', 'log']);
  });
});

describe('throttle and recovery', () => {
  test('one in the time, and the next one says how many were held back', async () => {
    const { sent, run, settled, advance } = one(setting({ failures: 1 }));
    for (let n = 0; n < 5; n += 1) run('crm', 'failed');
    advance(HOUR_MS - 1);
    run('crm', 'failed');
    await settled();
    expect(sent).toHaveLength(1);
    advance(1);
    run('crm', 'failed');
    await settled();
    expect(sent).toHaveLength(2);
    expect(sent[1]?.text).toContain('5 more of this kind were held back');
  });

  test('recovery is told once, and only to who was told of the trouble', async () => {
    const { sent, run, settled } = one(setting({ failures: 2 }));
    run('crm', 'failed');
    run('crm', 'succeeded');
    await settled();
    expect(sent).toEqual([]);
    for (const status of ['failed', 'failed', 'succeeded', 'succeeded'] as const) run('crm', status);
    await settled();
    expect(sent.map(({ text }) => text.slice(0, 12))).toEqual(['The last 2 r', 'A run of con']);
  });

  test('a circuit: recovered when it closes, not when it is tried', async () => {
    const { sent, circuit, run, settled } = one(setting());
    circuit('crm', 'open');
    circuit('crm', 'half_open');
    run('crm', 'succeeded');
    await settled();
    expect(sent).toHaveLength(1);
    circuit('crm', 'closed');
    await settled();
    expect(sent).toHaveLength(2);
    expect(sent[1]?.text).toContain('closed: its actions go on');
  });

  test('a connector that keeps flapping gives one notice and one recovery in the time', async () => {
    const { sent, circuit, settled } = one(setting());
    for (let n = 0; n < 20; n += 1) {
      circuit('crm', 'open');
      circuit('crm', 'closed');
      await settled();
    }
    expect(sent).toHaveLength(2);
  });
});

describe('the chain', () => {
  const chain = setting({ fallback: ['second', 'log'], failures: 1 });

  test.each([
    [
      'refuses to be queued',
      (c: ReturnType<typeof one>) => c.refused.set('pager', 'It has no secrets.'),
      'It has no secrets',
    ],
    [
      'cannot be queued',
      (c: ReturnType<typeof one>) => c.refused.set('pager', new PatchbayError('forbidden', 'No.')),
      'No',
    ],
    [
      'does not exist',
      (c: ReturnType<typeof one>) => c.connectors.delete('pager'),
      'there is no such connector in the space "default"',
    ],
  ])('a recipient that %s: the next one gets it, and is told why', async (_name, breakIt, why) => {
    const c = one(chain);
    breakIt(c);
    c.run('crm', 'failed');
    await c.settled();
    expect(c.sent.map(({ to }) => to)).toEqual(['second']);
    expect(c.sent[0]?.text).toContain(`It could not be sent through "pager": ${why}.`);
  });

  test('a recipient with an open circuit is passed over', async () => {
    const { sent, circuit, run, settled } = one({ ...chain, circuit: false });
    circuit('pager', 'open');
    run('crm', 'failed');
    await settled();
    expect(sent.map(({ to }) => to)).toEqual(['second']);
  });

  test('what waits at a recipient goes elsewhere when its circuit opens, and once only', async () => {
    const { sent, circuit, run, settled } = one({ ...chain, circuit: false });
    run('crm', 'failed');
    await settled();
    circuit('pager', 'open');
    await settled();
    run('pager', 'failed', 'notification', sent[0]?.executionId);
    await settled();
    expect(sent.map(({ to }) => to)).toEqual(['pager', 'second']);
  });

  test.each(['failed', 'expired'] as const)(
    'a notice that ends %s goes on down the chain to its end',
    async (status) => {
      const { sent, errors, run, settled } = one(chain);
      run('crm', 'failed');
      await settled();
      for (const to of ['pager', 'second', 'log']) {
        expect(sent.at(-1)?.to).toBe(to);
        run(to, status, 'notification', sent.at(-1)?.executionId);
        await settled();
      }
      expect(sent).toHaveLength(3);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(/about connector "crm" .*"pager": it broke.*"second": it broke.*"log": it broke/);
    },
  );

  test.each(['succeeded', 'cancelled'] as const)('one that ended %s does not', async (status) => {
    const { sent, run, settled } = one(chain);
    run('crm', 'failed');
    await settled();
    run('pager', status, 'notification', sent[0]?.executionId);
    await settled();
    expect(sent).toHaveLength(1);
  });

  test('after nobody could be reached, the next occasion after some minutes tries again', async () => {
    const { sent, refused, errors, run, settled, advance } = one(setting({ failures: 1 }));
    refused.set('pager', 'Gone.');
    run('crm', 'failed');
    await settled();
    expect(errors).toHaveLength(1);
    refused.clear();
    run('crm', 'failed');
    await settled();
    expect(sent).toEqual([]);
    advance(LOST_RETRY_MS);
    run('crm', 'failed');
    await settled();
    expect(sent).toHaveLength(1);
  });

  test('a notice that another node ran is looked up', async () => {
    const { sent, statuses, run } = one(chain);
    run('crm', 'failed');
    await until(() => sent.length === 1, 'it is sent');
    statuses.set(sent[0]!.executionId, 'failed');
    await until(() => sent.length === 2, 'the next in the chain has it');
    expect(sent[1]?.text).toContain('through "pager": said no');
  });

  test('after stop nothing is sent, and nothing complains', async () => {
    const { sent, errors, notices, run, settled } = one(chain);
    run('crm', 'failed');
    await settled();
    notices.stop();
    run('pager', 'failed', 'notification', sent[0]?.executionId);
    run('other', 'failed');
    await settled();
    expect(sent).toHaveLength(1);
    expect(errors).toEqual([]);
  });
});

describe('a broken pager', () => {
  test('is told of through another connector, never through itself', async () => {
    const { sent, circuit, settled } = one(setting({ fallback: ['second'] }));
    circuit('pager', 'open');
    await settled();
    expect(sent.map(({ to }) => to)).toEqual(['second']);
    expect(sent[0]?.text).toContain('The circuit of connector "The pager"');
  });

  test('that is the only recipient leaves one line in the log in the time', async () => {
    const { sent, errors, circuit, settled } = one(setting());
    for (let n = 0; n < 10; n += 1) circuit('pager', 'open');
    await settled();
    expect(sent).toEqual([]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('Its only recipient is that connector itself');
  });

  test('failed notices are no occasion for notices; a delivered one shows that the pager works', async () => {
    const { sent, run, settled } = one(setting({ to: 'second', failures: 3 }));
    for (let n = 0; n < 10; n += 1) run('pager', 'failed', 'notification');
    run('pager', 'failed');
    run('pager', 'failed');
    run('pager', 'succeeded', 'notification');
    run('pager', 'failed');
    await settled();
    expect(sent).toEqual([]);
  });

  test('no storm: two pagers that both fail, watched by each other, end quietly', async () => {
    const { sent, errors, run, circuit, settled, advance } = one(setting({ fallback: ['second'], failures: 1 }));
    let handled = 0;
    for (let minute = 0; minute < 120; minute += 1) {
      run('crm', 'failed');
      await settled();
      // Every notice fails, and with it the circuit of its recipient opens.
      for (; handled < sent.length; handled += 1) {
        const { to, executionId } = sent[handled]!;
        run(to, 'failed', 'notification', executionId);
        circuit(to, 'open');
        await settled();
      }
      advance(60_000);
    }
    expect(sent.length).toBeLessThan(10);
    // Three connectors, each at most every five minutes.
    expect(errors.length).toBeLessThanOrEqual((3 * 120) / 5);
    expect(errors.length).toBeGreaterThan(0);
  });
});

test('two nodes that see the same trouble send one notice and one recovery', async () => {
  const shared = cluster();
  const nodes = [shared.node(setting()), shared.node(setting())];
  for (const state of ['open', 'closed'] as const) {
    for (const { circuit } of nodes) circuit('crm', state);
    for (const { settled } of nodes) await settled();
  }
  expect(shared.sent).toHaveLength(2);
});

describe('the check at the start', () => {
  test('is quiet when all recipients can be given something', async () => {
    const { notices, warnings } = one(
      setting({ fallback: ['log', 'hook'], params: { message: '{{summary}}' } }),
      setting({ to: 'mail', params: { to: ['ops@example.com'], subject: '{{kind}}', message: '{{summary}}' } }),
    );
    await notices.check();
    expect(warnings).toEqual([]);
  });

  test.each([
    [
      'a recipient that is not there',
      setting({ to: 'nobody' }),
      /^\[patchbay\.notices\[0\]\]: there is no connector "nobody" .*preconfigured/,
    ],
    ['a fallback that is not there', setting({ fallback: ['nobody'] }), /there is no connector "nobody"/],
    [
      'a type without a default',
      setting({ to: 'mail' }),
      /nothing can be sent through "mail" \(\.email\): .* needs params/,
    ],
    [
      'params that do not fit',
      setting({ params: { text: 'x' } }),
      /do not fit "pager" \(\.slack\), which gets the default text/,
    ],
    [
      'a wrong template',
      setting({ params: { message: '{{#a}}' } }),
      /a template in the params is wrong: Unclosed section/,
    ],
  ])('%s: a warning that says what to do', async (_name, settings, text) => {
    const { notices, warnings } = one(settings);
    await notices.check();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(text);
  });
});
