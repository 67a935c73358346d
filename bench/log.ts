import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { SUPERUSER } from '../src/db/embedded-cluster.ts';
import { call, PASSWORD } from './client.ts';
import type { Figure } from './figure.ts';
import { median } from './load.ts';
import { startServer } from './processes.ts';

const EXECUTIONS = 1_000_000;
const DAYS = 30;
const LIMIT_MS = 200;
const ROUNDS = 7;
const DAY_MS = 86_400_000;

const daysAgo = (days: number) => encodeURIComponent(new Date(Date.now() - days * DAY_MS).toISOString());

/** Every filter by itself, frequent and rare, those that meet in practice, and pages behind the first. */
const SEARCHES: Readonly<Record<string, string>> = {
  'newest of all': '',
  'page 50': 'page=50',
  'oldest first': 'sort=oldest',
  'one connector': 'connector_id=connector-77',
  'unknown connector': 'connector_id=nobody',
  'frequent type': 'connector_type_id=.webhook',
  'less frequent type': 'connector_type_id=.email',
  'rare type': 'connector_type_id=.slack',
  'frequent source': 'source=queue',
  'rare source': 'source=notification',
  succeeded: 'status=succeeded',
  failed: 'status=failed',
  'failed, page 50': 'status=failed&page=50',
  expired: 'status=expired',
  'failed or expired': 'status=failed&status=expired',
  waiting: 'status=queued&status=retrying',
  'last two days': `from=${daysAgo(2)}`,
  'one day long ago': `from=${daysAgo(20)}&to=${daysAgo(19)}`,
  'text of many names': 'text=connector',
  'text of one name': 'text=number+77+of',
  'text of many messages': 'text=answered+503',
  'text of a few messages': 'text=request+c4ca4238a0b9',
  'text of a code': 'text=egress_timeout',
  'text of two letters': 'text=ab',
  'text of nothing': 'text=no+such+words',
  'text and status': 'text=number+77+of&status=failed',
  'text and type': 'text=answered&connector_type_id=.email',
  'text and time': `text=answered&from=${daysAgo(3)}`,
  'connector and status': 'connector_id=connector-2&status=failed',
  'type and status': 'connector_type_id=.email&status=failed',
  'source and status': 'source=rule&status=failed',
  'type, source, status, time': `connector_type_id=.email&source=rule&status=failed&from=${daysAgo(10)}`,
};

/** Searches of the execution log, a million executions and attempts over a month in it. */
export async function benchLog(dataDir: string): Promise<Figure[]> {
  const server = await startServer(dataDir, PASSWORD);
  try {
    const id = await fill(dataDir);
    const results: { name: string; median: number; worst: number }[] = [];
    const measure = async (name: string, path: string) => {
      await call(server.url, 'GET', path);
      const times: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const started = performance.now();
        await call(server.url, 'GET', path);
        times.push(performance.now() - started);
      }
      return { name, median: median(times), worst: Math.max(...times) };
    };
    const one = await measure('one execution', `/api/actions/execution/${id}`);
    for (const [name, query] of Object.entries(SEARCHES)) {
      results.push(await measure(name, `/api/actions/executions?${query}`));
    }
    const reference = `${one.median.toFixed(1)} ms: one execution by its id`;
    const [slowest] = results.toSorted((a, b) => b.median - a.median);
    const [worst] = results.toSorted((a, b) => b.worst - a.worst);
    const million = (EXECUTIONS / 1e6).toFixed(0);
    const limits = (value: number) => ({
      unit: 'ms',
      reference,
      limit: `under ${LIMIT_MS} ms`,
      holds: value < LIMIT_MS,
    });
    return [
      {
        name: `search of ${million} million executions, ${results.length} kinds, median`,
        value: median(results.map((result) => result.median)),
        unit: 'ms',
        reference,
      },
      { name: `the slowest kind (${slowest!.name}), median`, value: slowest!.median, ...limits(slowest!.median) },
      { name: `the slowest answer of all (${worst!.name})`, value: worst!.worst, ...limits(worst!.worst) },
    ];
  } finally {
    await server.child.stop();
  }
}

