import { randomUUID } from 'node:crypto';
import type { ConnectorChanges, ConnectorRow, ConnectorRows, ListedRow } from '../db/connectors.ts';
import { PatchbayError } from '../errors.ts';
import { type Connector, type ListedConnector, namesOfSetSecrets } from './connector.ts';
import type { AnyConnectorType, CheckContext } from './define.ts';
import { mergePatch } from './merge.ts';
import type { Registry } from './registry.ts';
import { validateConfig, validateConnector, validateSecrets } from './validate.ts';
import type { Secrets, Vault } from './vault.ts';

export interface NewConnector {
  /** Left out: a UUID is made. */
  readonly id?: string;
  readonly name: string;
  readonly typeId: string;
  readonly config: Record<string, unknown>;
  readonly secrets: Secrets;
  readonly tags?: readonly string[];
}

export interface ConnectorUpdate {
  readonly name: string;
  readonly config: Record<string, unknown>;
  readonly secrets: Secrets;
  readonly tags?: readonly string[];
}

export type ConnectorPatch = Partial<ConnectorUpdate>;

/**
 * Creates, reads and changes connectors. Checks run in Kibana's order; authorisation has happened before.
 *
 * Changes take the version that the caller has seen; without one, the last to write wins.
 */
export interface ConnectorStore {
  create(spaceId: string, connector: NewConnector): Promise<Connector>;
  /** For reading: system ones are not found. @throws {PatchbayError} `not_found` */
  get(spaceId: string, id: string): Promise<Connector>;
  /** For running: in-memory ones first, then stored. Undefined when there is none. */
  find(spaceId: string, id: string): Promise<Connector | undefined>;
  isSystem(id: string): boolean;
  /** Stored and preconfigured ones, by name; system ones are left out. */
  list(spaceId: string): Promise<ListedConnector[]>;
  /** Replaces name, config and secrets. @throws {PatchbayError} `conflict` when it has another version by now */
  update(spaceId: string, id: string, update: ConnectorUpdate, version?: number): Promise<Connector>;
  /** Merges: what is left out stays, null takes away (see {@link mergePatch}). @throws {PatchbayError} `conflict` like {@link update} */
  patch(spaceId: string, id: string, patch: ConnectorPatch, version?: number): Promise<Connector>;
  /** @throws {PatchbayError} `conflict` like {@link update} */
  remove(spaceId: string, id: string, version?: number): Promise<void>;
  /** Drops what is remembered of a connector, or of all; called when another node changed it. */
  forget(id?: string): void;
}

export interface StoreParts {
  readonly rows: Pick<ConnectorRows, 'insert' | 'find' | 'list' | 'update' | 'remove'>;
  readonly vault: Vault;
  readonly registry: Registry;
  readonly inMemory: ReadonlyMap<string, Connector>;
  readonly context: CheckContext;
  /** False while changes by other nodes would go unnoticed; then nothing is remembered. */
  readonly mayRemember: () => boolean;
  readonly warn: (message: string) => void;
}

/** Connectors remembered for running. A server with more than this many busy ones reads the rest from the database. */
const REMEMBERED_MAX = 10_000;
const byName = new Intl.Collator('en').compare;

