import { PatchbayError } from '../errors.ts';
import type { AnyConnectorType } from './define.ts';
import { assertSecretsMarked } from './form.ts';

/** The connector types this server knows, and whether they may be used. */
export interface Registry {
  /** @throws {PatchbayError} `setting_invalid` when the id is taken; {TypeError} when a secret is not marked as one */
  register(type: AnyConnectorType, source?: TypeSource): void;
  /** @throws {PatchbayError} `bad_request` in Kibana's words when nobody registered the id */
  get(typeId: string): AnyConnectorType;
  find(typeId: string): AnyConnectorType | undefined;
  /** In the order of registration. */
  list(): readonly RegisteredType[];
  isEnabled(typeId: string): boolean;
  /** @throws {PatchbayError} `forbidden` in Kibana's words when `xpack.actions.enabledActionTypes` leaves the type out */
  assertEnabled(typeId: string): void;
}

/** `stack`: comes with Patchbay; `yml`: from a file that `patchbay.connectorTypes` names. Kibana's words. */
export type TypeSource = 'stack' | 'yml';

export interface RegisteredType {
  readonly type: AnyConnectorType;
  readonly source: TypeSource;
}

/** @param enabledActionTypes ids, or `*` for every type (`xpack.actions.enabledActionTypes`) */
export function createRegistry(enabledActionTypes: readonly string[]): Registry {
  const types = new Map<string, RegisteredType>();
  const enabled = new Set(enabledActionTypes);
  const isEnabled = (typeId: string) => enabled.has('*') || enabled.has(typeId);

  return {
    register(type, source = 'stack') {
      assertSecretsMarked(type);
      if (types.has(type.id)) {
        throw new PatchbayError(
          'setting_invalid',
          `[patchbay.connectorTypes]: the connector type id "${type.id}" is already taken. Give your type another id.`,
        );
      }
      types.set(type.id, { type, source });
    },

    get(typeId) {
      const found = types.get(typeId);
      if (found === undefined) throw notRegistered(typeId);
      return found.type;
    },

    find: (typeId) => types.get(typeId)?.type,
    list: () => [...types.values()],
    isEnabled,

    assertEnabled(typeId) {
      if (!isEnabled(typeId)) throw notEnabled(typeId);
    },
  };
}

/** Nobody registered a type with this id. In Kibana's words. */
export function notRegistered(typeId: string): PatchbayError {
  return new PatchbayError('bad_request', `Action type "${typeId}" is not registered.`);
}

/** `xpack.actions.enabledActionTypes` leaves the type out. In Kibana's words. */
export function notEnabled(typeId: string): PatchbayError {
  return new PatchbayError(
    'forbidden',
    `action type "${typeId}" is not enabled in the Kibana config xpack.actions.enabledActionTypes`,
  );
}
