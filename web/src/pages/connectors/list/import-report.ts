import type { ImportAnswer, SavedObject } from '../../../api/saved-objects.ts';
import { tame } from '../../../ui/format.ts';
import { listWords } from '../../../words/list.ts';

const words = listWords.importing;

/** What became of one object of the file, as the report shows it. */
export interface ReportLine {
  readonly key: string;
  readonly name: string;
  readonly tone: 'success' | 'failure' | 'neutral';
  /** In a word or two. */
  readonly result: string;
  readonly why?: string;
  /** The connector as it is now; undefined where none was written. */
  readonly connectorId: string | undefined;
  readonly needsSecrets: boolean;
}

export interface Report {
  readonly lines: readonly ReportLine[];
  readonly written: number;
  readonly failed: number;
  /** Connectors exist already, and the person may choose what to do with them. */
  readonly hasConflicts: boolean;
}

const BLOCKING: readonly string[] = ['conflict', 'ambiguous_conflict', 'missing_references'];

/** @param file the objects of the file: errors name ids only */
export function toReport(answer: ImportAnswer, file: readonly SavedObject[]): Report {
  const objects = new Map(file.map((object) => [keyOf(object), object]));
  const errors = answer.errors ?? [];
  // One conflict holds all back: the server then lists the others as what would have been written.
  const isHeld = errors.some(({ error }) => BLOCKING.includes(error.type));
  const done = (answer.successResults ?? []).map((result): ReportLine => {
    const id = result.destinationId ?? result.id;
    const object = objects.get(keyOf(result));
    return {
      key: keyOf(result),
      name: nameOf(object, result.id),
      ...(isHeld
        ? { tone: 'neutral', result: words.held, why: words.heldWhy }
        : { tone: 'success', result: result.overwrite === true ? words.replaced : words.created }),
      ...(isHeld || result.destinationId === undefined ? {} : { why: words.newId(tame(result.destinationId, 80)) }),
      connectorId: isHeld ? undefined : id,
      needsSecrets: !isHeld && object?.attributes?.isMissingSecrets === true,
    };
  });
  const failed = errors.map(
    (error, index): ReportLine => ({
      // One object can have more than one error.
      key: `${keyOf(error)}:${index}`,
      name: nameOf(objects.get(keyOf(error)), error.id),
      tone: 'failure',
      result: words.refused,
      why: problemOf(error.error.type, error.error.message),
      connectorId: error.error.type === 'conflict' ? error.id : undefined,
      needsSecrets: false,
    }),
  );
  return {
    lines: [...failed, ...done],
    written: isHeld ? 0 : done.length,
    failed: new Set(errors.map(keyOf)).size,
    hasConflicts: isHeld,
  };
}

const keyOf = ({ type, id }: { readonly type: string; readonly id: string }) => `${type}:${id}`;

/** The name in the file; the id where it has none. */
export function nameOf(object: SavedObject | undefined, id: string): string {
  const name = object?.attributes?.name ?? object?.attributes?.title;
  return typeof name === 'string' && name !== '' ? name : id;
}

function problemOf(type: string, message: string | undefined): string {
  switch (type) {
    case 'conflict':
      return words.conflict;
    case 'ambiguous_conflict':
      return words.ambiguous;
    case 'missing_references':
      return words.missingReferences;
    case 'unsupported_type':
      return words.unsupported;
    default:
      return message ?? words.unknown;
  }
}
