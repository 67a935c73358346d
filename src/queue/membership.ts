import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { QueueRows } from '../db/queue.ts';
import { isPatchbayError } from '../errors.ts';

/** This process among all that share the database. */
export interface Membership {
  /** New at each start, and again after this node was declared dead. */
  readonly node: () => string;
  /** With a heartbeat, this one included. */
  readonly nodes: () => number;
  start(): Promise<void>;
  /** Ends the heartbeat. */
  stop(): void;
  /** Takes leave, so that nobody has to wait for the silence. */
  leave(): Promise<void>;
}

export interface MembershipParts {
  readonly rows: Pick<QueueRows, 'register' | 'beat' | 'unregister' | 'hasDead' | 'takeOver'>;
  /** True when nobody else can use the database: then whoever was there before is dead. */
  readonly isAlone: boolean;
  readonly lastAttemptAt: () => Date | undefined;
  /** Others took over what this node had in hand. */
  readonly onLost: () => void;
  /** Actions of dead nodes are free again. */
  readonly onFreed: (count: number) => void;
  readonly warn: (error: unknown) => void;
}

const BEAT_MS = 2_000;
/** Longer than any pause that is no death; with the beat well below the 15 s in which work must resume. */
const SILENT_MS = 10_000;
/** Actions of a node that nobody knows: a safety net for what should not happen, and it reads the whole queue. */
const ORPHANS_EVERY_MS = 60_000;

export function createMembership(parts: MembershipParts): Membership {
  const { rows } = parts;
  let node = randomUUID();
  let nodes = 1;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let orphansLookedForMs = 0;

  async function beat(): Promise<void> {
    try {
      const alive = await rows.beat(node, parts.lastAttemptAt());
      if (isStopped) return;
      if (alive === 0) {
        parts.onLost();
        node = randomUUID();
        await rows.register(node, hostname());
      } else {
        nodes = alive;
      }
      const isTime = performance.now() - orphansLookedForMs > ORPHANS_EVERY_MS;
      if (isTime || (await rows.hasDead(node, SILENT_MS))) await takeOver(SILENT_MS);
    } catch (error) {
      if (!isPatchbayError(error, 'database_unavailable')) parts.warn(error);
    }
  }

  async function takeOver(silentMs: number): Promise<void> {
    orphansLookedForMs = performance.now();
    const freed = await rows.takeOver(node, silentMs);
    if (freed > 0) parts.onFreed(freed);
  }

  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => void beat().finally(schedule), BEAT_MS);
  }

  return {
    node: () => node,
    nodes: () => nodes,
    async start() {
      await rows.register(node, hostname());
      await takeOver(parts.isAlone ? 0 : SILENT_MS);
      schedule();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
    leave: () => rows.unregister(node),
  };
}
