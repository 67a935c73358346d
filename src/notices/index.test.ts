import { describe, expect, test } from 'vitest';
import { cluster, HOUR_MS, SYSTEM, setting } from '../../test/support/notice-cluster.ts';
import { until } from '../../test/support/wait.ts';
import { PatchbayError } from '../errors.ts';
import { LOST_RETRY_MS } from './tracker.ts';
import type { NoticeSettings } from './types.ts';

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
