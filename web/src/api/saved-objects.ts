import { call, callForText } from './client.ts';
import type { Connector } from './connectors.ts';

/** A line of an export: what it is and what it says. */
export interface SavedObject {
  readonly type: string;
  readonly id: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** What an import did, object by object. */
export interface ImportAnswer {
  readonly success: boolean;
  readonly successCount: number;
  readonly successResults?: readonly ImportResult[];
  readonly errors?: readonly ImportError[];
}

export interface ImportResult {
  readonly type: string;
  /** The id in the file. */
  readonly id: string;
  /** The id really used, where it is another one. */
  readonly destinationId?: string;
  readonly overwrite?: boolean;
}

export interface ImportError {
  readonly type: string;
  readonly id: string;
  readonly error: { readonly type: string; readonly message?: string };
}

/** What happens to an object whose id is taken: nothing and a report, replacing it, or new ids for the whole file. */
export type ConflictMode = 'stop' | 'overwrite' | 'copies';

/** The largest file that the server takes, as its settings have it when nobody changed them. */
export const IMPORT_MAX_BYTES = 26_214_400;

/**
 * Connectors as a file that can be imported elsewhere: one JSON object a line, without secrets.
 *
 * @param connectors their tags come along; where there are none, Kibana takes the file as well
 */
export function exportConnectors(connectors: readonly Pick<Connector, 'id' | 'tags'>[]): Promise<string> {
  const hasTags = connectors.some(({ tags = [] }) => tags.length > 0);
  return callForText(`api/saved_objects/_export${hasTags ? '?extended=true' : ''}`, {
    method: 'POST',
    body: { objects: connectors.map(({ id }) => ({ type: 'action', id })) },
  });
}

/** Imports the file of an export. */
export function importConnectors(file: File, mode: ConflictMode): Promise<ImportAnswer> {
  const form = new FormData();
  form.set('file', file);
  const query = { stop: '', overwrite: '?overwrite=true', copies: '?createNewCopies=true' }[mode];
  return call('api/saved_objects/_import' + query, { method: 'POST', body: form });
}

/** The objects of an export, as far as its lines can be read; the line that sums it up is left out. */
export function readExport(text: string): SavedObject[] {
  return text.split('\n').flatMap((line) => {
    try {
      const object: unknown = JSON.parse(line);
      return isSavedObject(object) ? [object] : [];
    } catch {
      // Blank, or broken: the server says which when it matters.
      return [];
    }
  });
}

function isSavedObject(value: unknown): value is SavedObject {
  const object = value as Partial<SavedObject> | null;
  return typeof object === 'object' && typeof object?.type === 'string' && typeof object.id === 'string';
}
