import { join } from 'node:path';
import { test } from 'vitest';
import { temporaryFolder } from '../process/child.ts';
import { until } from '../support/wait.ts';
import { createClock } from './clock.ts';
import { startVictim } from './faults.ts';
import { newHistory } from './history.ts';
import { performAndCheck, ROUND_LIMIT_MS } from './perform.ts';
import { seedOf } from './plan.ts';
import { createConnectors, startTargets } from './targets.ts';

const HOUR_MS = 3_600_000;
const { seed, rounds } = seedOf(process.env);

test(
  'however the clock of the server jumps: the same',
  async () => {
    const history = newHistory();
    const folder = await temporaryFolder();
    const data = join(folder, 'data');
    const clock = createClock(folder);
    const url = await startTargets(history);
    const victim = await startVictim(data, history, clock.env, { clock });
    await createConnectors(victim.server(), url);
    for (const offsetMs of [HOUR_MS, 0]) {
      clock.turn(offsetMs);
      await until(async () => {
        const { body } = await victim.server().call('GET', '/api/task_manager/_health');
        return Math.abs(Date.parse(body.timestamp) - Date.now() - offsetMs) < HOUR_MS / 2;
      }, 'the server goes by the turned clock');
    }
    const kinds = ['turn clock', 'turn clock', 'kill server'] as const;
    await performAndCheck({ seed, rounds, kinds, victim, history, place: { dataDir: data } });
  },
  rounds * ROUND_LIMIT_MS + 30_000,
);
