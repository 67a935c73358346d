import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { SUPERUSER } from '../src/db/embedded-cluster.ts';

/** For PostgreSQL started by a benchmark itself. */
export const silentLog = { debug() {}, info() {}, warn() {}, error() {} };

/** A connection to the embedded PostgreSQL of a running (or killed) server, past the server itself. */
export interface Stored {
  /** How many actions are not finished, and how many of them a node has in hand. */
  queued(): Promise<{ all: number; inHand: number }>;
  /** Whether everything is finished. */
  isEmpty(): Promise<boolean>;
  /** Parameters of the actions that a node has in hand. */
  paramsInHand(): Promise<string[]>;
  /** Of the executions in the log, how many have which status. */
  statuses(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

/** @throws {Error} when no PostgreSQL runs on the data folder */
export async function openStored(dataDir: string): Promise<Stored> {
  // https://www.postgresql.org/docs/current/storage-file-layout.html: pid, folder, start, port, socket folder.
  const lines = readFileSync(join(dataDir, 'database', 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  const client = new pg.Client({ host: lines[4]!, port: Number(lines[3]), user: SUPERUSER, database: 'postgres' });
  // A server that is stopped while we are connected says so here.
  client.on('error', () => {});
  await client.connect();
  const rows = async <Row>(sql: string): Promise<Row[]> => (await client.query(sql)).rows as Row[];
  return {
    async queued() {
      const sql = 'select count(*)::int as all, count(node)::int as "inHand" from patchbay.queue';
      return (await rows<{ all: number; inHand: number }>(sql))[0]!;
    },
    async isEmpty() {
      const sql = 'select not exists (select from patchbay.queue) as empty';
      return (await rows<{ empty: boolean }>(sql))[0]!.empty;
    },
    async paramsInHand() {
      const found = await rows<{ params: string }>('select params from patchbay.queue where node is not null');
      return found.map(({ params }) => params);
    },
    async statuses() {
      const sql = 'select status, count(*)::int as count from patchbay.executions group by status';
      const found = await rows<{ status: string; count: number }>(sql);
      return Object.fromEntries(found.map(({ status, count }) => [status, count]));
    },
    close: () => client.end(),
  };
}
