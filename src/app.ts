import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createApiKeys } from './access/api-keys.ts';
import { createAuthenticator } from './access/authenticate.ts';
import { SYSTEM } from './access/authorise.ts';
import { makeFirstAdmin, setAdminPassword } from './access/first-admin.ts';
import { createSessions } from './access/sessions.ts';
import { createUsers } from './access/users.ts';
import {
  toCheckContext,
  toEgressOptions,
  toHealthSettings,
  toQueueOptions,
  toServerDetails,
  toServerOptions,
  toVaultSettings,
} from './app-settings.ts';
import type { Settings } from './config/schema.ts';
import { BUILT_IN_TYPES } from './connector-types/index.ts';
import { createTokenProvider } from './connectors/oauth.ts';
import { openVault } from './connectors/open-vault.ts';
import { paramsProblem } from './connectors/params-problem.ts';
import { createPracticeTarget, type PracticeParts } from './connectors/practice-target.ts';
import { inMemoryConnectors, preconfiguredProblem } from './connectors/preconfigured.ts';
import { createRegistry, type Registry } from './connectors/registry.ts';
import { createConnectorStore } from './connectors/store.ts';
import { loadUserTypes } from './connectors/user-types.ts';
import { ACCOUNTS_CHANNEL, apiKeyRows } from './db/api-keys.ts';
import { connectorImports } from './db/connector-imports.ts';
import { CONNECTORS_CHANNEL, type ConnectorRows, connectorRows } from './db/connectors.ts';
import { executionCountRows } from './db/execution-counts.ts';
import { executionRows } from './db/executions.ts';
import { type Database, openDatabase } from './db/index.ts';
import { metaRows } from './db/meta.ts';
import { partitions } from './db/partitions.ts';
import { QUEUE_CHANNEL, queueRows } from './db/queue.ts';
import { sessionRows } from './db/sessions.ts';
import { userChanges } from './db/user-changes.ts';
import { userRows } from './db/users.ts';
import { createEgress } from './egress/index.ts';
import { findLoopback } from './egress/loopback.ts';
import { PatchbayError } from './errors.ts';
import { createExecutionCounts } from './events/execution-counts.ts';
import { createExecutionLog, type ExecutionRecord } from './events/execution-log.ts';
import { createMetrics } from './events/metrics.ts';
import { createRetention } from './events/retention.ts';
import { createRunEvents } from './events/run-events.ts';
import { createTracing } from './events/tracing.ts';
import { buildApi } from './http/api.ts';
import { countRequests } from './http/requests.ts';
import { createNotices } from './notices/index.ts';
import { noticeUses } from './notices/uses.ts';
import { currentStats } from './queue/current-stats.ts';
import { createHealth } from './queue/health.ts';
import { createQueue } from './queue/queue.ts';
import { traced } from './queue/traced.ts';
import { createExecutor } from './runs/execute.ts';
import { createPreparer } from './runs/prepare.ts';
import { createPreviewer } from './runs/preview.ts';
import { createRunner } from './runs/run.ts';
import { createTypeRateLimit } from './runs/type-rate-limit.ts';

/** A running server. */
export interface App {
  /** `http://localhost:5601`, with the port that was really taken. */
  readonly url: string;
  /** Made at the very first start, to be shown once. */
  readonly adminPassword?: string;
  /** Takes no new work, waits for running actions, then closes everything. */
  stop(waitMs: number): Promise<void>;
}

/** How long actions that were cut off may take to say so, and their records to reach the database. */
const CUT_MS = 1_000;
const FLUSH_MS = 2_000;

/**
 * Puts the parts together and starts them in order: what can be wrong with the settings first, then the database,
 * then what stands on it, the web server last. The only file that knows every part.
 *
 * @throws {PatchbayError} `setting_invalid` or `database_setup_failed`, with a sentence for the operator
 */
