import { existsSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { execute, silentLog } from '../../test/support/database.ts';
import { type EmbeddedOptions, type EmbeddedServer, startEmbedded } from './embedded.ts';
import { serversOn } from './embedded-leftovers.ts';
import type { ConnectionTarget } from './types.ts';

let parent: string;
/** A cluster that was set up once; tests start on copies of it. */
let prepared: string;
const running = new Set<EmbeddedServer>();

async function start(dataDir: string, options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedServer> {
  const server = await startEmbedded({ dataDir, log: silentLog, ...options });
  running.add(server);
  return server;
}

async function copyOfPrepared(): Promise<string> {
  const folder = await mkdtemp(join(parent, 'copy-'));
  await cp(prepared, folder, { recursive: true });
  return folder;
}

async function answer(target: ConnectionTarget, statement: string): Promise<unknown> {
  const client = new pg.Client(target);
  await client.connect();
  try {
    const { rows } = await client.query({ text: statement, rowMode: 'array' });
    return rows[0]?.[0];
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'patchbay-embedded-'));
  prepared = join(parent, 'prepared');
  const server = await start(prepared);
  await execute(server.connection, 'create table kept (value text)');
  await server.stop();
});
afterEach(async () => {
  for (const server of running) await server.stop();
  running.clear();
});
afterAll(() => rm(parent, { recursive: true, force: true }));

describe('an embedded server', () => {
  test('keeps its data over a restart', async () => {
    const folder = await copyOfPrepared();
    const first = await start(folder);
    await execute(first.connection, "insert into kept values ('yes')");
    await first.stop();
    const second = await start(folder);
    expect(await answer(second.connection, 'select value from kept')).toBe('yes');
  });

  test('is durable and speaks UTF-8', async () => {
    const { connection } = await start(await copyOfPrepared());
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums']) {
      expect(await answer(connection, `show ${setting}`), setting).toBe('on');
    }
    expect(await answer(connection, 'show server_encoding')).toBe('UTF8');
    expect(await answer(connection, "select lower('ÄÖ')")).toBe('äö');
  });

  test('listens on a socket in a private folder with a short name, and on no port', async () => {
    const { connection, stop } = await start(await copyOfPrepared());
    expect(await answer(connection, 'show listen_addresses')).toBe('');
    expect(statSync(connection.host).mode & 0o777).toBe(0o700);
    expect(`${connection.host}/.s.PGSQL.${connection.port}`.length).toBeLessThan(104);
    await stop();
    expect(existsSync(connection.host)).toBe(false);
  });

  test('leaves nothing behind when stopped, also when stopped twice', async () => {
    const folder = await copyOfPrepared();
    const server = await start(folder);
    expect(serversOn(join(folder, 'postgres'))).toContain(server.pid);
    await Promise.all([server.stop(), server.stop()]);
    expect(server.pid).toBeUndefined();
    expect(serversOn(join(folder, 'postgres'))).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(['patchbay.lock', 'postgres']);
  });

  test('works below a folder that other users may not enter', async () => {
    const closed = await mkdtemp(join(parent, 'closed-'));
    await chmod(closed, 0o700);
    const server = await start(join(closed, 'deep', 'er'));
    expect(await answer(server.connection, 'select 1')).toBe(1);
    // Made in a user namespace or not, on disk the files are ours.
    expect(statSync(join(closed, 'deep/er/postgres/PG_VERSION')).uid).toBe(process.getuid!());
  });

  test.skipIf(process.getuid!() !== 0)(
    'runs as a system user where user namespaces are forbidden (only root can try)',
    async ({ skip }) => {
      const folder = join(parent, 'system-user');
      await chmod(parent, 0o711);
      const server = await start(folder, { userNamespaces: false }).catch((error: Error) => error);
      if (server instanceof Error) {
        // As on a machine whose installation lies below root's home.
        expect(server.message).toMatch(/PostgreSQL does not run as root.*ordinary user.*patchbay\.database\.url/s);
        skip('no other user may run the binaries here');
        return;
      }
      expect(await answer(server.connection, 'select 1')).toBe(1);
      expect(statSync(join(folder, 'postgres')).uid).not.toBe(0);
      await server.stop();
      // The owner of existing files is kept, also where a namespace would be possible.
      const again = await start(folder);
      expect(await answer(again.connection, 'select 1')).toBe(1);
    },
  );

  test.skipIf(process.getuid!() !== 0)('as root without any way out says what to do', async () => {
    const closed = await mkdtemp(join(parent, 'nobody-else-'));
    await chmod(closed, 0o700);
    await expect(start(join(closed, 'data'), { userNamespaces: false })).rejects.toMatchObject({
      code: 'database_setup_failed',
      message: expect.stringMatching(
        /^PostgreSQL does not run as root, .* ordinary user, or set patchbay\.database\.url/,
      ),
    });
    expect(await readdir(join(closed, 'data'))).toEqual(['patchbay.lock']);
  });
});

