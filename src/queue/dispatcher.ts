import type { CircuitState } from '../events/run-events.ts';
import type { Ended } from './attempt.ts';
import { adaptAhead, type Item, isIdle, type Lane, noteSize, roomOf, wantsMore } from './lane.ts';

export interface Limits {
  /** Actions at once on this node. */
  readonly concurrency: number;
  readonly typeConcurrency: (connectorTypeId: string) => number;
  /** Milliseconds; an attempt that takes longer is given up. */
  readonly timeoutMs: number;
  /** Types whose actions this node leaves alone. */
  readonly isExcluded: (connectorTypeId: string) => boolean;
}

export interface DispatcherParts {
  readonly limits: Limits;
  readonly createLane: (connectorId: string, connectorTypeId: string) => Lane;
  /** One attempt, from beginning to end; never rejects. */
  readonly attempt: (item: Item) => Promise<Ended>;
  /** Told when an attempt ends, or was given up after {@link Limits.timeoutMs} (then `undefined`). Stores it. */
  readonly settle: (item: Item, ended: Ended | undefined, startedAt: Date) => Promise<void>;
  /** Gives claimed actions back, whose connector must wait. */
  readonly release: (ids: readonly string[]) => void;
  readonly onCircuit: (item: Item, lane: Lane, state: CircuitState) => void;
  /** An action is no longer in hand. */
  readonly onSettled: (executionId: string) => void;
  /** There is room for actions that the database holds. */
  readonly onRoom: () => void;
}

/** Starts what this node has in hand, within every limit. Holds all state of the connectors on this node. */
export interface Dispatcher {
  lane(connectorId: string, connectorTypeId: string): Lane;
  lanes(): Iterable<Lane>;
  /** Notes whether the database may hold due actions of a connector that nobody has. */
  setBacklog(lane: Lane, hasBacklog: boolean): void;
  /** Promises a place for an action that is about to be stored as claimed; false: let it wait in the database. */
  reserve(lane: Lane): boolean;
  /** Takes back a promise. */
  unreserve(lane: Lane): void;
  take(lane: Lane, item: Item): void;
  /** Lanes that want to claim, with how many; in turn, at most `max` lanes. */
  wanted(max: number): Wanted[];
  /** Notes that a claim found all there is, unless more was noted since. */
  emptied(wanted: Wanted): void;
  /** Takes an action that has not begun out of hand. */
  drop(executionId: string, spaceId: string): Item | undefined;
  /** Takes all that have not begun. */
  dropAll(): Item[];
  /** Connectors whose circuit or rate limit lets nothing begin now. */
  heldBack(): string[];
  running(): number;
  /** What this node has claimed: waiting, running, or being stored. */
  idsInHand(): string[];
  /** When an attempt last began or ended. */
  lastAttemptAt(): Date | undefined;
  /** Begins nothing any more. */
  pause(): void;
  stop(): void;
}

export interface Wanted {
  readonly lane: Lane;
  readonly wanted: number;
  /** {@link Lane.backlogNotes} when it was asked for. */
  readonly notes: number;
}

/** In hand on this node, whatever the lanes would like. */
const IN_HAND_MAX = 5_000;
const LOOK_MS = 1_000;

interface Running {
  readonly item: Item;
  readonly lane: Lane;
  readonly startedAt: Date;
  readonly startedMs: number;
}

