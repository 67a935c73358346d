import { sql as foundation } from './0001-foundation.ts';

/** One step of the schema. Append-only: a step that was released is never changed, only followed. */
export interface Migration {
  /** Its place in the list, from 1, and its name. */
  id: number;
  name: string;
  sql: string;
}

export const migrations: readonly Migration[] = [{ id: 1, name: 'foundation', sql: foundation }];
