import { join } from 'node:path';
import { test } from 'vitest';
import { temporaryFolder } from '../process/child.ts';
import { startVictim } from './faults.ts';
import { newHistory } from './history.ts';
import { performAndCheck, ROUND_LIMIT_MS } from './perform.ts';
import { seedOf } from './plan.ts';
import { createConnectors, startTargets } from './targets.ts';

const { seed, rounds } = seedOf(process.env);

test(
  'whatever is killed or stopped: what was accepted is attempted or visibly ended, once where nothing broke',
  async () => {
    const history = newHistory();
    const data = join(await temporaryFolder(), 'data');
    const url = await startTargets(history);
    const victim = await startVictim(data, history);
    await createConnectors(victim.server(), url);
    const kinds = ['kill server', 'kill database', 'kill both', 'stop server', 'stop database'] as const;
    await performAndCheck({ seed, rounds, kinds, victim, history, place: { dataDir: data } });
  },
  rounds * ROUND_LIMIT_MS + 30_000,
);
