import type { Loopback } from '../egress/loopback.ts';
import { PatchbayError } from '../errors.ts';
import type { ListedConnector } from './connector.ts';
import type { Registry } from './registry.ts';
import type { ConnectorStore } from './store.ts';

/** The connector to it, and where its messages can be looked at. */
export interface PracticeConnector {
  readonly connectorId: string;
  readonly url: string;
}

/** A target for a newcomer's first message: a web service on this machine that takes anything. */
export interface PracticeTarget {
  /** Why there is none to be had, as a sentence; undefined: {@link start} will work. */
  problem(): Promise<string | undefined>;
  /** What {@link start} made in this space, if it still stands. */
  current(spaceId: string): Promise<PracticeConnector | undefined>;
  /**
   * Starts the target unless it runs, and makes a connector to it unless the space has one. It runs until {@link stop}; the
   * connector stays, and is led to the new target when this is called after the next start of the server.
   *
   * @throws {PatchbayError} `forbidden` with {@link problem}
   */
  start(spaceId: string): Promise<PracticeConnector>;
  stop(): Promise<void>;
}

export interface PracticeParts {
  readonly store: Pick<ConnectorStore, 'create' | 'find' | 'list' | 'patch'>;
  readonly registry: Pick<Registry, 'isEnabled' | 'find'>;
  /** See `findLoopback` of egress. */
  readonly findLoopback: () => Promise<Loopback | undefined>;
  /** Servers on this database; only one of them has the target. */
  readonly countNodes: () => Promise<number>;
  /** Starts a server that takes any request, on a free port of this address. */
  readonly listen: (address: string) => Promise<{ readonly url: string; close(): Promise<void> }>;
}

const TYPE = '.webhook';
const NAME = 'Practice target';
const TAG = 'practice';
const PATH = '/hook';
const SPACES_MAX = 100;

export function createPracticeTarget(parts: PracticeParts): PracticeTarget {
  const { store, registry } = parts;
  let running: Promise<{ origin: string; close(): Promise<void> }> | undefined;
  const connectorIds = new Map<string, string>();
  // Two first clicks at once must not make two connectors.
  let last: Promise<unknown> = Promise.resolve();

  async function problem(): Promise<string | undefined> {
    if (registry.find(TYPE) === undefined || !registry.isEnabled(TYPE)) {
      return `The connector type "${TYPE}" is not enabled (xpack.actions.enabledActionTypes).`;
    }
    if ((await parts.findLoopback()) === undefined) {
      return 'The settings do not let connectors reach this machine: xpack.actions.allowedHosts must hold "localhost", no proxy may be in between, and patchbay.egress.deniedAddresses must not cover it.';
    }
    if ((await parts.countNodes()) > 1) {
      return 'Several servers work on this database, and only one of them could reach the target.';
    }
    return undefined;
  }

  async function run(): Promise<{ origin: string; close(): Promise<void> }> {
    const reason = await problem();
    const loopback = await parts.findLoopback();
    if (reason !== undefined || loopback === undefined) throw new PatchbayError('forbidden', reason ?? 'Forbidden');
    const server = await parts.listen(loopback.address);
    return { origin: `http://${loopback.host}:${new URL(server.url).port}`, close: () => server.close() };
  }

  async function current(spaceId: string): Promise<PracticeConnector | undefined> {
    const id = connectorIds.get(spaceId);
    if (id === undefined || running === undefined) return undefined;
    const url = (await running).origin + PATH;
    const connector = await store.find(spaceId, id);
    return connector?.config.url === url ? { connectorId: id, url } : undefined;
  }

  async function connect(spaceId: string): Promise<PracticeConnector> {
    running ??= run().catch((error) => {
      running = undefined;
      throw error;
    });
    const url = (await running).origin + PATH;
    const known = await current(spaceId);
    if (known !== undefined) return known;
    // From an earlier start of the server, whose port was another one.
    const earlier = (await store.list(spaceId)).find(isPractice);
    const { id } =
      earlier === undefined
        ? await store.create(spaceId, {
            name: NAME,
            typeId: TYPE,
            config: { url, hasAuth: false, headers: { 'Content-Type': 'application/json' } },
            secrets: {},
            tags: [TAG],
          })
        : await store.patch(spaceId, earlier.id, { config: { url } });
    if (connectorIds.size >= SPACES_MAX) connectorIds.delete(connectorIds.keys().next().value!);
    connectorIds.set(spaceId, id);
    return { connectorId: id, url };
  }

  return {
    problem,
    current,
    start(spaceId) {
      const work = last.then(() => connect(spaceId));
      last = work.catch(() => {});
      return work;
    },
    async stop() {
      const server = await running?.catch(() => undefined);
      await server?.close();
    },
  };
}

/** Nothing that people could have made for another purpose. */
function isPractice({ origin, typeId, name, tags, config, secretNames }: ListedConnector): boolean {
  return (
    origin === 'stored' &&
    typeId === TYPE &&
    name === NAME &&
    tags.includes(TAG) &&
    secretNames.length === 0 &&
    typeof config.url === 'string' &&
    /^http:\/\/(localhost|127\.0\.0\.1):\d+\/hook$/.test(config.url)
  );
}
