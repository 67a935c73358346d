/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  chance(share: number): boolean;
  pick<T>(items: readonly T[]): T;
}

/** Marsaglia's xorshift with 32 bits (https://www.jstatsoft.org/article/view/v008i14). */
export function createRandom(seed: number): Random {
  // A zero would stay zero for ever; small seeds need some steps until their bits are spread.
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  for (let n = 0; n < 20; n += 1) next();
  const between = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return { between, chance: (share) => next() < share, pick: (items) => items[between(0, items.length - 1)]! };
}

/** How the target of a connector behaves; see `targets.ts`. */
export const BEHAVIOURS = ['good', 'slow', 'flaky', 'limited', 'down', 'hang', 'broken'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

export interface ActionPlan {
  readonly marker: string;
  readonly connectorId: Behaviour;
  readonly key?: string;
  /** Milliseconds from the request on. */
  readonly startInMs?: number;
  readonly deliverInMs?: number;
}

/** `which` chooses among what is there at that moment, 0 to 1. */
export type Operation =
  | { readonly kind: 'enqueue'; readonly action: ActionPlan }
  | { readonly kind: 'bulk'; readonly actions: readonly ActionPlan[] }
  | { readonly kind: 'cancel'; readonly which: number }
  | { readonly kind: 'retry'; readonly which: number; readonly marker: string }
  | { readonly kind: 'search'; readonly query: string };

export type FaultKind =
  | 'kill server'
  | 'kill database'
  | 'kill both'
  | 'stop server'
  | 'stop database'
  | 'drop connections'
  | 'vanish'
  | 'stall connections'
  | 'refuse connections'
  | 'turn clock';

/** What is done to the processes and connections. */
export interface FaultPlan {
  readonly kind: FaultKind;
  /** How long it lasts, for those that end by themselves. */
  readonly forMs: number;
  /** By how much the clock is turned, and then back again. */
  readonly offsetMs: number;
}

export interface Step {
  /** Before the step. */
  readonly waitMs: number;
  readonly operation?: Operation;
  readonly fault?: FaultPlan;
}

/** Below the response time limit of the test's servers, so that a pause is no time-out of a target as well. */
const PAUSE_MS = [300, 1_500] as const;
/** What a time server corrects, an hour of daylight saving that somebody set by hand, and a wrong day. */
const OFFSETS_MS = [700, 5_000, 3_600_000, 90_000_000] as const;
const SEARCHES = [
  '',
  '?status=succeeded',
  '?status=retrying&sort=oldest',
  '?connector_id=good&per_page=5',
  '?text=down',
];

/**
 * A round: operations in a dense row, faults spread over them.
 *
 * @param round makes markers and keys differ between rounds
 */
export function planRound(random: Random, kinds: readonly FaultKind[], round: number): Step[] {
  const count = random.between(110, 150);
  const faults = new Set(
    Array.from({ length: 4 }, (_, n) => Math.floor(((n + random.between(20, 80) / 100) / 4) * count)),
  );
  let actions = 0;
  const keys: { key: string; action: ActionPlan }[] = [];

  function action(): ActionPlan {
    // The same key, and so the same action, once more.
    if (keys.length > 0 && random.chance(0.12)) return random.pick(keys).action;
    const marker = `m${round}-${actions++}`;
    const connectorId = random.pick(WEIGHTED);
    const isLate = random.chance(0.15);
    const plan: ActionPlan = {
      marker,
      connectorId,
      ...(random.chance(0.3) ? { key: `key ${marker}` } : {}),
      ...(isLate ? { startInMs: random.between(500, 4_000) } : {}),
      // Their retries come after half a minute, which nobody wants to wait for: they expire instead.
      ...(connectorId === 'hang' || connectorId === 'broken' ? { deliverInMs: random.between(5_000, 8_000) } : {}),
    };
    if (plan.key !== undefined) keys.push({ key: plan.key, action: plan });
    return plan;
  }

  function operation(): Operation {
    const dice = random.between(1, 100);
    if (dice <= 55) return { kind: 'enqueue', action: action() };
    if (dice <= 75) return { kind: 'bulk', actions: Array.from({ length: random.between(2, 20) }, action) };
    if (dice <= 85) return { kind: 'cancel', which: random.between(0, 1_000) / 1_000 };
    if (dice <= 93) return { kind: 'retry', which: random.between(0, 1_000) / 1_000, marker: `m${round}-${actions++}` };
    return { kind: 'search', query: random.pick(SEARCHES) };
  }

  return Array.from({ length: count }, (_, index): Step => {
    const waitMs = random.between(0, 80);
    if (!faults.has(index)) return { waitMs, operation: operation() };
    const offsetMs = random.pick([-1, 1]) * random.pick(OFFSETS_MS);
    const fault = { kind: random.pick(kinds), forMs: random.between(...PAUSE_MS), offsetMs };
    return { waitMs, operation: operation(), fault };
  });
}

const WEIGHTED: readonly Behaviour[] = [
  ...Array<Behaviour>(10).fill('good'),
  ...Array<Behaviour>(5).fill('slow'),
  ...Array<Behaviour>(5).fill('flaky'),
  ...Array<Behaviour>(3).fill('limited'),
  'down',
  'hang',
  'broken',
];

/** From the environment, or a new one: a run that found something can be repeated. */
export function seedOf(environment: NodeJS.ProcessEnv): { seed: number; rounds: number } {
  const seed = Number(environment.PATCHBAY_CRASH_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const rounds = Number(environment.PATCHBAY_CRASH_ROUNDS ?? 1);
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(rounds) || rounds < 1) {
    throw new Error('PATCHBAY_CRASH_SEED and PATCHBAY_CRASH_ROUNDS must be whole numbers, the latter at least 1.');
  }
  return { seed, rounds };
}
