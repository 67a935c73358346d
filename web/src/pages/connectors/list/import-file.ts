import { IMPORT_MAX_BYTES, readExport, type SavedObject } from '../../../api/saved-objects.ts';
import { formatBytes } from '../../../ui/format.ts';
import { listWords } from '../../../words/list.ts';

const words = listWords.importing;

/** A file that somebody chose, and what could be read of it before anything is sent. */
export interface ImportFile {
  readonly file: File;
  readonly objects: readonly SavedObject[];
  /** Why it cannot be imported, as a sentence. */
  readonly problem?: string;
}

/** Looks into the file, so that a wrong one is noticed at once and the report can name what errors only number. */
export async function readImportFile(file: File): Promise<ImportFile> {
  const refuse = (problem: string) => ({ file, objects: [], problem });
  if (!file.name.toLowerCase().endsWith('.ndjson')) return refuse(words.notNdjson);
  if (file.size > IMPORT_MAX_BYTES) return refuse(words.tooLarge(formatBytes(IMPORT_MAX_BYTES)));
  try {
    const objects = readExport(await file.text());
    return objects.some(isConnector) ? { file, objects } : refuse(words.notReadable);
  } catch {
    // It was moved or deleted since it was chosen.
    return refuse(words.unreadable);
  }
}

export const isConnector = (object: SavedObject): boolean => object.type === 'action';
