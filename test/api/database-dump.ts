import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Schema } from '../../src/db/index.ts';

/** Every row of every table as text: what somebody reads who got hold of the database or a backup of it. */
export async function dumpDatabase(db: Kysely<Schema>): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'patchbay'`.execute(db);
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await sql<{
        row: string;
      }>`select t::text as row from ${sql.table(`patchbay.${name}`)} as t`.execute(db);
      return rows.map(({ row }) => row).join('\n');
    }),
  );
  return texts.join('\n');
}

/** The spellings in which a secret travels: as it is, URL-encoded, in JSON, and in base64 at any offset of a longer text. */
export function spellings(secret: string): string[] {
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.from(' '.repeat(offset) + secret).toString('base64');
    // The first and last characters depend on the neighbours.
    return text.slice(offset === 0 ? 0 : offset + 1, -4);
  });
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      encodeURIComponent(secret).replaceAll('%20', '+'),
      JSON.stringify(secret).slice(1, -1),
      ...base64,
      ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
      Buffer.from(secret).toString('hex'),
    ]),
  ];
}
