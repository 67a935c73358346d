import type { ConnectorImports } from '../../db/connector-imports.ts';
import { PatchbayError } from '../../errors.ts';
import type { ListedConnector } from '../connector.ts';
import type { CheckContext } from '../define.ts';
import { notRegistered, type Registry } from '../registry.ts';
import type { ConnectorStore } from '../store.ts';
import { keyOf, OBJECTS_MAX } from './file.ts';
import { needsSecrets } from './missing-secrets.ts';

/** What to export: all of some types, or some objects. */
export type ExportRequest =
  | {
      /** `*` stands for all. */
      readonly types: readonly string[];
      /** Words of the name, in any order; one that ends with `*` stands for words that begin so. */
      readonly search?: string;
      /** Only what refers to something else; connectors refer to nothing. */
      readonly hasReference: boolean;
    }
  | { readonly objects: readonly { readonly type: string; readonly id: string }[] };

export interface ExportParts {
  readonly store: Pick<ConnectorStore, 'list'>;
  readonly imports: Pick<ConnectorImports, 'origins'>;
  readonly registry: Registry;
  readonly context: CheckContext;
}

const CONNECTOR = 'action';
/** Rules: a type that can be exported, of which this server has none. */
const EXPORTABLE = [CONNECTOR, 'alert'];
/**
 * The shape of the attributes is the one that Kibana has had since 8.3; files of that version import into every later one
 * (elastic/kibana, x-pack/platform/plugins/shared/actions/server/saved_objects/actions_migrations.ts).
 */
const MIGRATION_VERSION = { coreMigrationVersion: '8.8.0', typeMigrationVersion: '8.3.0' } as const;

/**
 * The connectors of a space as Kibana's saved objects, without their secrets. By type they are in order of their ids, else in
 * that of the request. Preconfigured connectors are settings and so not among them.
 *
 * @param extended adds Patchbay's own attributes, which Kibana would refuse to import
 * @throws {PatchbayError} `bad_request` in Kibana's words
 */
export async function exportConnectors(
  parts: ExportParts,
  spaceId: string,
  request: ExportRequest,
  extended: boolean,
): Promise<Record<string, unknown>[]> {
  assertExportable(request);
  const [listed, origins] = await Promise.all([parts.store.list(spaceId), parts.imports.origins(spaceId)]);
  const stored = listed.filter(({ origin }) => origin === 'stored');
  const chosen = 'types' in request ? ofTypes(stored, request) : ofObjects(stored, request.objects);
  return chosen.map((connector) => toSavedObject(parts, connector, origins.get(connector.id), extended));
}

function assertExportable(request: ExportRequest): void {
  if ('types' in request) {
    const others = request.types.filter((type) => type !== '*' && !EXPORTABLE.includes(type));
    if (others.length === 0) return;
    throw new PatchbayError('bad_request', `Trying to export non-exportable type(s): ${others.join(', ')}`);
  }
  const others = request.objects.filter(({ type }) => !EXPORTABLE.includes(type)).map(keyOf);
  if (others.length === 0) return;
  throw new PatchbayError(
    'bad_request',
    `Trying to export object(s) with non-exportable types: ${others.slice(0, 20).join(', ')}`,
  );
}

function ofTypes(
  stored: readonly ListedConnector[],
  { types, search, hasReference }: Extract<ExportRequest, { types: unknown }>,
): ListedConnector[] {
  if (hasReference || !types.some((type) => type === CONNECTOR || type === '*')) return [];
  const isFound = search === undefined ? () => true : nameTest(search);
  const found = stored.filter(({ name }) => isFound(name)).sort((a, b) => (a.id < b.id ? -1 : 1));
  if (found.length <= OBJECTS_MAX) return found;
  throw new PatchbayError(
    'bad_request',
    `Can't export more than ${OBJECTS_MAX} objects. Name fewer of them with "objects", or look for some with "search".`,
  );
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}_]+\*?/gu) ?? [];

function nameTest(search: string): (name: string) => boolean {
  const wanted = wordsOf(search);
  return (name) => {
    const words = wordsOf(name);
    return wanted.some((word) =>
      word.endsWith('*') ? words.some((other) => other.startsWith(word.slice(0, -1))) : words.includes(word),
    );
  };
}

function ofObjects(
  stored: readonly ListedConnector[],
  objects: readonly { readonly type: string; readonly id: string }[],
): ListedConnector[] {
  const byKey = new Map(stored.map((connector) => [keyOf({ type: CONNECTOR, id: connector.id }), connector]));
  const unique = [...new Map(objects.map((object) => [keyOf(object), object])).values()];
  const missing = unique.filter((object) => !byKey.has(keyOf(object)));
  if (missing.length === 0) return unique.map((object) => byKey.get(keyOf(object))!);
  const error = (key: string) => ({
    statusCode: 404,
    error: 'Not Found',
    message: `Saved object [${key}] not found`,
  });
  throw new PatchbayError('bad_request', 'Error fetching objects to export', {
    attributes: {
      objects: missing.map(({ type, id }) => ({ id, type, error: error(`${type}/${id}`) })),
    },
  });
}

function toSavedObject(
  { registry, context }: ExportParts,
  connector: ListedConnector,
  originId: string | undefined,
  extended: boolean,
): Record<string, unknown> {
  const type = registry.find(connector.typeId);
  if (type === undefined) {
    throw new PatchbayError('bad_request', 'Error transforming objects to export', {
      attributes: {
        objects: [{ id: connector.id, type: CONNECTOR }],
        cause: notRegistered(connector.typeId).message,
      },
    });
  }
  return {
    type: CONNECTOR,
    id: connector.id,
    attributes: {
      actionTypeId: connector.typeId,
      name: connector.name,
      config: connector.config,
      secrets: {},
      isMissingSecrets: needsSecrets(type, connector.config, context),
      ...(extended ? { tags: connector.tags } : {}),
    },
    references: [],
    managed: false,
    version: Buffer.from(JSON.stringify([connector.version, 1])).toString('base64'),
    created_at: connector.createdAt?.toISOString(),
    updated_at: connector.updatedAt?.toISOString(),
    ...(originId === undefined ? {} : { originId }),
    ...MIGRATION_VERSION,
  };
}