export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const { limits } = parts;
  const lanes = new Map<string, Lane>();
  const runningByType = new Map<string, number>();
  const runs = new Map<string, Running>();
  /** In hand; {@link inHand} counts the places that are promised, too. */
  const ids = new Set<string>();
  const backlogged = new Set<Lane>();
  /** Lanes that could start something if a limit above them allowed it. */
  const held = new Set<Lane>();
  let inHand = 0;
  let isPaused = false;
  let lastAttemptMs: number | undefined;

  function laneOf(connectorId: string, connectorTypeId: string): Lane {
    let lane = lanes.get(connectorId);
    if (lane === undefined) {
      lane = parts.createLane(connectorId, connectorTypeId);
      lanes.set(connectorId, lane);
    }
    return lane;
  }

  function setBacklog(lane: Lane, hasBacklog: boolean): void {
    lane.hasBacklog = hasBacklog;
    if (hasBacklog) lane.backlogNotes += 1;
    if (hasBacklog) backlogged.add(lane);
    else backlogged.delete(lane);
  }

  function mayStartMore(lane: Lane): boolean {
    const ofType = runningByType.get(lane.connectorTypeId) ?? 0;
    return runs.size < limits.concurrency && ofType < limits.typeConcurrency(lane.connectorTypeId);
  }

  function pump(lane: Lane): void {
    while (!isPaused && lane.waiting.length > 0 && lane.running < lane.concurrency) {
      if (!mayStartMore(lane)) {
        held.add(lane);
        return;
      }
      const waitMs = lane.rate.waitMs();
      if (waitMs > 0) {
        wakeLater(lane, waitMs);
        return;
      }
      if (!lane.circuit.mayStart()) return;
      lane.rate.take();
      start(lane, lane.waiting.shift()!);
    }
  }

  function start(lane: Lane, item: Item): void {
    lane.characters -= item.characters;
    lane.running += 1;
    lane.connectorName = item.connectorName;
    runningByType.set(lane.connectorTypeId, (runningByType.get(lane.connectorTypeId) ?? 0) + 1);
    const run = { item, lane, startedAt: new Date(), startedMs: performance.now() };
    runs.set(item.id, run);
    lastAttemptMs = run.startedAt.getTime();
    void parts.attempt(item).then((ended) => end(run, ended));
  }

  /** @param ended undefined: it took too long, and whatever still comes of it is ignored */
  function end(run: Running, ended: Ended | undefined): void {
    const { item, lane } = run;
    if (runs.get(item.id) !== run) return;
    runs.delete(item.id);
    lane.running -= 1;
    runningByType.set(lane.connectorTypeId, runningByType.get(lane.connectorTypeId)! - 1);
    lastAttemptMs = Date.now();
    noteVerdict(run, ended);
    void parts.settle(item, ended, run.startedAt).finally(() => {
      letGo(item.id);
      inHand -= 1;
      if (lane.hasBacklog) parts.onRoom();
    });
    pump(lane);
    if (held.size > 0) pumpHeld();
    if (lane.hasBacklog && wantsMore(lane)) parts.onRoom();
  }

  function letGo(executionId: string): void {
    ids.delete(executionId);
    parts.onSettled(executionId);
  }

  /** Each in turn, the one that waited longest first. */
  function pumpHeld(): void {
    for (const lane of [...held]) {
      held.delete(lane);
      pump(lane);
      if (runs.size >= limits.concurrency) return;
    }
  }

  function noteVerdict({ item, lane, startedMs }: Running, ended: Ended | undefined): void {
    const before = lane.circuit.state;
    if (ended === undefined || ended.reachedTarget) {
      const code = ended === undefined ? 'timed_out' : ended.code;
      lane.circuit.record({ startedMs, code, reason: ended?.message });
      if (code === 'target_rate_limited') lane.rate.limited(ended?.retryAt);
      else if (code === undefined) lane.rate.succeeded();
    } else {
      lane.circuit.giveBack(startedMs);
    }
    const after = lane.circuit.state;
    if (before === after) return;
    parts.onCircuit(item, lane, after);
    if (after === 'open') holdBack(lane);
  }

  /** Others may have them; and this node must not sit on work that it will not do soon. */
  function holdBack(lane: Lane): void {
    const held = lane.waiting.map((item) => item.id);
    inHand -= held.length;
    lane.waiting.length = 0;
    lane.characters = 0;
    setBacklog(lane, true);
    if (held.length > 0) parts.release(held);
    for (const id of held) letGo(id);
    wakeLater(lane, lane.circuit.waitMs());
  }

  function wakeLater(lane: Lane, waitMs: number): void {
    if (lane.timer !== undefined) return;
    lane.timer = setTimeout(() => {
      lane.timer = undefined;
      pump(lane);
      if (lane.hasBacklog) parts.onRoom();
    }, Math.ceil(waitMs) + 1);
  }

  /** What waits behind a slow target is told its end when its time has passed, not when its turn comes. */
  function expireWaiting(lane: Lane): void {
    const now = new Date();
    const isLate = (item: Item) => item.deliverBy !== undefined && item.deliverBy <= now;
    for (const item of lane.waiting.filter(isLate)) {
      remove(lane, item.id);
      void parts
        .attempt(item)
        .then((ended) => parts.settle(item, ended, now))
        .finally(() => {
          letGo(item.id);
          inHand -= 1;
        });
    }
  }

  /** Out of the waiting ones. */
  function remove(lane: Lane, executionId: string): Item | undefined {
    const index = lane.waiting.findIndex((item) => item.id === executionId);
    if (index < 0) return undefined;
    const [item] = lane.waiting.splice(index, 1);
    lane.characters -= item!.characters;
    return item;
  }

  const look = setInterval(() => {
    const late = performance.now() - limits.timeoutMs;
    for (const run of runs.values()) if (run.startedMs < late) end(run, undefined);
    for (const lane of lanes.values()) if (lane.waiting.length > 0) expireWaiting(lane);
    if (lanes.size > 1_000) for (const lane of lanes.values()) if (isIdle(lane)) lanes.delete(lane.connectorId);
  }, LOOK_MS);
  look.unref();

  return {
    lane: laneOf,
    lanes: () => lanes.values(),
    setBacklog,

    reserve(lane) {
      const mayTake =
        !isPaused &&
        !lane.hasBacklog &&
        inHand < IN_HAND_MAX &&
        roomOf(lane) > 0 &&
        !limits.isExcluded(lane.connectorTypeId);
      if (mayTake) {
        lane.reserved += 1;
        inHand += 1;
      }
      return mayTake;
    },
    unreserve(lane) {
      lane.reserved -= 1;
      inHand -= 1;
    },
    take(lane, item) {
      inHand += 1;
      ids.add(item.id);
      // What was interrupted is older than whatever waits, and others of its kind wait for it.
      if (item.interrupted > 0) lane.waiting.unshift(item);
      else lane.waiting.push(item);
      lane.characters += item.characters;
      noteSize(lane, item.characters);
      if (isPaused) return;
      if (lane.circuit.state === 'open') holdBack(lane);
      else pump(lane);
    },
    wanted(max) {
      const found: Wanted[] = [];
      if (isPaused || inHand >= IN_HAND_MAX) return found;
      for (const lane of [...backlogged]) {
        if (limits.isExcluded(lane.connectorTypeId)) continue;
        if (!wantsMore(lane)) continue;
        adaptAhead(lane);
        found.push({ lane, wanted: roomOf(lane), notes: lane.backlogNotes });
        // Whoever claimed goes to the end of the line.
        backlogged.delete(lane);
        backlogged.add(lane);
        if (found.length === max) break;
      }
      return found;
    },
    emptied({ lane, notes }) {
      if (lane.backlogNotes === notes) setBacklog(lane, false);
    },
    drop(executionId, spaceId) {
      for (const lane of lanes.values()) {
        const item = lane.waiting.find(({ id }) => id === executionId);
        if (item === undefined || item.spaceId !== spaceId) continue;
        inHand -= 1;
        letGo(executionId);
        return remove(lane, executionId);
      }
      return undefined;
    },
    dropAll() {
      const all: Item[] = [];
      for (const lane of lanes.values()) {
        all.push(...lane.waiting.splice(0));
        lane.characters = 0;
      }
      inHand -= all.length;
      for (const item of all) letGo(item.id);
      return all;
    },
    heldBack: () =>
      [...lanes.values()]
        .filter(
          (lane) => lane.circuit.state === 'open' || lane.rate.waitMs() > 0 || limits.isExcluded(lane.connectorTypeId),
        )
        .map((lane) => lane.connectorId),
    running: () => runs.size,
    idsInHand: () => [...ids],
    lastAttemptAt: () => (lastAttemptMs === undefined ? undefined : new Date(lastAttemptMs)),
    pause() {
      isPaused = true;
    },
    stop() {
      isPaused = true;
      clearInterval(look);
      for (const lane of lanes.values()) clearTimeout(lane.timer);
    },
  };
}
