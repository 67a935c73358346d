import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { errorText } from '../errors.ts';
import type { DatabaseLog } from './types.ts';

/** Notifications of the database over one connection of its own, which is made again when it breaks. */
export interface Listener {
  /**
   * Subscribes to a channel; resolves when notifications arrive from now on.
   *
   * @param onNotify gets the payload
   * @param onLost called after a break, once subscribed again: notifications may have been missed, so read again
   * @returns ends the subscription
   */
  listen(channel: string, onNotify: (payload: string) => void, onLost: () => void): Promise<() => Promise<void>>;
  /** False from the moment the connection breaks until everything is subscribed again. */
  connected(): boolean;
  stop(): Promise<void>;
}

interface Subscription {
  channel: string;
  onNotify(payload: string): void;
  onLost(): void;
}

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;
/** A connection that carries nothing for hours may be dead without either side knowing. */
const PING_MS = 30_000;
const PING_TIMEOUT_MS = 5_000;

export function createListener(config: pg.ClientConfig, log: DatabaseLog): Listener {
  const subscriptions = new Set<Subscription>();
  const stopping = new AbortController();
  let client: pg.Client | undefined;
  let connecting: Promise<void> | undefined;

  async function open(): Promise<void> {
    const fresh = new pg.Client({ ...config, query_timeout: PING_TIMEOUT_MS });
    // Both come on a break, in either order; only the first finds itself current.
    fresh.on('error', () => lost(fresh));
    fresh.on('end', () => lost(fresh));
    fresh.on('notification', ({ channel, payload }) => {
      for (const entry of subscriptions) if (entry.channel === channel) entry.onNotify(payload ?? '');
    });
    try {
      await fresh.connect();
      for (const channel of new Set([...subscriptions].map((entry) => entry.channel))) {
        await fresh.query(`listen ${pg.escapeIdentifier(channel)}`);
      }
    } catch (error) {
      await fresh.end().catch(() => {});
      throw error;
    }
    client = fresh;
  }

  function lost(broken: pg.Client): void {
    if (client !== broken) return;
    client = undefined;
    void broken.end().catch(() => {});
    if (stopping.signal.aborted) return;
    log.debug('The connection for notifications of the database broke; it is made again.');
    connecting ??= reopen().finally(() => {
      connecting = undefined;
    });
  }

  async function reopen(): Promise<void> {
    for (let pauseMs = RETRY_FIRST_MS; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, RETRY_MAX_MS)) {
      await sleep(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
      if (stopping.signal.aborted) return;
      try {
        await open();
      } catch (error) {
        log.debug(`No connection for notifications of the database yet: ${errorText(error)}`);
        continue;
      }
      for (const entry of subscriptions) entry.onLost();
      return;
    }
  }

  // One after the other: pg 9 takes no second query while one is under way.
  let asked: Promise<unknown> = Promise.resolve();
  function ask(statement: string): Promise<unknown> {
    asked = asked.catch(() => {}).then(() => client?.query(statement));
    return asked;
  }

  const ping = setInterval(() => {
    const current = client;
    if (current !== undefined) ask('select 1').catch(() => lost(current));
  }, PING_MS);
  ping.unref();

  return {
    async listen(channel, onNotify, onLost) {
      const entry = { channel, onNotify, onLost };
      subscriptions.add(entry);
      try {
        if (client === undefined) {
          connecting ??= open().finally(() => {
            connecting = undefined;
          });
          await connecting;
        }
        // Again even after open(): it may have been under way already when this channel was added.
        await ask(`listen ${pg.escapeIdentifier(channel)}`);
      } catch (error) {
        subscriptions.delete(entry);
        throw error;
      }
      return async () => {
        subscriptions.delete(entry);
        const isLast = ![...subscriptions].some((other) => other.channel === channel);
        if (isLast) await ask(`unlisten ${pg.escapeIdentifier(channel)}`).catch(() => {});
      };
    },
    connected: () => client !== undefined,
    async stop() {
      stopping.abort();
      clearInterval(ping);
      await connecting?.catch(() => {});
      const last = client;
      client = undefined;
      await last?.end().catch(() => {});
    },
  };
}
