import type { RunListener } from '../events/run-events.ts';
import { currentStats } from './current-stats.ts';
import { capacitySection } from './health-capacity.ts';
import { runtimeSection } from './health-runtime.ts';
import { createHealthSamples } from './health-samples.ts';
import {
  configurationSection,
  type HealthInput,
  type HealthSettings,
  type HealthStatus,
  type Section,
  workloadSection,
  worst,
} from './health-sections.ts';
import { createSamples } from './samples.ts';
import type { Queue, QueueStats } from './types.ts';

/** Kibana's `_health`. Before the first figures there are only `id`, `timestamp`, `status` and perhaps `reason`. */
export interface HealthReport {
  readonly id: string;
  readonly timestamp: string;
  readonly status: HealthStatus;
  /** Whole sentences; left out when all is well. */
  readonly reason?: string;
  readonly last_update?: string;
  readonly stats?: {
    readonly configuration: Section;
    readonly runtime: Section;
    readonly workload: Section;
    readonly capacity_estimation: Section;
  };
}

export interface Health {
  /** Collects attempts; bounded by the settings' window for each connector type. */
  readonly listener: RunListener;
  /** Never throws: trouble is what it reports. */
  report(): Promise<HealthReport>;
  /** Begins to sample the load of this node. */
  start(): void;
  stop(): void;
}

export interface HealthParts {
  /** The UUID of this node. */
  readonly id: string;
  readonly settings: HealthSettings;
  readonly queue: Pick<Queue, 'stats'>;
  readonly isDatabaseAvailable: () => boolean;
}

const SAMPLE_MS = 10_000;
/** The queue is woken by notifications and looks by itself only now and then, so Kibana's 4.5 s would be too strict. */
const HOT_MIN_MS = 15_000;

const DATABASE_AWAY = 'The database does not answer: nothing is attempted until it does. What waits is safe in it.';
const UNCOUNTED = 'The queue could not be counted in time: the database is slow, or the log of this node says why.';

/**
 * The health of background execution on this node. Unlike Kibana, which answers `OK` as long as its own loop turns, this
 * counts what users care about: failed attempts, open circuits, late work.
 */
export function createHealth({ id, settings, queue, isDatabaseAvailable }: HealthParts): Health {
  const startedAt = new Date();
  const samples = createHealthSamples(settings.window);
  const load = createSamples<number>(settings.window);
  let latest: QueueStats | undefined;
  let timer: NodeJS.Timeout | undefined;

  /** @returns whether the figures are of now */
  async function refresh(): Promise<boolean> {
    const stats = await currentStats(queue, isDatabaseAvailable);
    if (stats === undefined) return false;
    latest = stats;
    return true;
  }

  return {
    listener: samples.listener,
    async report() {
      const isCurrent = await refresh();
      const now = new Date();
      const base = { id, timestamp: now.toISOString() };
      const blind = isCurrent ? [] : [isDatabaseAvailable() ? UNCOUNTED : DATABASE_AWAY];
      if (latest === undefined) return { ...base, status: 'error', reason: blind.join() };
      const seen = load.values();
      const input: HealthInput = {
        settings,
        startedAt,
        stats: latest,
        attempts: samples.attempts(),
        load: seen.length === 0 ? [latest.load * 100] : seen,
      };
      const sections = {
        configuration: configurationSection(input),
        runtime: runtimeSection(input),
        workload: workloadSection(input),
        capacity_estimation: capacitySection(input),
      };
      const failures = [...blind, ...staleness(input, now)];
      const status = failures.length > 0 ? 'error' : worst(Object.values(sections).map((section) => section.status));
      const troubled = Object.values(sections).filter((section) => section.status !== 'OK');
      const reasons = [...failures, ...troubled.flatMap(({ reason }) => reason ?? [])];
      return {
        ...base,
        status,
        ...(reasons.length === 0 ? {} : { reason: reasons.join(' ') }),
        last_update: latest.at.toISOString(),
        stats: sections,
      };
    },
    start() {
      timer = setInterval(async () => {
        if (await refresh()) load.add(latest!.load * 100);
      }, SAMPLE_MS);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
}

/** Kibana's two tests of whether the figures are still true; in its words, since people search for them. */
function staleness({ settings, stats, startedAt }: HealthInput, now: Date): string[] {
  const found: string[] = [];
  const lastPoll = stats.polling.lastSuccessAt ?? startedAt;
  const hot = Math.min(stats.at.getTime(), lastPoll.getTime());
  if (now.getTime() - hot > Math.max(3 * settings.requiredFreshnessMs, HOT_MIN_MS)) {
    found.push(
      `setting HealthStatus.Error because of expired hot timestamps: the queue was last counted at ${stats.at.toISOString()} and last looked for work at ${lastPoll.toISOString()}.`,
    );
  }
  if (now.getTime() - stats.at.getTime() > 1.5 * settings.refreshRateMs) {
    found.push(
      `setting HealthStatus.Error because of expired cold timestamps: the queue was last counted at ${stats.at.toISOString()}.`,
    );
  }
  return found;
}