/** A month of executions of a thousand connectors, one in twenty failed. @returns the id of one of them */
async function fill(dataDir: string): Promise<string> {
  // https://www.postgresql.org/docs/current/storage-file-layout.html: pid, folder, start, port, socket folder.
  const lines = readFileSync(join(dataDir, 'database', 'postgres', 'postmaster.pid'), 'utf8').split('\n');
  const client = new pg.Client({ host: lines[4]!, port: Number(lines[3]), user: SUPERUSER, database: 'postgres' });
  await client.connect();
  try {
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    for (let day = today - (DAYS + 1) * DAY_MS; day <= today; day += DAY_MS) {
      for (const table of ['executions', 'attempts']) await makeDay(client, table, day);
    }
    await client.query(EXECUTIONS_SQL);
    await client.query(ATTEMPTS_SQL);
    await client.query('vacuum analyze patchbay.executions, patchbay.attempts, patchbay.logged_connectors');
    const { rows } = await client.query<{ id: string }>(
      `select id from patchbay.executions offset ${EXECUTIONS / 2} limit 1`,
    );
    return rows[0]!.id;
  } finally {
    await client.end();
  }
}

/** As the server makes them for the days to come. */
async function makeDay(client: pg.Client, table: string, day: number): Promise<void> {
  const [from, to] = [new Date(day).toISOString(), new Date(day + DAY_MS).toISOString()];
  const name = `patchbay.${table}_${from.slice(0, 10).replaceAll('-', '')}`;
  await client.query(
    `create table if not exists ${name} partition of patchbay.${table} for values from ('${from}') to ('${to}')`,
  );
}

// Everything that looks random comes from a hash of the number, so each run measures the same.
const EXECUTIONS_SQL = `
insert into patchbay.executions (id, created_at, finished_at, space_id, connector_id, connector_type_id, connector_name,
  source, status, code, message, username, params)
select id, patchbay.uuid_time(id), patchbay.uuid_time(id) + interval '100 milliseconds', 'default', 'connector-' || c,
  case when c < 3 then '.slack' when c < 100 then '.email' else '.webhook' end,
  'Connector number ' || c || ' of team ' || c % 17,
  case when n % 20000 = 0 then 'notification' when n % 5 = 0 then 'rule' else 'queue' end,
  case when failed then 'failed' when n % 50021 = 0 then 'expired' else 'succeeded' end,
  case when failed then (array['target_unavailable', 'target_rejected', 'egress_timeout'])[1 + n % 3] end,
  case when failed then 'an error occurred while running the action: the target answered 503 to request ' || m end,
  'elastic', case when failed then '{"body":"{}"}' end
from (
  select n, m, hash % 1000 as c, hash / 1000 % 20 = 0 as failed,
    (left(time, 8) || '-' || right(time, 4) || '-7' || left(m, 3) || '-8' || substr(m, 4, 3) || '-' || right(m, 12))::uuid as id
  from (
    select n, md5(n::text) as m, ('x' || left(md5('connector' || n), 7))::bit(28)::int as hash,
      lpad(to_hex(floor(extract(epoch from now()) * 1000)::bigint - (${EXECUTIONS} - n) * ${(DAYS * DAY_MS) / EXECUTIONS}), 12, '0')
        as time
    from generate_series(1, ${EXECUTIONS}::bigint) as n
  ) as numbers
) as rows order by n`;

const ATTEMPTS_SQL = `
insert into patchbay.attempts (execution_id, created_at, attempt, due_at, started_at, duration_ms, outcome, code, message,
  requests)
select id, created_at, 1, created_at, created_at, 55.5, case when status = 'succeeded' then 'delivered' else 'failed' end,
  code, message, ('[{"method":"POST","url":"https://hooks.example.com/x","headers":{"content-type":"application/json"},'
    || '"body":"{}","status":200,"duration_ms":12.5}]')::json
from patchbay.executions`;
