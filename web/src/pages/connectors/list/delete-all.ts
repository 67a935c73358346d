import { Problem } from '../../../api/client.ts';
import { deleteConnector } from '../../../api/connectors.ts';

/** As many as a browser sends to one server at a time. */
const AT_ONCE = 6;

export interface Deletion {
  readonly deleted: readonly string[];
  readonly failures: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * Deletes connectors one by one, some at a time; what fails does not stop the others. One that is gone already counts as
 * deleted.
 *
 * @param onProgress told how many are through
 */
export async function deleteAll(ids: readonly string[], onProgress: (done: number) => void): Promise<Deletion> {
  const waiting = ids.values();
  const deleted: string[] = [];
  const failures: { id: string; reason: string }[] = [];
  const work = async () => {
    // One iterator for all workers: each takes what no other has.
    for (const id of waiting) {
      try {
        await deleteConnector(id);
        deleted.push(id);
      } catch (error) {
        if (error instanceof Problem && error.status === 404) deleted.push(id);
        else failures.push({ id, reason: error instanceof Error ? error.message : String(error) });
      }
      onProgress(deleted.length + failures.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { deleted, failures };
}
