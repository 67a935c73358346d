import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../errors.ts';
import { type Circuit, type CircuitOptions, createCircuit } from './circuit.ts';

function circuitAt(options: Partial<CircuitOptions> = {}) {
  const clock = { ms: 1_000 };
  const circuit = createCircuit({
    failures: 3,
    pauseMs: 30_000,
    maxPauseMs: 100_000,
    now: () => clock.ms,
    random: () => 0.5,
    ...options,
  });
  const run = (code?: ErrorCode) => {
    const may = circuit.mayStart();
    if (may) circuit.record({ startedMs: clock.ms, code, reason: code && `it said ${code}` });
    return may;
  };
  const fail = (times: number) => {
    for (let time = 0; time < times; time += 1) run('egress_timeout');
  };
  return { circuit, clock, run, fail };
}

describe('closed', () => {
  test.each<ErrorCode>([
    'target_unavailable',
    'timed_out',
    'egress_timeout',
    'egress_connection',
    'egress_proxy',
    'egress_tls',
  ])('opens after as many failures in a row as configured: %s', (code) => {
    const { circuit, run } = circuitAt();
    expect([run(code), run(code), circuit.state]).toEqual([true, true, 'closed']);
    expect([run(code), circuit.state]).toEqual([true, 'open']);
    expect(circuit).toMatchObject({ openedMs: 1_000, openUntilMs: 31_000, reason: `it said ${code}` });
    expect([circuit.mayStart(), circuit.waitMs()]).toEqual([false, 30_000]);
  });

  test.each<ErrorCode | undefined>([
    undefined,
    'target_rejected',
    'target_auth',
    'target_rate_limited',
    'target_response_invalid',
    'partial_failure',
    'egress_response_too_large',
    'egress_too_many_redirects',
  ])('an answer of the target begins the count anew: %s', (code) => {
    const { circuit, run, fail } = circuitAt();
    fail(2);
    run(code);
    fail(2);
    expect(circuit.state).toBe('closed');
    fail(1);
    expect(circuit.state).toBe('open');
  });

  test.each<ErrorCode>([
    'params_invalid',
    'secrets_invalid',
    'handler_failed',
    'token_failed',
    'egress_host_not_allowed',
    'rate_limited',
    'cancelled',
    'interrupted',
  ])('what says nothing about the target counts neither way: %s', (code) => {
    const { circuit, run, fail } = circuitAt();
    for (let time = 0; time < 10; time += 1) run(code);
    fail(2);
    run(code);
    expect(circuit.state).toBe('closed');
    fail(1);
    expect(circuit.state).toBe('open');
  });
});

describe('half-open', () => {
  test('one probe may run, and its success closes', () => {
    const { circuit, clock, fail } = circuitAt();
    fail(3);
    clock.ms = 30_999;
    expect([circuit.state, circuit.mayStart()]).toEqual(['open', false]);
    clock.ms = 31_000;
    expect([circuit.state, circuit.waitMs(), circuit.mayStart()]).toEqual(['half_open', 0, true]);
    expect([circuit.state, circuit.waitMs(), circuit.mayStart()]).toEqual([
      'half_open',
      Number.POSITIVE_INFINITY,
      false,
    ]);
    circuit.record({ startedMs: 31_000 });
    expect(circuit).toMatchObject({ state: 'closed', openedMs: undefined, openUntilMs: undefined, reason: undefined });
    expect([circuit.mayStart(), circuit.mayStart()]).toEqual([true, true]);
    fail(2);
    expect(circuit.state).toBe('closed');
  });

  test('an answer that is no success closes, too', () => {
    const { circuit, clock, run, fail } = circuitAt();
    fail(3);
    clock.ms = 31_000;
    expect([run('target_rejected'), circuit.state]).toEqual([true, 'closed']);
  });

  test('each failed probe doubles the pause, up to the longest; closing begins with the first again', () => {
    const { circuit, clock, run, fail } = circuitAt();
    fail(3);
    for (const pauseMs of [60_000, 100_000, 100_000]) {
      clock.ms = circuit.openUntilMs!;
      expect([run('egress_connection'), circuit.state, circuit.waitMs()]).toEqual([true, 'open', pauseMs]);
      expect(circuit).toMatchObject({ openedMs: 1_000, reason: 'it said egress_connection' });
    }
    clock.ms = circuit.openUntilMs!;
    run();
    fail(3);
    expect(circuit.waitMs()).toBe(30_000);
  });

  test('the pause varies by a tenth either way', () => {
    for (const [random, pauseMs] of [
      [0, 27_000],
      [0.999_999, 33_000],
    ] as const) {
      const { circuit, fail } = circuitAt({ random: () => random });
      fail(3);
      expect(circuit.waitMs()).toBeCloseTo(pauseMs, -1);
    }
  });

  test('a probe that never reached the target gives its place to another', () => {
    const { circuit, clock, run, fail } = circuitAt();
    fail(3);
    clock.ms = 31_000;
    expect(circuit.mayStart()).toBe(true);
    circuit.giveBack();
    expect([run('params_invalid'), circuit.state, circuit.waitMs()]).toEqual([true, 'half_open', 0]);
    expect([run(), circuit.state]).toEqual([true, 'closed']);
  });
});

