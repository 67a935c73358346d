import { STATUS_CODES } from 'node:http';
import type { ConnectorImports } from '../../db/connector-imports.ts';
import { isPatchbayError, PatchbayError } from '../../errors.ts';
import type { Connector } from '../connector.ts';
import type { CheckContext } from '../define.ts';
import type { Registry } from '../registry.ts';
import type { ConnectorStore } from '../store.ts';
import { validateConfig } from '../validate.ts';
import { isObject, keyOf, type SavedObject } from './file.ts';
import { needsSecrets } from './missing-secrets.ts';
import { type Conflict, type ImportOptions, idsToLookUp, type Place, planImport } from './plan.ts';

export interface ImportParts {
  readonly imports: Pick<ConnectorImports, 'targets' | 'write'>;
  readonly store: Pick<ConnectorStore, 'forget'>;
  readonly registry: Registry;
  readonly inMemory: ReadonlyMap<string, Connector>;
  readonly context: CheckContext;
}

/** Why one object was not imported. Kibana's shapes. */
export type ImportProblem =
  | Conflict
  | { readonly type: 'unsupported_type' }
  | { readonly type: 'unknown'; readonly statusCode: number; readonly error: string; readonly message: string };

/** What became of one object of the file. */
export interface ImportResult {
  readonly object: SavedObject;
  /** `Connector: [name]`; undefined for what is no connector. */
  readonly title?: string;
  readonly place?: Place;
  /** Set: it was not imported. */
  readonly problem?: ImportProblem;
  /** Imported, but cannot run before its secrets are entered. */
  readonly isMissingSecrets: boolean;
}

/** Rows that are written at a time. */
const AT_ONCE = 8;
const TAGS_MAX = 100;

/**
 * Imports connectors into a space. Secrets are never taken from a file; those of a connector that is replaced are removed, as
 * the file may send it elsewhere. A config that its type refuses is stored as it is, and said when the connector is run
 * or saved: connectors of other versions must not be lost. The hooks of a type run when its connector is next saved.
 *
 * When a decision of the caller is needed for any object, nothing is written; the others are then reported as they would be.
 *
 * @returns one result for each object, in their order
 */
export async function importConnectors(
  parts: ImportParts,
  spaceId: string,
  file: readonly SavedObject[],
  options: ImportOptions,
): Promise<ImportResult[]> {
  const wanted = options.retries === undefined ? undefined : new Set(options.retries.map(keyOf));
  const objects = file.filter((object) => wanted?.has(keyOf(object)) ?? true);
  const read = objects.map((object) => readConnector(parts, object));
  const good = read.filter((result) => 'connector' in result).map(({ object }) => object);
  const targets = await parts.imports.targets(spaceId, idsToLookUp(good, options.retries));
  const plan = new Map(good.map((object, index) => [object, index]));
  const places = planImport(spaceId, good, options, targets);

  const results = read.map((result): Prepared => {
    const { object } = result;
    if (!('connector' in result)) return { result: { object, problem: result.problem, isMissingSecrets: false } };
    const { connector } = result;
    const title = `Connector: [${connector.name}]`;
    const place = places[plan.get(object)!]!;
    if ('type' in place) return { result: { object, title, problem: place, isMissingSecrets: false } };
    if (parts.inMemory.has(place.id)) {
      const problem = unknownProblem(400, `This ${place.id} already exists in a preconfigured action.`);
      return { result: { object, title, problem, isMissingSecrets: false } };
    }
    return { result: { object, title, place, isMissingSecrets: connector.isMissingSecrets }, connector };
  });

  const mustAsk = results.some(({ result: { problem } }) => problem !== undefined && isQuestion(problem));
  if (mustAsk) return results.map(({ result }) => result);
  const done: ImportResult[] = [];
  for (let start = 0; start < results.length; start += AT_ONCE) {
    const some = results.slice(start, start + AT_ONCE);
    done.push(...(await Promise.all(some.map((prepared) => write(parts, spaceId, prepared)))));
  }
  return done;
}

interface ReadConnector {
  readonly name: string;
  readonly typeId: string;
  readonly config: Record<string, unknown>;
  readonly isMissingSecrets: boolean;
  readonly tags?: readonly string[];
}

interface Prepared {
  readonly result: ImportResult;
  /** Set: it can be written to the place of the result. */
  readonly connector?: ReadConnector;
}

async function write(parts: ImportParts, spaceId: string, { result, connector }: Prepared): Promise<ImportResult> {
  const { object, title, place } = result;
  if (connector === undefined || place === undefined) return result;
  const refused = (problem: ImportProblem): ImportResult => ({
    object,
    title,
    place,
    problem,
    isMissingSecrets: false,
  });
  try {
    const { id, originId, overwrite } = place;
    const isWritten = await parts.imports.write({ ...connector, id, spaceId, originId }, overwrite);
    parts.store.forget(id);
    return isWritten ? result : refused({ type: 'conflict', destinationId: place.destinationId });
  } catch (error) {
    if (error instanceof PatchbayError) return refused(unknownProblem(error.status, error.message));
    throw error;
  }
}

function readConnector(
  { registry, context }: ImportParts,
  object: SavedObject,
): { object: SavedObject } & ({ connector: ReadConnector } | { problem: ImportProblem }) {
  if (object.type !== 'action') return { object, problem: { type: 'unsupported_type' } };
  const { name, actionTypeId: typeId, config = {}, isMissingSecrets, tags } = object.attributes;
  if (typeof name !== 'string' || name.trim() === '' || typeof typeId !== 'string' || typeId.trim() === '') {
    const message = 'The attributes "name" and "actionTypeId" of a connector must be texts that are not blank.';
    return { object, problem: unknownProblem(400, message) };
  }
  if (!isObject(config)) {
    return { object, problem: unknownProblem(400, 'The attribute "config" of a connector must be an object.') };
  }
  const type = registry.find(typeId);
  if (type?.system) {
    const message = `System action creation is forbidden. Action type: ${typeId}.`;
    return { object, problem: unknownProblem(400, message) };
  }
  const needs = type !== undefined && needsSecrets(type, config, context);
  return {
    object,
    connector: {
      name,
      typeId,
      config: type === undefined ? config : withDefaults(() => validateConfig(type, config, context), config),
      isMissingSecrets: needs || isMissingSecrets === true,
      ...(areTags(tags) ? { tags } : {}),
    },
  };
}

function withDefaults(
  validate: () => Record<string, unknown>,
  config: Record<string, unknown>,
): Record<string, unknown> {
  try {
    return validate();
  } catch (error) {
    if (isPatchbayError(error, 'config_invalid')) return config;
    throw error;
  }
}

function areTags(tags: unknown): tags is string[] {
  return (
    Array.isArray(tags) &&
    tags.length <= TAGS_MAX &&
    tags.every((tag) => typeof tag === 'string' && tag !== '' && tag.length <= TAGS_MAX)
  );
}

function isQuestion({ type }: ImportProblem): boolean {
  return type === 'conflict' || type === 'ambiguous_conflict';
}

function unknownProblem(statusCode: number, message: string): ImportProblem {
  return { type: 'unknown', statusCode, error: STATUS_CODES[statusCode] ?? 'Error', message };
}
