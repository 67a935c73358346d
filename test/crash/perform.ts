import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { check } from './checker.ts';
import { createClient } from './client.ts';
import { IN_HAND, MAX_ATTEMPTS, type Victim } from './faults.ts';
import { seenByApi, seenInTables, settled } from './final.ts';
import type { History } from './history.ts';
import { createRandom, type FaultKind, planRound } from './plan.ts';
import { CANARY } from './targets.ts';

/** One seeded run: what is done, to whom, with which faults. */
export interface Run {
  readonly seed: number;
  readonly rounds: number;
  readonly kinds: readonly FaultKind[];
  readonly victim: Victim;
  readonly history: History;
  /** Where the database is once the server has ended. */
  readonly place: { readonly url?: string; readonly dataDir: string };
}

/** Milliseconds that one round takes, as a limit for the test. */
export const ROUND_LIMIT_MS = 200_000;
const STEPS_DURING_FAULT = 10;
const SLOW_SETTLE_MS = 150_000;

/**
 * Performs the plan of the seed, waits until all is settled, and compares what was promised with what is there. The plan
 * is the same for the same seed; what meets what is up to the machine.
 */
export async function performAndCheck({ seed, rounds, kinds, victim, history, place }: Run): Promise<void> {
  console.info(`PATCHBAY_CRASH_SEED=${seed} PATCHBAY_CRASH_ROUNDS=${rounds}`);
  const random = createRandom(seed);
  const client = createClient(history, victim.url);
  const answers: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const performing: Promise<void>[] = [];
    // Operations go on during a fault, but not all of them: on a slow machine nothing would be accepted any more.
    let suffering = Promise.resolve();
    let stepsSinceFault = 0;
    for (const { waitMs, operation, fault } of planRound(random, kinds, round)) {
      await sleep(waitMs);
      stepsSinceFault = fault === undefined ? stepsSinceFault + 1 : 0;
      if (fault !== undefined || stepsSinceFault > STEPS_DURING_FAULT) await suffering;
      if (operation !== undefined) performing.push(client.perform(operation));
      if (fault !== undefined) suffering = victim.suffer(fault);
    }
    await Promise.all([suffering, ...performing]);
    await settled(victim.server(), kinds.includes('vanish') ? SLOW_SETTLE_MS : undefined).catch((error: Error) => {
      throw new Error(`seed ${seed}: ${error.message}; the server said: ${victim.output().slice(-4_000)}`);
    });
  }
  const { listed, details, answers: seen } = await seenByApi(victim.server(), history);
  answers.push(client.answers(), seen);
  expect(await victim.server().stop(), victim.output().slice(-2_000)).toMatchObject({ code: 0 });
  const { queue, logged, dump } = await seenInTables(place);
  const texts = { answers: answers.join('\n'), output: victim.output(), database: dump };
  const limits = { maxAttempts: MAX_ATTEMPTS, inHand: IN_HAND, secrets: [CANARY] };
  const problems = check(history, { listed, details, queue, logged, texts }, limits);
  expect(problems, `with the seed ${seed}`).toEqual([]);
  expect(whatHappened(history, listed.length)).toEqual([]);
}

/** Reasons for which a run would have shown nothing. */
function whatHappened({ enqueued, deliveries, faults }: History, executions: number): string[] {
  return [
    ...(enqueued.filter(({ outcome }) => outcome === 'accepted').length < 50 ? ['hardly anything was accepted'] : []),
    ...(deliveries.length < 50 ? ['hardly anything was delivered'] : []),
    ...(executions < 50 ? ['hardly anything was recorded'] : []),
    ...(faults.length === 0 ? ['no fault happened'] : []),
  ];
}
