import { authorise, may, type Principal } from '../access/authorise.ts';
import type { Connector } from '../connectors/connector.ts';
import type { AnyConnectorType } from '../connectors/define.ts';
import { inMemory } from '../connectors/preconfigured.ts';
import type { Registry } from '../connectors/registry.ts';
import { type ConnectorStore, notFound } from '../connectors/store.ts';
import { PatchbayError } from '../errors.ts';
import type { Runner, RunResult } from './run.ts';

export interface ExecuteParts {
  readonly store: ConnectorStore;
  readonly registry: Registry;
  readonly runner: Runner;
}

/** A connector that may be run, and its type. */
export interface Runnable {
  readonly connector: Connector;
  readonly type: AnyConnectorType;
}

/** A connector as typed in, before it is saved. */
export interface UnsavedConnector {
  readonly connector_type_id: string;
  readonly config: Record<string, unknown>;
  readonly secrets: Record<string, unknown>;
}

export interface Executor {
  /**
   * Steps 1 to 7 of Kibana's `_execute`: system action, authorisation, look-up, type.
   *
   * @throws {PatchbayError} `bad_request`, `forbidden`, `not_found` in Kibana's words
   */
  findRunnable(principal: Principal, spaceId: string, id: string): Promise<Runnable>;
  /** The same for a connector that is not saved. */
  unsavedRunnable(principal: Principal, connector: UnsavedConnector): Runnable;
  execute(principal: Principal, spaceId: string, id: string, params: unknown): Promise<RunResult>;
  test(principal: Principal, spaceId: string, connector: UnsavedConnector, params: unknown): Promise<RunResult>;
  /** Address and credentials of a stored or unsaved connector. @throws {PatchbayError} as above, or when its type has no check */
  check(principal: Principal, spaceId: string, runnable: Runnable): Promise<RunResult>;
}

export function createExecutor({ store, registry, runner }: ExecuteParts): Executor {
  async function findRunnable(principal: Principal, spaceId: string, id: string): Promise<Runnable> {
    if (store.isSystem(id)) throw new PatchbayError('bad_request', 'Execution of system action is not allowed');
    const connector = await store.find(spaceId, id);
    if (!may(principal, 'execute')) authorise(principal, 'execute', connector?.typeId);
    if (connector === undefined) throw notFound(id);
    const type = registry.get(connector.typeId);
    // Whoever wrote the settings wanted this connector; the list only limits what users make.
    if (connector.origin !== 'preconfigured') registry.assertEnabled(type.id);
    return { connector, type };
  }

  function unsavedRunnable(principal: Principal, unsaved: UnsavedConnector): Runnable {
    // Whoever tries out a connector makes requests with values of his own: that takes the right to create one.
    authorise(principal, 'create', unsaved.connector_type_id);
    const type = registry.get(unsaved.connector_type_id);
    if (type.system) throw new PatchbayError('bad_request', 'Execution of system action is not allowed');
    registry.assertEnabled(type.id);
    const connector = inMemory({
      id: 'unsaved',
      name: type.name,
      typeId: type.id,
      config: unsaved.config,
      secrets: unsaved.secrets,
      origin: 'unsaved',
      exposeConfig: true,
    });
    return { connector, type };
  }

  return {
    findRunnable,
    unsavedRunnable,
    async execute(principal, spaceId, id, params) {
      const runnable = await findRunnable(principal, spaceId, id);
      return runner.run({ ...runnable, spaceId, params, source: 'http_request', username: principal.username });
    },
    async test(principal, spaceId, unsaved, params) {
      const runnable = unsavedRunnable(principal, unsaved);
      return runner.test({ ...runnable, spaceId, params, source: 'test', username: principal.username });
    },
    check: (principal, spaceId, runnable) =>
      runner.check({ ...runnable, spaceId, source: 'test', username: principal.username }),
  };
}