export async function startApp(settings: Settings, log: Logger): Promise<App> {
  const actions = settings.xpack.actions;
  const registry = await loadTypes(settings);
  const egress = createEgress(toEgressOptions(settings, log));
  const context = toCheckContext(settings, egress);
  const inMemory = inMemoryConnectors({
    preconfigured: actions.preconfigured,
    alertHistory: actions.preconfiguredAlertHistoryEsIndex,
    registry,
  });
  for (const connector of inMemory.values()) {
    const problem =
      connector.origin === 'preconfigured' ? preconfiguredProblem(connector, registry, context) : undefined;
    if (problem !== undefined) log.warn(problem);
  }

  const tracing = await createTracing(process.env, (message) => log.warn(message));
  // These read the files that settings name, which may be missing.
  const serverOptions = toServerOptions(settings);
  const serverDetails = toServerDetails(settings);

  await makeDataFolder(settings.path.data);
  const [database, vault] = await openBoth(
    openDatabase({ url: settings.patchbay.database.url, dataDir: settings.path.data, log }),
    openVault(toVaultSettings(settings), log),
  );
  let stop: App['stop'] = () => database.stop();
  try {
    const rows = connectorRows(database.kysely);
    const users = userRows(database.kysely);
    const sessionStore = sessionRows(database.kysely);
    const adminRows = { users, sessions: sessionStore };
    await warnAboutUnknownKeys(rows, vault.keyIds, log);
    const serverUuid = await metaRows(database.kysely).setOnce('server_uuid', randomUUID());
    const { admin } = settings.patchbay;
    if (admin.password !== undefined) await setAdminPassword(adminRows, admin.username, admin.password);
    const keyRows = apiKeyRows(database.kysely);
    const authenticator = await createAuthenticator(users, undefined, keyRows);
    await database.listen(ACCOUNTS_CHANNEL, authenticator.forget, authenticator.forget);
    const sessions = createSessions(sessionStore);

    const store = createConnectorStore({
      rows,
      vault,
      registry,
      inMemory,
      context,
      mayRemember: database.listening,
      warn: (message) => log.warn(message),
    });
    await database.listen(
      CONNECTORS_CHANNEL,
      (id) => store.forget(id),
      () => store.forget(),
    );
    const executions = createExecutionLog(executionRows<ExecutionRecord>(database.kysely), (message) =>
      log.warn(message),
    );
    const preparer = createPreparer(context, serverDetails);
    const tokens = createTokenProvider(egress);
    const shutdown = new AbortController();
    const events = createRunEvents();
    const runner = createRunner({
      egress,
      preparer,
      tokens,
      executions,
      events,
      context,
      rateLimit: createTypeRateLimit(actions.rateLimiter),
      tracing,
      log,
      shutdown: shutdown.signal,
    });
    const executor = createExecutor({ store, registry, runner });
    const previewer = createPreviewer({ egress, preparer, context });

    const retention = createRetention({
      partitions: partitions(database.kysely),
      retentionMs: settings.patchbay.executions.retention,
      log,
    });
    const untraced = createQueue({
      rows: queueRows(database.statements),
      // Nobody else can have opened the embedded database: its folder is locked.
      isAlone: database.embedded,
      listen: (onNotify, onLost) => database.listen(QUEUE_CHANNEL, onNotify, onLost),
      store,
      registry,
      runner,
      executions,
      events,
      options: toQueueOptions(settings),
      log,
    });
    const queue = traced(untraced, tracing);
    const metrics = createMetrics();
    events.listen(metrics.listener);
    const isDatabaseAvailable = database.available;
    const health = createHealth({
      id: String(serverUuid),
      settings: toHealthSettings(settings),
      queue,
      isDatabaseAvailable,
    });
    events.listen(health.listener);
    const notices = createNotices({
      settings: settings.patchbay.notices,
      queue,
      events,
      executions,
      connectors: store,
      paramsProblem: (typeId, params) => {
        const type = registry.find(typeId);
        return type === undefined ? undefined : paramsProblem(type, params, context);
      },
      principal: SYSTEM,
      log,
      now: Date.now,
    });

    const practiceTarget = createPracticeTarget({
      store,
      registry,
      findLoopback: () => findLoopback(egress),
      countNodes: async () => (await currentStats(queue, isDatabaseAvailable))?.nodes ?? 1,
      listen: listenForPractice,
    });

    const api = buildApi({
      options: serverOptions,
      authenticator,
      sessions,
      log,
      store,
      registry,
      executions,
      executor,
      queue,
      metrics,
      health,
      tracing,
      isDatabaseAvailable,
      server: { uuid: String(serverUuid) },
      inMemory,
      previewer,
      vault,
      sealedRows: rows,
      imports: connectorImports(database.kysely),
      context,
      counts: createExecutionCounts(executionCountRows(database.kysely), executions),
      connectorUses: noticeUses(settings.patchbay.notices),
      practiceTarget,
      users: createUsers({
        rows: users,
        changes: userChanges(database.kysely),
        forget: authenticator.forget,
        nameFromSettings: admin.password === undefined ? undefined : admin.username,
      }),
      apiKeys: createApiKeys(keyRows, authenticator.forget),
      status: {
        name: settings.server.name,
        uuid: String(serverUuid),
        allowAnonymous: settings.status.allowAnonymous,
        isDatabaseAvailable: database.available,
      },
    });
    const requests = countRequests(api.server);
    stop = async (waitMs) => {
      notices.stop();
      health.stop();
      const closed = api.close();
      void requests.none().then(() => api.server.closeAllConnections());
      await Promise.all([within(waitMs, closed), queue.stop(waitMs)]);
      // Whatever still runs has had its time: mail is cut by the signal, HTTP by closing the way out.
      shutdown.abort();
      await egress.close();
      await practiceTarget.stop();
      // What was cut off still has to be answered and recorded.
      await within(CUT_MS, closed);
      await within(FLUSH_MS, Promise.all([queue.finish(), executions.flush(), tracing.shutdown()]));
      await retention.stop();
      await database.stop();
    };
    await retention.start();
    await queue.start();
    health.start();
    await notices.check();
    await api.listen({ host: settings.server.host, port: settings.server.port });
    // Last of all: it is shown this once, so a port that is taken must not swallow it.
    const adminPassword = admin.password === undefined ? await makeFirstAdmin(adminRows, admin.username) : undefined;

    const { port } = api.addresses()[0] as AddressInfo;
    const host = settings.server.host.includes(':') ? `[${settings.server.host}]` : settings.server.host;
    return {
      url: `${settings.server.ssl.enabled ? 'https' : 'http'}://${host}:${port}`,
      adminPassword,
      stop,
    };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

export async function loadTypes(settings: Settings): Promise<Registry> {
  const registry = createRegistry(settings.xpack.actions.enabledActionTypes);
  for (const type of BUILT_IN_TYPES) registry.register(type);
  const taken = BUILT_IN_TYPES.map(({ id }) => id);
  for (const type of await loadUserTypes(settings.patchbay.connectorTypes, process.cwd(), taken))
    registry.register(type, 'yml');
  return registry;
}

/** Read only when somebody asks for it: a server in production has no use for simulators. */
const listenForPractice: PracticeParts['listen'] = async (host) => {
  const [{ startSimulator }, { webhook }] = await Promise.all([
    import('../simulators/harness.ts'),
    import('../simulators/webhook.ts'),
  ]);
  // It runs as long as the server does, so it keeps less than one that somebody watches.
  return startSimulator({ ...webhook, maxBodyBytes: 65_536, tooLarge: { status: 413 } }, { host });
};

async function makeDataFolder(path: string): Promise<void> {
  // Run by root, the embedded database may have to belong to another user, who must be able to get to its folder.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  try {
    await mkdir(path, { recursive: true, mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new PatchbayError(
      'setting_invalid',
      `[path.data]: the folder ${path} cannot be made (${code}). Name a folder that this user may write.`,
      {
        cause: error,
      },
    );
  }
}

/** Both take a while and need not wait for each other; the database must not stay open when the other fails. */
async function openBoth<T>(opening: Promise<Database>, other: Promise<T>): Promise<[Database, T]> {
  const [database, rest] = await Promise.allSettled([opening, other]);
  if (database.status === 'rejected') throw database.reason;
  if (rest.status === 'fulfilled') return [database.value, rest.value];
  await database.value.stop();
  throw rest.reason;
}

async function warnAboutUnknownKeys(
  rows: Pick<ConnectorRows, 'countByKey'>,
  known: readonly string[],
  log: Logger,
): Promise<void> {
  for (const { keyId, count } of await rows.countByKey()) {
    if (known.includes(keyId)) continue;
    log.error(
      `The secrets of ${count} connector(s) were encrypted with key "${keyId}", which this server does not have; they cannot run. ` +
        'Add that key to xpack.encryptedSavedObjects.keyRotation.decryptionOnlyKeys or restore encryption.key in the data folder from your backup.',
    );
  }
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limitMs);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
