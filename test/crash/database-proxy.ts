import type { AddressInfo } from 'node:net';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ConnectionTarget } from '../../src/db/types.ts';

/** Stands between a server and its PostgreSQL, as a network that breaks. */
export interface DatabaseProxy {
  readonly port: number;
  /** Ends all connections, on both sides. */
  drop(): void;
  /** All connections there are go silent for the server, for ever, while PostgreSQL sees them end: a lost route. */
  vanish(): void;
  /** Nothing passes in either direction until {@link resume}; what was sent arrives then. */
  stall(): void;
  /** Ends all connections and takes no new ones until {@link resume}. */
  refuse(): void;
  resume(): void;
}

interface Pair {
  readonly client: Socket;
  readonly database: Socket;
}

/** Serves on a free loopback port until the test is done. */
export async function startDatabaseProxy({ host, port }: ConnectionTarget): Promise<DatabaseProxy> {
  const to: NetConnectOpts = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  const pairs = new Set<Pair>();
  const vanished = new Set<Socket>();
  let isStalled = false;
  let isRefusing = false;

  const server = createServer((client) => {
    client.on('error', () => {});
    if (isRefusing) return void client.destroy();
    const database = connect(to).on('error', () => {});
    const pair = { client, database };
    pairs.add(pair);
    client.on('close', () => end(pair));
    database.on('close', () => end(pair));
    client.pipe(database).pipe(client);
    if (isStalled) hold(pair);
  });

  function end(pair: Pair): void {
    if (!pairs.delete(pair)) return;
    pair.client.destroy();
    pair.database.destroy();
  }

  function hold({ client, database }: Pair): void {
    client.unpipe(database);
    database.unpipe(client);
    client.pause();
    database.pause();
  }

  function dropAll(): void {
    for (const pair of [...pairs]) end(pair);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    dropAll();
    for (const socket of vanished) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    drop: dropAll,
    vanish() {
      for (const pair of [...pairs]) {
        pairs.delete(pair);
        hold(pair);
        pair.database.destroy();
        vanished.add(pair.client);
      }
    },
    stall() {
      isStalled = true;
      for (const pair of pairs) hold(pair);
    },
    refuse() {
      isRefusing = true;
      dropAll();
    },
    resume() {
      isRefusing = false;
      if (isStalled) for (const { client, database } of pairs) client.pipe(database).pipe(client);
      isStalled = false;
    },
  };
}
