import { sql } from 'kysely';
import { type Database, openDatabase } from '../../src/db/index.ts';
import { dumpDatabase } from '../api/database-dump.ts';
import type { Server } from '../process/child.ts';
import { silentLog } from '../support/database.ts';
import { until } from '../support/wait.ts';
import type { AttemptSeen, ExecutionSeen, Final, History } from './history.ts';

/** The longest that anything of these tests may take to end: take-over, retries, and what expires. */
const SETTLE_MS = 50_000;
const UNFINISHED = ['queued', 'running', 'retrying'];

/** Waits until nothing is unfinished. @throws with what is still there */
export async function settled(server: Pick<Server, 'call'>, limitMs = SETTLE_MS): Promise<void> {
  let left: unknown[] = [];
  let looks = 0;
  await until(
    async () => {
      const answers = await Promise.all(
        UNFINISHED.map((status) =>
          server.call('GET', `/api/actions/executions?status=${status}`).catch(() => undefined),
        ),
      );
      left = answers.flatMap((answer) => answer?.body.data ?? ['no answer']);
      looks = left.length === 0 ? looks + 1 : 0;
      // One that passes from state to state may slip through between the three questions, but not again and again.
      return looks === 3;
    },
    'every action ended',
    limitMs,
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(left.slice(0, 5))}`);
  });
}

/** What the API says of every execution, in `texts.answers` as it was said. */
export async function seenByApi(
  server: Pick<Server, 'call'>,
  { enqueued }: Pick<History, 'enqueued'>,
): Promise<Pick<Final, 'listed' | 'details'> & { readonly answers: string }> {
  const answers: string[] = [];
  const get = async (path: string) => {
    const { status, body } = await server.call('GET', path);
    answers.push(JSON.stringify(body));
    if (status !== 200 && status !== 404) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return status === 200 ? body : undefined;
  };

  const listed: ExecutionSeen[] = [];
  for (let page = 1; ; page += 1) {
    const { data } = await get(`/api/actions/executions?per_page=500&sort=oldest&page=${page}`);
    listed.push(...data);
    if (data.length < 500) break;
  }
  const accepted = enqueued.flatMap(({ executionId }) => (executionId === undefined ? [] : [executionId]));
  const ids = [...new Set([...listed.map(({ execution_id }) => execution_id), ...accepted])];
  const details = new Map<string, (ExecutionSeen & { attempts: AttemptSeen[] }) | undefined>();
  for (let from = 0; from < ids.length; from += 8) {
    const some = ids.slice(from, from + 8);
    const found = await Promise.all(some.map((id) => get(`/api/actions/execution/${id}`)));
    some.forEach((id, index) => {
      details.set(id, found[index]);
    });
  }
  return { listed, details, answers: answers.join('\n') };
}

/** What the tables say, once no server runs on them. @param place where the database is, as `openDatabase` takes it */
export async function seenInTables(place: {
  url?: string;
  dataDir: string;
}): Promise<Pick<Final, 'queue' | 'logged'> & { readonly dump: string }> {
  const database: Database = await openDatabase({ ...place, log: silentLog });
  try {
    const ids = async (table: string) => {
      const { rows } = await sql<{ id: string }>`select id from ${sql.table(`patchbay.${table}`)}`.execute(
        database.kysely,
      );
      return rows.map(({ id }) => id);
    };
    return { queue: await ids('queue'), logged: await ids('executions'), dump: await dumpDatabase(database.kysely) };
  } finally {
    await database.stop();
  }
}
