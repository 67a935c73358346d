import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startEmbedded } from '../../src/db/embedded.ts';
import type { ConnectionTarget } from '../../src/db/types.ts';
import { execute, silentLog } from './database.ts';

/** A PostgreSQL as operators bring their own: on TCP, with a password, its user no superuser. */
export interface TcpServer {
  readonly target: ConnectionTarget;
  /** Over the socket, as superuser. */
  readonly admin: ConnectionTarget;
  stop(): Promise<void>;
}

/** @param folder an empty folder for its data */
export async function startTcpServer(folder: string): Promise<TcpServer> {
  const port = await freePort();
  const server = await startEmbedded({
    dataDir: folder,
    log: silentLog,
    settings: { listen_addresses: '127.0.0.1', port: String(port), fsync: 'off' },
  });
  const admin = server.connection;
  // Every password that needs care in a URL.
  const password = 'p@ss:w/ord?#%&+ ü';
  await execute(admin, `create role app login password '${password}'`);
  await execute(admin, 'create database app owner app');
  await writeFile(
    join(folder, 'postgres', 'pg_hba.conf'),
    'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
  );
  await execute(admin, 'select pg_reload_conf()');
  return { admin, target: { host: '127.0.0.1', port, user: 'app', password, database: 'app' }, stop: server.stop };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
