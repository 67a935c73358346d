import { z } from 'zod';
import { authorise } from '../../access/authorise.ts';
import { duplicatesOf, keyOf, readSavedObjects } from '../../connectors/saved-objects/file.ts';
import { type ImportParts, type ImportResult, importConnectors } from '../../connectors/saved-objects/import.ts';
import type { ImportOptions, Retry } from '../../connectors/saved-objects/plan.ts';
import { PatchbayError } from '../../errors.ts';
import { errorAnswer, refusals } from '../answers.ts';
import { type FormPart, readFormData } from '../form-data.ts';
import { defineRoute, type Route } from '../route.ts';
import type { Upload } from '../uploads.ts';
import { validateRequestPart } from '../validate-request.ts';

const flag = z.enum(['true', 'false']).default('false');
const copiesQuery = {
  createNewCopies: flag.describe('Gives every object a new id.'),
  compatibilityMode: flag.describe('Accepted as Kibana does; it changes nothing here.'),
};

const retries = z
  .array(
    z.strictObject({
      type: z.string(),
      id: z.string(),
      overwrite: z.boolean().default(false),
      destinationId: z.string().min(1).optional(),
      createNewCopy: z.boolean().optional(),
      replaceReferences: z
        .array(z.strictObject({ type: z.string(), from: z.string(), to: z.string() }))
        .max(100)
        .optional(),
      ignoreMissingReferences: z.boolean().optional(),
    }),
  )
  .max(10_000);

const fileField = z.string().meta({
  description: 'An export of Patchbay or Kibana; the name of the file ends in `.ndjson`.',
  // JSON Schema 2020-12 says what is in a text by its media type; `format` is what tools for older versions look at.
  format: 'binary',
  contentMediaType: 'application/x-ndjson',
});
const { $schema: _, ...retriesSchema } = z.toJSONSchema(retries, { io: 'input' });
const retriesField = z.string().meta({
  description: 'What is to be imported, and what is done about each conflict.',
  contentMediaType: 'application/json',
  contentSchema: retriesSchema,
});
const importForm = z.object({ file: fileField });

const importAnswer = z.object({
  success: z.boolean().describe('Whether there was no error at all.'),
  successCount: z.int(),
  warnings: z.array(
    z.object({
      type: z.literal('action_required'),
      message: z.string(),
      actionPath: z.string(),
      buttonLabel: z.string(),
    }),
  ),
  successResults: z
    .array(
      z.object({
        type: z.string(),
        id: z.string().describe('As in the file.'),
        meta: z.object({ title: z.string().optional() }),
        managed: z.boolean(),
        overwrite: z.literal(true).optional(),
        destinationId: z.string().optional().describe('The id that it has now, if it is another one.'),
        createNewCopy: z.literal(true).optional(),
      }),
    )
    .optional(),
  errors: z
    .array(
      z.object({
        type: z.string(),
        id: z.string(),
        meta: z.object({ title: z.string().optional() }),
        overwrite: z.literal(true).optional(),
        error: z.looseObject({ type: z.enum(['conflict', 'ambiguous_conflict', 'unsupported_type', 'unknown']) }),
      }),
    )
    .optional(),
});

const importRoute = {
  method: 'POST',
  tag: 'connectors',
  kibana: true,
  readBody: (body: unknown) => body as Upload | null,
  answers: {
    200: { description: 'What became of each object, also when some or all failed.', schema: importAnswer },
    ...refusals,
    413: { description: 'The file is too large.', schema: errorAnswer },
    415: { description: 'The body is not multipart/form-data.', schema: errorAnswer },
  },
} as const;

/**
 * Kibana's import of saved objects, of connectors. They are to be added with `addUploadRoutes`: the body is a form with a field
 * `file`, which is read only for callers who may import.
 */
export function savedObjectImportRoutes(parts: ImportParts): Route[] {
  return [
    defineRoute({
      ...importRoute,
      path: '/api/saved_objects/_import',
      summary: 'Import connectors',
      description:
        'When an object conflicts with a stored one, nothing is written; `_resolve_import_errors` takes the decisions. Imported connectors have no secrets.',
      form: importForm,
      query: z.strictObject({ overwrite: flag.describe('Replaces connectors with the same id.'), ...copiesQuery }),
      handler: async ({ principal, spaceId, query, body }) => {
        const options = toOptions(query);
        authorise(principal, 'create');
        if (options.overwrite) authorise(principal, 'update');
        const objects = readSavedObjects(fileOf(readForm(body)));
        return toAnswer(await importConnectors(parts, spaceId, objects, options));
      },
    }),

    defineRoute({
      ...importRoute,
      path: '/api/saved_objects/_resolve_import_errors',
      summary: 'Import connectors that conflicted',
      description:
        'The file is that of `_import`; `retries` names each object to import and what is to be done with it. Objects that it does not name are left out.',
      form: importForm.extend({ retries: retriesField }),
      query: z.strictObject(copiesQuery),
      handler: async ({ principal, spaceId, query, body }) => {
        const options = toOptions(query);
        authorise(principal, 'create');
        authorise(principal, 'update');
        const form = readForm(body);
        const objects = readSavedObjects(fileOf(form));
        return toAnswer(await importConnectors(parts, spaceId, objects, { ...options, retries: readRetries(form) }));
      },
    }),
  ];
}

