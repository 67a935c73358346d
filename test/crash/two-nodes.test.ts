import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Server, startServer, temporaryFolder } from '../process/child.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { until } from '../support/wait.ts';
import { check } from './checker.ts';
import { type Client, createClient } from './client.ts';
import { IN_HAND, MAX_ATTEMPTS, SETTINGS } from './faults.ts';
import { seenByApi, seenInTables, settled } from './final.ts';
import { type Final, type History, newHistory } from './history.ts';
import type { ActionPlan, Behaviour } from './plan.ts';
import { CANARY, createConnectors, startTargets } from './targets.ts';

const databases = [await testDatabase(), await testDatabase(), await testDatabase(), await testDatabase()] as const;

/** Two servers on one database, each with a client, and what they did. */
interface Pair {
  readonly history: History;
  readonly servers: readonly [Server, Server];
  readonly clients: readonly [Client, Client];
  /** Compares promises and facts once everything has ended; stops what still runs. */
  problems(alive: readonly Server[]): Promise<{ problems: string[]; final: Final }>;
}

async function startPair(
  database: TestDatabase,
  settings: readonly [Record<string, string>, Record<string, string>] = [{}, {}],
): Promise<Pair> {
  const history = newHistory();
  const url = await startTargets(history);
  const begin = async (own: Record<string, string>) => {
    const env = {
      ...SETTINGS,
      PATCHBAY_DATABASE_URL: database.url,
      XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY: 'a key of two servers, at least 32 characters',
      ...own,
    };
    return startServer(join(await temporaryFolder(), 'data'), { env });
  };
  const servers = [await begin(settings[0]), await begin(settings[1])] as const;
  const clients = [createClient(history, () => servers[0].url), createClient(history, () => servers[1].url)] as const;
  await createConnectors(servers[0], url);
  return {
    history,
    servers,
    clients,
    async problems(alive) {
      const { listed, details, answers } = await seenByApi(alive[0]!, history);
      for (const server of alive) expect(await server.stop()).toMatchObject({ code: 0 });
      const { queue, logged, dump } = await seenInTables({ url: database.url, dataDir: '/nonexistent' });
      const output = servers.map((server) => server.stdout() + server.stderr()).join('\n');
      const texts = { answers: answers + clients.map((client) => client.answers()).join('\n'), output, database: dump };
      const final = { listed, details, queue, logged, texts };
      const limits = { maxAttempts: MAX_ATTEMPTS, inHand: IN_HAND, secrets: [CANARY] };
      return { problems: check(history, final, limits), final };
    },
  };
}

let markers = 0;
function actions(count: number, connectorId: Behaviour): ActionPlan[] {
  return Array.from({ length: count }, () => ({ marker: `m${markers++}`, connectorId }));
}

function interruptedIn({ details }: Final): number {
  return [...details.values()].flatMap((detail) => detail?.attempts ?? []).filter(({ code }) => code === 'interrupted')
    .length;
}

test('nothing is done twice, while both accept and both work', async () => {
  const { history, servers, clients, problems } = await startPair(databases[0]);
  const sending = Array.from({ length: 30 }, (_, n) => {
    const retried = n === 0 ? actions(10, 'flaky') : [];
    const rest = actions(20 - retried.length, n % 3 === 0 ? 'slow' : 'good');
    return clients[n % 2]!.perform({ kind: 'bulk', actions: [...retried, ...rest] });
  });
  await Promise.all(sending);
  await settled(servers[0]);
  const { problems: found, final } = await problems(servers);
  expect(found).toEqual([]);
  expect(final.listed.map(({ status }) => status)).toEqual(Array(600).fill('succeeded'));
  expect(history.deliveries.filter(({ status }) => status === 200)).toHaveLength(600);
}, 60_000);

test('what one accepts wakes the other, long before that one would look', async () => {
  const { history, servers, clients, problems } = await startPair(databases[1], [
    { XPACK_TASK_MANAGER_UNSAFE_EXCLUDE_TASK_TYPES: '["actions:.webhook"]' },
    { XPACK_TASK_MANAGER_POLL_INTERVAL: '600000' },
  ]);
  const [accepts] = clients;
  // A server learns of the others with its heartbeat.
  await until(async () => {
    await accepts.perform({ kind: 'bulk', actions: actions(1, 'good') });
    return history.deliveries.length > 0;
  }, 'the two know of each other');
  await settled(servers[0]);
  const before = history.deliveries.length;
  await accepts.perform({ kind: 'bulk', actions: actions(50, 'good') });
  await until(() => history.deliveries.length === before + 50, 'the other one does the work');
  await settled(servers[0]);
  expect((await problems(servers)).problems).toEqual([]);
}, 60_000);

test('the work of a node that is killed is taken over', async () => {
  const { history, servers, clients, problems } = await startPair(databases[2]);
  const [victim, survivor] = servers;
  await clients[0].perform({ kind: 'bulk', actions: actions(200, 'slow') });
  await until(() => history.deliveries.length > 5, 'they are at it');
  history.faults.push({ kind: 'kill server', fromMs: Date.now(), interrupts: true });
  await victim.kill();
  await settled(survivor);
  const { problems: found, final } = await problems([survivor]);
  expect(found).toEqual([]);
  expect(final.listed.map(({ status }) => status)).toEqual(Array(200).fill('succeeded'));
  expect(interruptedIn(final)).toBeGreaterThan(0);
}, 60_000);

test('a node that was stopped and comes back finds its work taken over, and harms nothing', async () => {
  const { history, servers, clients, problems } = await startPair(databases[3]);
  const [sleeper, other] = servers;
  await clients[0].perform({ kind: 'bulk', actions: actions(200, 'slow') });
  await until(() => history.deliveries.length > 5, 'they are at it');
  history.faults.push({ kind: 'stop server', fromMs: Date.now(), interrupts: true });
  sleeper.send('SIGSTOP');
  await settled(other);
  sleeper.send('SIGCONT');
  await until(() => sleeper.stderr().includes('taken over by another'), 'it knows that it was given up');
  await Promise.all(clients.map((client) => client.perform({ kind: 'bulk', actions: actions(50, 'good') })));
  await settled(other);
  const { problems: found, final } = await problems(servers);
  expect(found).toEqual([]);
  expect(final.listed.map(({ status }) => status)).toEqual(Array(300).fill('succeeded'));
  expect(interruptedIn(final)).toBeGreaterThan(0);
}, 60_000);
