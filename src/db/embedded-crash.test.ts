import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../test/support/wait.ts';
import { serversOn } from './embedded-leftovers.ts';
import { type Database, openDatabase } from './index.ts';
import { metaRows } from './meta.ts';

const CHILD = join(import.meta.dirname, '../../test/support/embedded-child.ts');
let dataDir: string;
let folder: string;
let cluster: string;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'patchbay-crash-'));
  folder = join(dataDir, 'database');
  cluster = join(folder, 'postgres');
  const db = await open();
  await metaRows(db.kysely).set('kept', true);
  await db.stop();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
});

async function open(lines: string[] = []): Promise<Database> {
  const note = (message: string) => void lines.push(message);
  return openDatabase({ dataDir, log: { debug() {}, info: note, warn: note, error: note } });
}

/** Opens the database here and sees that nothing was lost. */
async function expectIntact(lines: string[] = []): Promise<void> {
  const db = await open(lines);
  try {
    expect(await metaRows(db.kysely).get('kept')).toBe(true);
  } finally {
    await db.stop();
  }
}

async function startChild(): Promise<{ child: ChildProcess; postgres: number }> {
  const child = spawn(process.execPath, [CHILD, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, postgres: (JSON.parse(line.toString()) as { postgres: number }).postgres };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}

async function socketFolder(): Promise<string> {
  return (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[4]!;
}

/** Pids of the watchdogs of a server. */
function watchdogsOf(postgres: number): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => line.includes(`patchbay-watchdog ${postgres} `))
    .map((line) => Number.parseInt(line, 10));
}

test('the server ends by itself when its Patchbay is killed', async () => {
  const { child, postgres } = await startChild();
  expect(serversOn(cluster)).toContain(postgres);
  expect(watchdogsOf(postgres)).toHaveLength(1);
  const socketDir = await socketFolder();
  expect(existsSync(socketDir)).toBe(true);
  await kill(child);
  await until(() => serversOn(cluster).length === 0, 'the server is gone');
  await until(() => watchdogsOf(postgres).length === 0, 'the watchdog is gone');
  expect(existsSync(socketDir)).toBe(false);
  await expectIntact();
});

test('a folder that another process uses is refused, naming that process', async () => {
  const { child, postgres } = await startChild();
  await expect(open()).rejects.toMatchObject({
    code: 'database_setup_failed',
    message: expect.stringContaining(`in use by another Patchbay (process ${child.pid} on host "`),
  });
  expect(serversOn(cluster)).toContain(postgres);
  await kill(child);
});

test('a server left running is stopped and its socket folder removed', async () => {
  const { child, postgres } = await startChild();
  for (const pid of watchdogsOf(postgres)) process.kill(pid, 'SIGKILL');
  const socketDir = await socketFolder();
  await kill(child);
  expect(serversOn(cluster)).toContain(postgres);
  const lines: string[] = [];
  await expectIntact(lines);
  expect(lines).toContain('An earlier server process still runs on the embedded database; it is stopped first.');
  expect(serversOn(cluster)).toEqual([]);
  expect(existsSync(socketDir)).toBe(false);
});

test('a start directly after a kill, server and watchdog still busy with it, works', async () => {
  const { child } = await startChild();
  await kill(child);
  await expectIntact();
});

test('Patchbay and server killed at once: the next start recovers', async () => {
  const { child, postgres } = await startChild();
  process.kill(postgres, 'SIGKILL');
  await kill(child);
  expect(existsSync(join(cluster, 'postmaster.pid'))).toBe(true);
  await expectIntact();
});

test('a pid file whose number is another program’s by now is no obstacle', async () => {
  const stranger = spawn('sleep', ['600'], { stdio: 'ignore' });
  children.add(stranger);
  const file = [stranger.pid, cluster, '1700000000', '5432', '/nonexistent', '', ' 12345 67890', 'ready   ', ''];
  await writeFile(join(cluster, 'postmaster.pid'), file.join('\n'));
  await expectIntact();
  expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
});

test('a pid file that is garbage is no obstacle', async () => {
  await writeFile(join(cluster, 'postmaster.pid'), '');
  await expectIntact();
});

test('initdb killed in the middle leaves nothing that counts', async () => {
  const fresh = await mkdtemp(join(tmpdir(), 'patchbay-init-'));
  try {
    const child = spawn(process.execPath, [CHILD, fresh], { stdio: 'ignore' });
    children.add(child);
    const unfinished = () => readdirSync(fresh).find((name) => name.startsWith('postgres.unfinished-'));
    await until(() => existsSync(join(fresh, unfinished() ?? 'none', 'global')), 'initdb is at work');
    await kill(child);
    expect(existsSync(join(fresh, 'postgres'))).toBe(false);
    const second = spawn(process.execPath, [CHILD, fresh], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(second);
    await once(second.stdout!, 'data');
    expect(readFileSync(join(fresh, 'postgres', 'PG_VERSION'), 'utf8')).toBe('18\n');
    await kill(second);
    await until(() => serversOn(join(fresh, 'postgres')).length === 0, 'the server is gone');
  } finally {
    await rm(fresh, { recursive: true, force: true, maxRetries: 10 });
  }
});

test.each(['SIGKILL', 'SIGQUIT', 'SIGINT'] as const)(
  'a server that ends by %s while we run comes back, and requests fail with 503 until then',
  async (signal) => {
    const lines: string[] = [];
    const db = await open(lines);
    try {
      const lost: string[] = [];
      const heard: string[] = [];
      await db.listen(
        'news',
        (payload) => heard.push(payload),
        () => lost.push('lost'),
      );
      await sql`create table if not exists patchbay.counted (n int)`.execute(db.kysely);
      const [postmaster] = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
      process.kill(Number(postmaster), signal);

      await until(() => !db.available(), 'the loss is noticed');
      const errors = new Set<string>();
      await until(async () => {
        try {
          await sql`insert into patchbay.counted values (1)`.execute(db.kysely);
          return true;
        } catch (error) {
          errors.add((error as { code: string }).code);
          return false;
        }
      }, 'queries work again');
      expect([...errors].filter((code) => code !== 'database_unavailable')).toEqual([]);
      await until(() => db.available() && db.listening() && lost.length === 1, 'everything is as before');
      await sql`select pg_notify('news', 'hello')`.execute(db.kysely);
      await until(() => heard.length === 1, 'the notification is heard');
      expect(heard).toEqual(['hello']);
      expect(await metaRows(db.kysely).get('kept')).toBe(true);
      expect(lines.some((line) => /^The embedded PostgreSQL ended unexpectedly/.test(line))).toBe(true);
    } finally {
      await db.stop();
    }
    expect(serversOn(cluster)).toEqual([]);
  },
);

test('a backend that is killed makes the server recover, and requests with it', async () => {
  const db = await open();
  try {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db.kysely);
    process.kill(rows[0]!.pid, 'SIGKILL');
    await until(async () => {
      const value = await metaRows(db.kysely)
        .get('kept')
        .catch((error: { code: string }) => error.code);
      expect([true, 'database_unavailable']).toContain(value);
      return value === true;
    }, 'queries work again');
  } finally {
    await db.stop();
  }
});
