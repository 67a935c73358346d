import type { ClaimedRow } from '../db/queue.ts';
import type { Circuit } from './circuit.ts';
import type { RateLimit } from './rate-limit.ts';

/** An action that this node has in hand. */
export interface Item extends Omit<ClaimedRow, 'params'> {
  readonly params: unknown;
  /** Of the params as JSON. */
  readonly characters: number;
}

/** What this node knows of one connector's actions, and what holds them back. */
export interface Lane {
  readonly connectorId: string;
  readonly connectorTypeId: string;
  /** As the last action that was begun knew it. */
  connectorName?: string;
  readonly concurrency: number;
  readonly circuit: Circuit;
  readonly rate: RateLimit;
  /** In hand and not begun, oldest first. */
  readonly waiting: Item[];
  running: number;
  /** Places promised to actions that are being stored. */
  reserved: number;
  /** Of {@link waiting}. */
  characters: number;
  /** The database may hold due actions of this connector that nobody has. */
  hasBacklog: boolean;
  /** How often that was noted. */
  backlogNotes: number;
  /** Of the oldest due action that nobody has, when the database was last asked. */
  oldestDueAt?: Date;
  /** How many fit into a claim without holding too many characters; learned from what was claimed. */
  averageCharacters: number;
  /** How many it should have in hand beyond what runs; doubles when it runs dry, shrinks while there is plenty. */
  ahead: number;
  /** No less than this. */
  readonly leastAhead: number;
  /** The last claim brought as many as it asked for. */
  wasFull: boolean;
  /** Wakes the lane when its circuit or rate limit lets it go on. */
  timer?: NodeJS.Timeout;
}

const AHEAD_MAX = 1_000;
const SIZE_WEIGHT = 0.05;
/** Of one lane, so that large params cannot fill the memory. */
const CHARACTERS_MAX = 4 * 1024 * 1024;

export function createLane(
  connectorId: string,
  connectorTypeId: string,
  limits: { concurrency: number; leastAhead: number; circuit: Circuit; rate: RateLimit },
): Lane {
  return {
    connectorId,
    connectorTypeId,
    ...limits,
    waiting: [],
    running: 0,
    reserved: 0,
    characters: 0,
    hasBacklog: false,
    backlogNotes: 0,
    averageCharacters: 1_000,
    ahead: limits.leastAhead,
    wasFull: false,
  };
}

/** How many actions this lane may have in hand and not begun. */
function aheadOf(lane: Lane): number {
  const bySize = Math.max(1, Math.floor(CHARACTERS_MAX / lane.averageCharacters));
  return Math.min(Math.ceil(lane.ahead), bySize);
}

/**
 * Learns from a look at the lane before a claim how much to claim: a lane that ran dry since the last one is faster than a
 * round trip to the database. The less a lane needs in hand, the more is left for other nodes, and the less is
 * interrupted if this one dies.
 */
export function adaptAhead(lane: Lane): void {
  if (lane.waiting.length === 0 && lane.wasFull) lane.ahead = Math.min(AHEAD_MAX, lane.ahead * 2);
  else if (lane.waiting.length > lane.ahead / 2) lane.ahead = Math.max(lane.leastAhead, lane.ahead * 0.9);
}

/** How many more it may take in hand. */
export function roomOf(lane: Lane): number {
  if (lane.circuit.state === 'open') return 0;
  const inHand = lane.waiting.length + lane.reserved;
  if (lane.circuit.state === 'half_open') return inHand === 0 && lane.circuit.waitMs() === 0 ? 1 : 0;
  if (lane.rate.waitMs() > 0) return Math.max(0, 1 - inHand);
  return Math.max(0, aheadOf(lane) - inHand);
}

/** Whether it has room for a claim that is worth its round trip. */
export function wantsMore(lane: Lane): boolean {
  const room = roomOf(lane);
  return room > 0 && (lane.waiting.length === 0 || room >= lane.ahead / 2);
}

export function noteSize(lane: Lane, characters: number): void {
  lane.averageCharacters += (characters - lane.averageCharacters) * SIZE_WEIGHT;
}

/** Nothing to do, nothing to remember. */
export function isIdle(lane: Lane): boolean {
  return (
    lane.waiting.length === 0 &&
    lane.running === 0 &&
    lane.reserved === 0 &&
    !lane.hasBacklog &&
    lane.circuit.state === 'closed' &&
    lane.timer === undefined
  );
}
