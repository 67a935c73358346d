import { PatchbayError } from '../../errors.ts';
import { findInputProblem } from '../input-limits.ts';

/** One line of an export file, as far as it is known before its type is. */
export interface SavedObject {
  readonly type: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The id that it had where it was first made, if it could not keep it. */
  readonly originId?: string;
}

/** Objects of one export or import; Kibana's default of `savedObjects.maxImportExportSize`. */
export const OBJECTS_MAX = 10_000;

/**
 * Reads the lines of an export file (NDJSON, UTF-8). Blank lines and the summary at the end are skipped.
 *
 * @throws {PatchbayError} `bad_request` for a line that is no saved object, too many of them, or the same one twice
 */
export function readSavedObjects(data: Uint8Array): SavedObject[] {
  const objects: SavedObject[] = [];
  for (const [index, line] of decode(data).split('\n').entries()) {
    if (line.trim() === '') continue;
    const value = parseLine(line, index + 1);
    if (isSummary(value)) continue;
    if (objects.length >= OBJECTS_MAX) {
      throw new PatchbayError('bad_request', `Can't import more than ${OBJECTS_MAX} objects`);
    }
    objects.push(toSavedObject(value, index + 1));
  }
  const keys = objects.map(keyOf);
  const twice = new Set(duplicatesOf(keys));
  if (twice.size > 0) {
    throw new PatchbayError('bad_request', `Non-unique import objects detected: [${[...twice].join(',')}]`);
  }
  return objects;
}

/** JSON with the keys of every object in order of their code units, so that equal objects are equal texts. */
export function toLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => toLine(item ?? null)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${toLine(value[key])}`);
  return `{${members.join(',')}}`;
}

/** `action:1234`, as messages name an object. */
export function keyOf({ type, id }: { readonly type: string; readonly id: string }): string {
  return `${type}:${id}`;
}

/** Every occurrence of a text after its first. */
export function duplicatesOf(texts: readonly string[]): string[] {
  const seen = new Set<string>();
  return texts.filter((text) => seen.size === seen.add(text).size);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decode(data: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    throw new PatchbayError('bad_request', 'The file is not UTF-8 text. Give a file that was exported as NDJSON.');
  }
}

function parseLine(line: string, number: number): unknown {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new PatchbayError('bad_request', `Line ${number} of the file is not JSON. Give a file that was exported.`);
  }
  const problem = findInputProblem(value);
  if (problem === undefined) return value;
  throw new PatchbayError('bad_request', `Line ${number} of the file cannot be read: ${problem.message}.`);
}

/** The last line of an export says how many there were. */
function isSummary(value: unknown): boolean {
  return isObject(value) && value.type === undefined && typeof value.exportedCount === 'number';
}

function toSavedObject(value: unknown, number: number): SavedObject {
  if (isObject(value) && typeof value.type === 'string' && typeof value.id === 'string' && value.id !== '') {
    const { type, id, attributes, originId } = value;
    return {
      type,
      id,
      attributes: isObject(attributes) ? attributes : {},
      ...(typeof originId === 'string' && originId !== '' ? { originId } : {}),
    };
  }
  throw new PatchbayError('bad_request', `Line ${number} of the file is no saved object: it has no "type" and "id".`);
}