type Flag = z.output<typeof flag>;

/** Kibana's checks in Kibana's words. */
function toOptions(query: { overwrite?: Flag; createNewCopies: Flag; compatibilityMode: Flag }): ImportOptions {
  const overwrite = query.overwrite === 'true';
  const createNewCopies = query.createNewCopies === 'true';
  const cannot = (a: string, b: string) => new PatchbayError('bad_request', `cannot use [${a}] with [${b}]`);
  if (overwrite && createNewCopies) throw cannot('overwrite', 'createNewCopies');
  if (createNewCopies && query.compatibilityMode === 'true') throw cannot('createNewCopies', 'compatibilityMode');
  return { overwrite, createNewCopies };
}

function readForm(body: Upload | null): FormPart[] {
  return body === null ? [] : readFormData(body.contentType, body.data);
}

function fileOf(form: readonly FormPart[]): Buffer {
  const files = form.filter(({ name }) => name === 'file');
  const [file] = files;
  if (file?.filename === undefined || files.length > 1) {
    const message = '[request body.file]: one file is expected, in a form field named "file" with the name of the file';
    throw new PatchbayError('bad_request', message);
  }
  const extension = /\.[^./\\]*$/.exec(file.filename)?.[0] ?? '';
  if (extension.toLowerCase() === '.ndjson') return file.data;
  throw new PatchbayError('bad_request', `Invalid file extension ${extension.slice(0, 100)}`);
}

function readRetries(form: readonly FormPart[]): Retry[] {
  const text = form.find(({ name }) => name === 'retries')?.data.toString('utf8');
  let value: unknown;
  try {
    value = text === undefined ? undefined : JSON.parse(text);
  } catch {
    throw new PatchbayError('bad_request', '[request body.retries]: must be a list as JSON text');
  }
  const { retries: list } = validateRequestPart('body', z.object({ retries }), { retries: value });
  const refuse = (what: string, keys: readonly string[]) =>
    new PatchbayError('bad_request', `Non-unique retry ${what}: [${[...new Set(keys)].join(',')}]`);
  const twice = duplicatesOf(list.map(keyOf));
  if (twice.length > 0) throw refuse('objects', twice);
  const destinations = list.flatMap(({ type, destinationId }) =>
    destinationId === undefined ? [] : [keyOf({ type, id: destinationId })],
  );
  const same = duplicatesOf(destinations);
  if (same.length > 0) throw refuse('destinations', same);
  return list;
}

function toAnswer(results: readonly ImportResult[]): z.infer<typeof importAnswer> {
  const good = results.filter(({ problem }) => problem === undefined);
  const bad = results.filter(({ problem }) => problem !== undefined);
  const about = ({ object: { type, id }, title, place }: ImportResult) => ({
    type,
    id,
    meta: title === undefined ? {} : { title },
    ...(place?.overwrite ? { overwrite: true as const } : {}),
  });
  return {
    success: bad.length === 0,
    successCount: good.length,
    warnings: toWarnings(good.filter(({ isMissingSecrets }) => isMissingSecrets).length),
    ...(good.length === 0
      ? {}
      : {
          successResults: good.map((result) => ({
            ...about(result),
            managed: false,
            ...(result.place?.destinationId === undefined ? {} : { destinationId: result.place.destinationId }),
            ...(result.place?.createNewCopy ? { createNewCopy: true as const } : {}),
          })),
        }),
    ...(bad.length === 0 ? {} : { errors: bad.map((result) => ({ ...about(result), error: { ...result.problem! } })) }),
  };
}

/** Kibana's words, and the path of its page, which its clients know. */
function toWarnings(missing: number): z.infer<typeof importAnswer>['warnings'] {
  if (missing === 0) return [];
  const connectors = missing === 1 ? '1 connector has' : `${missing} connectors have`;
  return [
    {
      type: 'action_required',
      message: `${connectors} sensitive information that require updates.`,
      actionPath: '/app/management/insightsAndAlerting/triggersActionsConnectors',
      buttonLabel: 'Go to connectors',
    },
  ];
}