describe('a data folder', () => {
  test('serves one Patchbay at a time, and is free again after a stop', async () => {
    const folder = await copyOfPrepared();
    const first = await start(folder);
    await expect(start(folder)).rejects.toMatchObject({
      code: 'database_setup_failed',
      message: expect.stringMatching(
        new RegExp(
          `^The data folder .* is in use by another Patchbay \\(process ${process.pid} on host ".+", since 20`,
        ),
      ),
    });
    expect(await answer(first.connection, 'select 1')).toBe(1);
    await first.stop();
    await start(folder);
  });

  test.each([
    ['17', /was made by PostgreSQL 17, this Patchbay brings PostgreSQL 18\. Dump it with pg_dump/],
    ['19', /was made by PostgreSQL 19, this Patchbay brings PostgreSQL 18\. Start the newer Patchbay/],
    ['9.6', /was made by PostgreSQL 9\.6,/],
  ])('of PostgreSQL %s is refused with the remedy', async (version, message) => {
    const folder = await mkdtemp(join(parent, 'version-'));
    await mkdir(join(folder, 'postgres'));
    await writeFile(join(folder, 'postgres', 'PG_VERSION'), `${version}\n`);
    await expect(start(folder)).rejects.toMatchObject({
      code: 'database_setup_failed',
      message: expect.stringMatching(message),
    });
  });

  test('with somebody else’s files is left alone', async () => {
    const folder = await mkdtemp(join(parent, 'foreign-'));
    await mkdir(join(folder, 'postgres'));
    await writeFile(join(folder, 'postgres', 'letter.txt'), 'mine');
    await expect(start(folder)).rejects.toThrow(/holds files, but no PostgreSQL database/);
    expect(await readdir(join(folder, 'postgres'))).toEqual(['letter.txt']);
  });

  test('whose setting up was interrupted is set up again', async () => {
    const folder = await mkdtemp(join(parent, 'half-'));
    await mkdir(join(folder, 'postgres.unfinished-abc', 'base'), { recursive: true });
    await writeFile(join(folder, 'postgres.unfinished-abc', 'PG_VERSION'), '18\n');
    await mkdir(join(folder, 'postgres'));
    const { connection } = await start(folder);
    expect(await answer(connection, 'select 1')).toBe(1);
    expect((await readdir(folder)).filter((name) => name.includes('unfinished'))).toEqual([]);
  });

  test('that is a file, or below one, is refused', async () => {
    const file = join(parent, 'file');
    await writeFile(file, '');
    await expect(start(join(file, 'data'))).rejects.toThrow(/cannot be made .* Set path\.data to a folder/);
  });

  test('the server cannot read is refused with the server’s reason', async () => {
    const folder = await copyOfPrepared();
    await rm(join(folder, 'postgres', 'global', 'pg_control'));
    await expect(start(folder)).rejects.toThrow(
      /^The embedded PostgreSQL did not start: .*or set patchbay\.database\.url/s,
    );
  });
});