describe('attempts that began before a change and end after it', () => {
  function openedAt2000() {
    const all = circuitAt();
    all.clock.ms = 2_000;
    all.fail(3);
    return all;
  }

  test('neither close an open circuit nor prolong it', () => {
    const { circuit, clock } = openedAt2000();
    clock.ms = 20_000;
    for (const startedMs of [1_500, 2_000]) {
      circuit.record({ startedMs });
      circuit.record({ startedMs, code: 'egress_timeout', reason: 'late' });
    }
    expect(circuit).toMatchObject({ state: 'open', openUntilMs: 32_000, reason: 'it said egress_timeout' });
  });

  test('do not stand for the probe', () => {
    const { circuit, clock } = openedAt2000();
    clock.ms = 32_000;
    expect(circuit.mayStart()).toBe(true);
    circuit.record({ startedMs: 1_500 });
    circuit.record({ startedMs: 1_500, code: 'egress_timeout' });
    circuit.record({ startedMs: 1_500, code: 'cancelled' });
    circuit.giveBack(1_500);
    expect([circuit.state, circuit.mayStart()]).toEqual(['half_open', false]);
    circuit.record({ startedMs: 32_000 });
    expect(circuit.state).toBe('closed');
  });

  test('do not open it again once it is closed', () => {
    const { circuit, clock, run } = openedAt2000();
    clock.ms = 32_000;
    run();
    clock.ms = 33_000;
    for (let time = 0; time < 5; time += 1) circuit.record({ startedMs: 1_500, code: 'egress_timeout' });
    expect(circuit.state).toBe('closed');
  });

  test('but a delivery that began while it was open shows that the target is back', () => {
    const { circuit, clock } = openedAt2000();
    clock.ms = 10_000;
    circuit.record({ startedMs: 9_000, code: 'egress_timeout' });
    expect(circuit).toMatchObject({ state: 'open', openUntilMs: 32_000 });
    circuit.record({ startedMs: 9_000 });
    expect(circuit.state).toBe('closed');
  });
});

test('whatever happens: one probe at a time, none within a pause, and a target that is back gets its work', () => {
  type Step = { waitMs: number; endOldest: boolean; isUp: boolean };
  const steps = fc.array(
    fc.record({ waitMs: fc.integer({ min: 0, max: 40_000 }), endOldest: fc.boolean(), isUp: fc.boolean() }),
    { maxLength: 100 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 4 }), (all: Step[], failures) => {
      const { circuit, clock } = circuitAt({ failures, random: undefined });
      const underWay: { startedMs: number; isProbe: boolean; isUp: boolean }[] = [];
      for (const { waitMs, endOldest, isUp } of all) {
        clock.ms += waitMs;
        if (endOldest && underWay.length > 0) endFirst(circuit, underWay);
        const isProbe = circuit.state !== 'closed';
        const pauseEndMs = circuit.openUntilMs ?? 0;
        if (!circuit.mayStart()) continue;
        expect(clock.ms).toBeGreaterThanOrEqual(pauseEndMs);
        underWay.push({ startedMs: clock.ms, isProbe, isUp });
        if (isProbe) expect(underWay.filter((attempt) => attempt.isProbe)).toHaveLength(1);
      }
      while (underWay.length > 0) endFirst(circuit, underWay);
      if (circuit.state !== 'closed') {
        expect(circuit.waitMs()).toBeLessThanOrEqual(110_000);
        clock.ms += circuit.waitMs();
        expect(circuit.mayStart()).toBe(true);
        circuit.record({ startedMs: clock.ms });
      }
      expect(circuit.state).toBe('closed');
    }),
  );
});

function endFirst(circuit: Circuit, underWay: { startedMs: number; isUp: boolean }[]): void {
  const { startedMs, isUp } = underWay.shift()!;
  circuit.record({ startedMs, code: isUp ? undefined : 'egress_timeout' });
}
