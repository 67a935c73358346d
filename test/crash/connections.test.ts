import { join } from 'node:path';
import { test } from 'vitest';
import { temporaryFolder } from '../process/child.ts';
import { databaseUrl, testDatabase } from '../support/database.ts';
import { startDatabaseProxy } from './database-proxy.ts';
import { startVictim } from './faults.ts';
import { newHistory } from './history.ts';
import { performAndCheck, ROUND_LIMIT_MS } from './perform.ts';
import { seedOf } from './plan.ts';
import { createConnectors, startTargets } from './targets.ts';

const { seed, rounds } = seedOf(process.env);
const database = await testDatabase();
const KINDS = ['drop connections', 'stall connections', 'refuse connections', 'kill server'] as const;
/** A statement on a connection that went silent is given up after half a minute, so these are for longer runs. */
const SLOW_KINDS = ['vanish'] as const;

test(
  'whatever happens to the connections to the database: the same',
  async () => {
    const history = newHistory();
    const data = join(await temporaryFolder(), 'data');
    const url = await startTargets(history);
    const proxy = await startDatabaseProxy(database.target);
    const through = databaseUrl({ ...database.target, host: '127.0.0.1', port: proxy.port });
    const victim = await startVictim(data, history, { PATCHBAY_DATABASE_URL: through }, { proxy });
    await createConnectors(victim.server(), url);
    const kinds = rounds > 1 ? [...KINDS, ...SLOW_KINDS] : KINDS;
    await performAndCheck({ seed, rounds, kinds, victim, history, place: { url: database.url, dataDir: data } });
  },
  rounds * ROUND_LIMIT_MS + 30_000,
);
