import { randomUUID } from 'node:crypto';
import { isObject, parseJson } from './harness.ts';

/** A stored document. */
export interface Stored {
  readonly source: Record<string, unknown>;
  readonly version: number;
}

/** Documents by id, and the types that the first value of each field fixed, as dynamic mapping does. */
export interface Index {
  readonly documents: Map<string, Stored>;
  readonly types: Map<string, 'long' | 'boolean' | 'date' | 'object' | 'text'>;
}

/** One operation of a bulk request: its action line and, but for delete, its document as it was written. */
export interface Operation {
  readonly action: 'index' | 'create' | 'delete';
  readonly index: string;
  readonly id?: string;
  readonly document?: string;
}

export interface ItemError {
  readonly type: string;
  readonly reason: string;
  readonly caused_by?: { readonly type: string; readonly reason: string };
}

const ACTIONS = ['index', 'create', 'delete'] as const;
const META_KEYS = new Set([
  '_index',
  '_id',
  'op_type',
  'routing',
  'pipeline',
  'require_alias',
  'version',
  'version_type',
  'if_seq_no',
  'if_primary_term',
  'dynamic_templates',
  'require_data_stream',
]);

/**
 * Reads the NDJSON of a bulk request as strictly as Elasticsearch: a defect of form refuses the whole request.
 *
 * @returns the operations, or the reason of an `illegal_argument_exception`
 * @see https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 */
export function parseBulk(body: string, defaultIndex: string | undefined): Operation[] | string {
  if (!body.endsWith('\n')) return 'The bulk request must be terminated by a newline [\\n]';
  const lines = body.slice(0, -1).split('\n');
  const operations: Operation[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!;
    if (line.trim() === '') continue;
    const where = `Malformed action/metadata line [${at + 1}]`;
    const parsed = parseJson(line);
    if (!isObject(parsed)) return `${where}, expected START_OBJECT`;
    const names = Object.keys(parsed);
    const action = ACTIONS.find((name) => name === names[0]);
    if (action === undefined || names.length !== 1)
      return `${where}, expected field [create], [delete], [index] or [update] but found [${names.join(', ')}]`;
    const meta = parsed[action];
    if (!isObject(meta)) return `${where}, expected START_OBJECT or END_OBJECT but found something else`;
    const unknown = Object.keys(meta).find((key) => !META_KEYS.has(key));
    if (unknown !== undefined) return `Action/metadata line [${at + 1}] contains an unknown parameter [${unknown}]`;
    const { _index: index = defaultIndex, _id: id, op_type: opType } = meta;
    if (typeof index !== 'string') return 'Validation Failed: 1: index is missing;';
    if (id !== undefined && (typeof id !== 'string' || id === '' || Buffer.byteLength(id) > 512))
      return `${where}: _id must be a text of 1 to 512 bytes`;
    if (opType !== undefined && (action !== 'index' || (opType !== 'create' && opType !== 'index')))
      return `${where}: op_type must be one of [create, index]`;
    const isDelete = action === 'delete';
    if (!isDelete) at += 1;
    if (at >= lines.length) return 'The bulk request ends after an action line; the document is missing';
    operations.push({
      action: opType === 'create' ? 'create' : action,
      index,
      id,
      document: isDelete ? undefined : lines[at],
    });
  }
  return operations.length === 0 ? 'Validation Failed: 1: no requests added;' : operations;
}

function typeOf(value: unknown): 'long' | 'boolean' | 'date' | 'object' | 'text' | undefined {
  if (typeof value === 'number') return 'long';
  if (typeof value === 'boolean') return 'boolean';
  if (isObject(value)) return 'object';
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/.test(value) ? 'date' : 'text';
  return undefined;
}

/** The error that a document has against the types of its index; the types of new fields are fixed on the way. */
function mappingError(index: Index, id: string, document: Record<string, unknown>): ItemError | undefined {
  const fields = Object.entries(document).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each) => [name, each] as const),
  );
  for (const [name, value] of fields) {
    const type = typeOf(value);
    if (type === undefined) continue;
    const fixed = index.types.get(name) ?? type;
    index.types.set(name, fixed);
    const fits =
      fixed === type ||
      (fixed === 'text' && type !== 'object') ||
      (fixed === 'long' && typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)));
    if (!fits) {
      const preview = JSON.stringify(value).slice(0, 100);
      return {
        type: 'document_parsing_exception',
        reason: `[1:1] failed to parse field [${name}] of type [${fixed}] in document with id '${id}'. Preview of field's value: '${preview}'`,
        caused_by: { type: 'illegal_argument_exception', reason: `For input string: ${preview}` },
      };
    }
  }
  return undefined;
}

/** Names that `PUT /<name>` refuses. */
function nameError(index: string): ItemError | undefined {
  const rule =
    index !== index.toLowerCase()
      ? 'must be lowercase'
      : /[\s"*\\<>|,/?#]/.test(index)
        ? "must not contain the following characters [' ','\"','*','\\','<','>','|',',','/','?']"
        : /^[-_+]/.test(index)
          ? "must not start with '_', '-', or '+'"
          : undefined;
  return rule === undefined
    ? undefined
    : { type: 'invalid_index_name_exception', reason: `Invalid index name [${index}], ${rule}` };
}

/** Carries out one operation. Indices that start with `overloaded` refuse with 429, those with `logs-` are data streams. */
export function apply(
  indices: Map<string, Index>,
  { action, index: name, id: givenId, document }: Operation,
): Record<string, unknown> {
  const id = givenId ?? randomUUID();
  const fail = (status: number, error: ItemError) => ({ [action]: { _index: name, _id: id, status, error } });

  if (name.startsWith('overloaded'))
    return fail(429, {
      type: 'es_rejected_execution_exception',
      reason: 'rejected execution of coordinating operation: the write queue is full',
    });
  const badName = nameError(name);
  if (badName !== undefined) return fail(400, badName);
  if (name.startsWith('logs-') && action !== 'create')
    return fail(400, {
      type: 'illegal_argument_exception',
      reason: 'only write ops with an op_type of create are allowed in data streams',
    });

  const index: Index = indices.get(name) ?? { documents: new Map(), types: new Map() };
  indices.set(name, index);
  const stored = index.documents.get(id);
  const done = (status: number, result: string, version: number) => ({
    [action]: {
      _index: name,
      _id: id,
      _version: version,
      result,
      _shards: { total: 2, successful: 1, failed: 0 },
      _seq_no: version - 1,
      _primary_term: 1,
      status,
    },
  });
  if (action === 'delete') {
    index.documents.delete(id);
    return stored === undefined ? done(404, 'not_found', 1) : done(200, 'deleted', stored.version + 1);
  }
  const source = parseJson(document ?? '');
  if (!isObject(source))
    return fail(400, {
      type: 'document_parsing_exception',
      reason: '[1:1] failed to parse: the document must be a JSON object',
    });
  if (action === 'create' && stored !== undefined)
    return fail(409, {
      type: 'version_conflict_engine_exception',
      reason: `[${id}]: version conflict, document already exists (current version [${stored.version}])`,
    });
  const error = mappingError(index, id, source);
  if (error !== undefined) return fail(400, error);
  const version = (stored?.version ?? 0) + 1;
  index.documents.set(id, { source, version });
  return done(stored === undefined ? 201 : 200, stored === undefined ? 'created' : 'updated', version);
}
