import { randomUUID } from 'node:crypto';
import type { ImportTarget } from '../../db/connector-imports.ts';
import { keyOf, type SavedObject } from './file.ts';

/** What the caller wants done with one object that could not be imported at first. */
export interface Retry {
  readonly type: string;
  readonly id: string;
  readonly overwrite: boolean;
  readonly destinationId?: string;
  readonly createNewCopy?: boolean;
}

export interface ImportOptions {
  readonly overwrite: boolean;
  /** Every object gets a new id. */
  readonly createNewCopies: boolean;
  /** Only the objects named here are imported; left out: all. */
  readonly retries?: readonly Retry[];
}

/** Where an object goes. */
export interface Place {
  readonly id: string;
  /** Set when `id` is not the one in the file. */
  readonly destinationId?: string;
  readonly overwrite: boolean;
  readonly originId?: string;
  /** It became one of its own although the caller did not ask for copies of all. */
  readonly createNewCopy?: boolean;
}

/** Why an object goes nowhere until the caller decides. */
export type Conflict =
  | { readonly type: 'conflict'; readonly destinationId?: string }
  | {
      readonly type: 'ambiguous_conflict';
      readonly destinations: readonly { readonly id: string; readonly title: string; readonly updatedAt: string }[];
    };

const DESTINATIONS_MAX = 10;

/** The ids that {@link planImport} must know the present holders of. */
export function idsToLookUp(objects: readonly SavedObject[], retries: readonly Retry[] = []): string[] {
  const ids = objects.flatMap(({ id, originId }) => [id, originId]);
  return [...new Set([...ids, ...retries.map(({ destinationId }) => destinationId)])].filter((id) => id !== undefined);
}

/**
 * Kibana's rules for where imported objects go. An id is unique over all spaces: who finds his taken in another space gets a
 * new one, and remembers the old one as his origin, by which the next import finds him.
 *
 * @param targets those of {@link idsToLookUp}
 * @returns a place or a conflict for each object, in their order
 */
export function planImport(
  spaceId: string,
  objects: readonly SavedObject[],
  { overwrite, createNewCopies, retries }: ImportOptions,
  targets: readonly ImportTarget[],
): (Place | Conflict)[] {
  const retryOf = new Map(retries?.map((retry) => [keyOf(retry), retry]));
  const byId = new Map(targets.map((target) => [target.id, target]));
  const here = targets.filter((target) => target.spaceId === spaceId);
  const inFile = new Set(objects.map(({ id }) => id));
  const originOf = ({ id, originId }: SavedObject) => originId ?? id;
  // One that the file holds itself is nobody else's destination.
  const relatives = (origin: string) =>
    here.filter((target) => !inFile.has(target.id) && (target.originId === origin || target.id === origin));
  const isHere = (id: string) => byId.get(id)?.spaceId === spaceId;
  const sources = Map.groupBy(
    objects.filter(({ id }) => !isHere(id)),
    originOf,
  );

  function decide(object: SavedObject): Place | Conflict {
    const retry = retryOf.get(keyOf(object));
    const origin = originOf(object);
    if (createNewCopies) return elsewhere(retry?.destinationId ?? randomUUID());
    if (retry?.createNewCopy) return { ...elsewhere(retry.destinationId ?? randomUUID()), createNewCopy: true };
    const mayOverwrite = retry?.overwrite ?? overwrite;
    const wanted = retry?.destinationId;
    if (wanted !== undefined && wanted !== object.id) {
      if (byId.has(wanted) && !(mayOverwrite && isHere(wanted))) return { type: 'conflict', destinationId: wanted };
      return { ...elsewhere(wanted, origin), overwrite: mayOverwrite };
    }
    if (isHere(object.id)) {
      if (!mayOverwrite) return { type: 'conflict' };
      const originId = object.originId ?? byId.get(object.id)?.originId ?? undefined;
      return { id: object.id, overwrite: true, originId };
    }
    const others = relatives(origin);
    if (others.length > 0 && sources.get(origin)!.length > 1) {
      return { ...elsewhere(randomUUID()), createNewCopy: true };
    }
    if (others.length > 1) return { type: 'ambiguous_conflict', destinations: toDestinations(others) };
    const [relative] = others;
    if (relative !== undefined) {
      if (!mayOverwrite) return { type: 'conflict', destinationId: relative.id };
      return { ...elsewhere(relative.id, origin), overwrite: true };
    }
    if (byId.has(object.id)) return elsewhere(randomUUID(), origin);
    return { id: object.id, overwrite: false, originId: object.originId };
  }

  return objects.map(decide);
}

function elsewhere(id: string, originId?: string): Place {
  return { id, destinationId: id, overwrite: false, originId };
}

function toDestinations(targets: readonly ImportTarget[]) {
  return [...targets]
    .sort((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime() || (a.id < b.id ? -1 : 1))
    .slice(0, DESTINATIONS_MAX)
    .map(({ id, name, updatedAt }) => ({ id, title: `Connector: [${name}]`, updatedAt: updatedAt.toISOString() }));
}
