import { z } from 'zod';
import { authorise } from '../../access/authorise.ts';
import { type ExportParts, type ExportRequest, exportConnectors } from '../../connectors/saved-objects/export.ts';
import { OBJECTS_MAX, toLine } from '../../connectors/saved-objects/file.ts';
import { PatchbayError } from '../../errors.ts';
import { refusals } from '../answers.ts';
import { extendedQuery } from '../bodies.ts';
import { defineRoute, type Route } from '../route.ts';

const object = z.strictObject({ type: z.string(), id: z.string() });

const exportBody = z.strictObject({
  type: z.union([z.string(), z.array(z.string()).max(100)]).optional(),
  objects: z.array(object).optional().describe(`At most ${OBJECTS_MAX}.`),
  hasReference: z.union([object, z.array(object).max(OBJECTS_MAX)]).optional(),
  search: z.string().max(1_000).optional().describe('Words of the name; `*` at the end of a word stands for any rest.'),
  includeReferencesDeep: z.boolean().default(false).describe('Connectors refer to nothing, so it changes nothing yet.'),
  excludeExportDetails: z.boolean().default(false).describe('Leaves out the last line, which says how many there are.'),
});

/** Kibana's export, of connectors. Its import is in `saved-objects-import.ts`. */
export function savedObjectRoutes(parts: ExportParts): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/saved_objects/_export',
      summary: 'Export connectors',
      description:
        'As lines of JSON that `_import` and Kibana read. Secrets and preconfigured connectors are never among them.',
      tag: 'connectors',
      kibana: true,
      query: extendedQuery,
      body: exportBody,
      answers: {
        200: {
          description: 'One saved object a line, type `action`; the last line is a summary.',
          contentType: 'application/ndjson',
          headers: { 'content-disposition': 'A file name for browsers.' },
        },
        ...refusals,
      },
      handler: async ({ principal, spaceId, body, query, reply }) => {
        authorise(principal, 'get');
        const objects = await exportConnectors(parts, spaceId, toExportRequest(body), query.extended === 'true');
        reply.header('content-disposition', 'attachment; filename="export.ndjson"');
        const summary = {
          exportedCount: objects.length,
          missingRefCount: 0,
          missingReferences: [],
          excludedObjectsCount: 0,
          excludedObjects: [],
        };
        const lines = [...objects, ...(body.excludeExportDetails ? [] : [summary])].map(toLine);
        // As bytes: to a text the web framework would add a charset, which this type does not have.
        return Buffer.from(lines.join('\n'));
      },
    }),
  ];
}

/** Kibana's checks in Kibana's words. */
function toExportRequest(body: z.output<typeof exportBody>): ExportRequest {
  const refuse = (message: string) => new PatchbayError('bad_request', message);
  const cannot = (what: string) => refuse(`Can't specify both "${what}" and "objects" properties when exporting`);
  const { type, objects, search, hasReference } = body;
  if (objects !== undefined) {
    if (type !== undefined) throw cannot('types');
    if (search !== undefined) throw cannot('search');
    if (hasReference !== undefined) throw cannot('references');
    if (objects.length > OBJECTS_MAX) throw refuse(`Can't export more than ${OBJECTS_MAX} objects`);
    return { objects };
  }
  if (type === undefined) throw refuse('Either `type` or `objects` are required.');
  return { types: [type].flat(), search, hasReference: hasReference !== undefined };
}
