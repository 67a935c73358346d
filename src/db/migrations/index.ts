import { sql as foundation } from './0001-foundation.ts';
import { sql as queue } from './0002-queue.ts';
import { sql as search } from './0003-search.ts';
import { sql as apiKeys } from './0004-api-keys.ts';
import { sql as origins } from './0005-origins.ts';
import { sql as shortTexts } from './0006-short-texts.ts';

/** One step of the schema. Append-only: a step that was released is never changed, only followed. */
export interface Migration {
  /** Its place in the list, from 1, and its name. */
  id: number;
  name: string;
  sql: string;
}

export const migrations: readonly Migration[] = [
  { id: 1, name: 'foundation', sql: foundation },
  { id: 2, name: 'queue', sql: queue },
  { id: 3, name: 'search', sql: search },
  { id: 4, name: 'api-keys', sql: apiKeys },
  { id: 5, name: 'origins', sql: origins },
  { id: 6, name: 'short-texts', sql: shortTexts },
];