export function createConnectorStore(parts: StoreParts): ConnectorStore {
  const { rows, registry, context } = parts;
  const remembered = new Map<string, Connector>();
  // A read that began before a change must not bring the old state back after it.
  let changes = 0;

  function forget(id?: string): void {
    changes += 1;
    if (id === undefined) remembered.clear();
    else for (const key of remembered.keys()) if (key.endsWith(`\0${id}`)) remembered.delete(key);
  }

  function toConnector({ secrets, ...row }: ConnectorRow): Connector {
    const binding = { connectorId: row.id, connectorTypeId: row.typeId, spaceId: row.spaceId };
    const readSecrets = () => (secrets === null ? {} : parts.vault.decrypt(secrets, binding));
    return { ...toListed(row), readSecrets };
  }

  function seal(spaceId: string, id: string, typeId: string, secrets: Secrets) {
    const secretNames = namesOfSetSecrets(secrets);
    const isEmpty = Object.keys(secrets).length === 0;
    const binding = { connectorId: id, connectorTypeId: typeId, spaceId };
    return { secrets: isEmpty ? null : parts.vault.encrypt(secrets, binding), secretNames };
  }

  /** Steps 5 to 9 of a save: config, secrets, both together, then whether the type may be used at all. */
  function validate(type: AnyConnectorType, config: unknown, secrets: unknown) {
    const validConfig = validateConfig(type, config, context);
    const validSecrets = validateSecrets(type, secrets, context);
    validateConnector(type, { config: validConfig, secrets: validSecrets, settings: context.settings });
    registry.assertEnabled(type.id);
    return { config: validConfig, secrets: validSecrets };
  }

  /** Runs the type's hooks around a write. A failure before it refuses the save; one after it is only logged. */
  async function withHooks(
    type: AnyConnectorType,
    hook: HookValues,
    write: () => Promise<ConnectorRow>,
  ): Promise<ConnectorRow> {
    const values = { ...hook, settings: context.settings };
    await beforeSave(type, values);
    let wasSuccessful = false;
    try {
      const row = await write();
      wasSuccessful = true;
      return row;
    } finally {
      forget(hook.connectorId);
      await quietly(`after saving connector "${hook.connectorId}"`, () =>
        type.hooks?.afterSave?.({ ...values, wasSuccessful }),
      );
    }
  }

  async function beforeSave(
    type: AnyConnectorType,
    values: HookValues & Pick<CheckContext, 'settings'>,
  ): Promise<void> {
    try {
      await type.hooks?.beforeSave?.(values);
    } catch (error) {
      if (error instanceof PatchbayError) throw error;
      // Its text may hold what the hook was given, secrets included: it must reach neither the caller nor the log.
      const kind = error instanceof Error ? error.name : typeof error;
      throw new PatchbayError(
        'internal',
        `The hook of the connector type "${type.id}" before saving connector "${values.connectorId}" failed (${kind}).`,
      );
    }
  }

  async function quietly(when: string, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The thrown text may hold what the hook was given, secrets included, so only its kind is logged.
      parts.warn(
        `The hook of the connector type ${when} failed (${error instanceof Error ? error.name : typeof error}).`,
      );
    }
  }

  async function findStored(spaceId: string, id: string): Promise<Connector | undefined> {
    const key = `${spaceId}\0${id}`;
    const known = remembered.get(key);
    if (known !== undefined && parts.mayRemember()) return known;
    const before = changes;
    const row = await rows.find(spaceId, id);
    if (row === undefined) return undefined;
    const connector = toConnector(row);
    if (parts.mayRemember() && before === changes) {
      if (remembered.size >= REMEMBERED_MAX) remembered.delete(remembered.keys().next().value!);
      remembered.set(key, connector);
    }
    return connector;
  }

  async function rowToChange(spaceId: string, id: string, version: number | undefined): Promise<ConnectorRow> {
    const existing = parts.inMemory.get(id);
    if (existing !== undefined) {
      const kind = existing.origin === 'system' ? 'System' : 'Preconfigured';
      throw new PatchbayError('bad_request', `${kind} action ${id} can not be updated.`);
    }
    const row = await rows.find(spaceId, id);
    if (row === undefined) throw notFound(id);
    if (version !== undefined && row.version !== version) throw changedSince(row, version);
    return row;
  }

  async function save(row: ConnectorRow, next: ConnectorUpdate, version: number | undefined): Promise<Connector> {
    const type = registry.get(row.typeId);
    const { config, secrets } = validate(type, next.config, next.secrets);
    const changed: ConnectorChanges = {
      name: next.name,
      config,
      ...seal(row.spaceId, row.id, row.typeId, secrets),
      isMissingSecrets: false,
      tags: next.tags ?? row.tags,
    };
    const saved = await withHooks(type, { connectorId: row.id, config, secrets, isUpdate: true }, async () => {
      const updated = await rows.update(row.spaceId, row.id, row.version, changed);
      if (updated !== undefined) return updated;
      // Somebody was faster while this was checked.
      const current = version === undefined ? undefined : await rows.find(row.spaceId, row.id);
      if (current !== undefined) throw changedSince(current, row.version);
      throw new PatchbayError('conflict', `Saved object [action/${row.id}] conflict`);
    });
    return toConnector(saved);
  }

  return {
    async create(spaceId, { id, name, typeId, config, secrets, tags = [] }) {
      if (registry.find(typeId)?.system || (id !== undefined && parts.inMemory.get(id)?.origin === 'system')) {
        throw new PatchbayError('bad_request', `System action creation is forbidden. Action type: ${typeId}.`);
      }
      if (id !== undefined && parts.inMemory.has(id)) {
        throw new PatchbayError('bad_request', `This ${id} already exists in a preconfigured action.`);
      }
      const type = registry.get(typeId);
      const valid = validate(type, config, secrets);
      const connectorId = id ?? randomUUID();
      const row = await withHooks(type, { connectorId, ...valid, isUpdate: false }, () =>
        rows.insert({
          id: connectorId,
          spaceId,
          typeId,
          name,
          config: valid.config,
          ...seal(spaceId, connectorId, typeId, valid.secrets),
          isMissingSecrets: false,
          tags,
        }),
      );
      return toConnector(row);
    },

    async get(spaceId, id) {
      const known = parts.inMemory.get(id);
      if (known?.origin === 'system') throw new PatchbayError('not_found', `Connector ${id} not found`);
      if (known !== undefined) return known;
      const row = await rows.find(spaceId, id);
      if (row === undefined) throw notFound(id);
      return toConnector(row);
    },

    find: async (spaceId, id) => parts.inMemory.get(id) ?? findStored(spaceId, id),
    isSystem: (id) => parts.inMemory.get(id)?.origin === 'system',

    async list(spaceId) {
      const stored = (await rows.list(spaceId)).map(toListed);
      const visible = [...parts.inMemory.values()].filter((connector) => connector.origin === 'preconfigured');
      // Array sorting is stable: of equal names the stored ones stay first, then the settings' order.
      return [...stored, ...visible].sort((a, b) => byName(a.name, b.name));
    },

    update: async (spaceId, id, update, version) => save(await rowToChange(spaceId, id, version), update, version),

    async patch(spaceId, id, patch, version) {
      const row = await rowToChange(spaceId, id, version);
      const type = registry.get(row.typeId);
      const config = patch.config === undefined ? row.config : mergePatch(type.config, row.config, patch.config);
      const moved = movedDestination(type, row, config);
      const kept = toConnector(row).readSecrets();
      const secrets = mergePatch(type.secrets, kept, patch.secrets ?? {});
      const missing =
        moved === undefined
          ? []
          : Object.keys(kept).filter((name) => isSet(kept[name]) && !(name in (patch.secrets ?? {})));
      if (missing.length > 0) {
        throw new PatchbayError(
          'bad_request',
          `[request body.secrets]: config.${moved} decides where the secrets are sent and was changed, so the stored secrets must be given again: ${missing.join(', ')}.`,
        );
      }
      return save(row, { name: patch.name ?? row.name, config, secrets, tags: patch.tags }, version);
    },

    async remove(spaceId, id, version) {
      const known = parts.inMemory.get(id);
      if (known?.origin === 'system')
        throw new PatchbayError('bad_request', `System action ${id} is not allowed to delete.`);
      // A stored connector that a preconfigured one shadows can be got rid of this way, and only this way.
      const row = await rows.remove(spaceId, id, version);
      forget(id);
      if (row === undefined) {
        const changed = version === undefined ? undefined : await rows.find(spaceId, id);
        if (changed !== undefined) throw changedSince(changed, version!);
        if (known === undefined) throw notFound(id);
        throw new PatchbayError('bad_request', `Preconfigured action ${id} is not allowed to delete.`);
      }
      const hooks = registry.find(row.typeId)?.hooks;
      await quietly(`after deleting connector "${id}"`, () =>
        hooks?.afterDelete?.({ connectorId: id, config: row.config, settings: context.settings }),
      );
    },

    forget,
  };
}

function toListed({ spaceId: _, ...row }: ListedRow): ListedConnector {
  return { ...row, origin: 'stored', exposeConfig: true };
}

interface HookValues {
  readonly connectorId: string;
  readonly config: Record<string, unknown>;
  readonly secrets: Secrets;
  readonly isUpdate: boolean;
}

export function notFound(id: string): PatchbayError {
  return new PatchbayError('not_found', `Saved object [action/${id}] not found`);
}

/** Names no one: who made the change is not known. */
function changedSince(row: ConnectorRow, version: number): PatchbayError {
  return new PatchbayError(
    'conflict',
    `Connector "${row.id}" has been changed since you read it: you have version ${version}, it has version ${row.version}. Read it again and repeat what you meant to do.`,
    { attributes: { version: row.version } },
  );
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The first config field that decides where secrets go and would change. */
function movedDestination(
  type: AnyConnectorType,
  row: ConnectorRow,
  config: Record<string, unknown>,
): string | undefined {
  if (row.secretNames.length === 0) return undefined;
  const fields =
    type.destinationFields ?? Object.keys({ ...row.config, ...config }).filter((name) => /url|host|port/i.test(name));
  return fields.find((name) => JSON.stringify(row.config[name]) !== JSON.stringify(config[name]));
}
