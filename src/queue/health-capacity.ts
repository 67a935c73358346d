import type { HealthInput, Section } from './health-sections.ts';
import { percentiles } from './samples.ts';

/**
 * About what one process delivers on two cores (docs/performance.md). With many short attempts the processor is the limit, long
 * before the number of attempts at once.
 */
const MAX_PER_MINUTE = 300_000;
/** Kibana's advice: at least 20 percent above the expected load. */
const HEAD_ROOM = 1.2;

/**
 * How much of what the nodes can do is asked of them. The fields are Kibana's; the sums are not, because Kibana's rest on
 * its poll interval, and this queue does not wait for one: a node makes as many attempts a minute as it may run at once,
 * divided by the minutes that one takes. Until something ran, the poll interval stands in for that time.
 */
export function capacitySection({ settings, stats, attempts, load }: HealthInput): Section {
  const durations = [...attempts.values()].flat().map(({ durationMs }) => durationMs);
  const meanMs =
    durations.length === 0
      ? settings.pollIntervalMs
      : durations.reduce((sum, durationMs) => sum + durationMs, 0) / durations.length;
  const perNode = Math.ceil(Math.min(MAX_PER_MINUTE, (settings.capacity * 60_000) / Math.max(meanMs, 1)));
  const nodes = Math.max(1, stats.nodes);
  const requiredPerNode = Math.ceil((perNode * percentiles(load).p90) / 100);
  const required = requiredPerNode * nodes;
  const minNodes = Math.max(1, Math.ceil(required / perNode));
  const proposedNodes = Math.max(1, Math.ceil((required * HEAD_ROOM) / perNode));
  return {
    timestamp: stats.at.toISOString(),
    status: 'OK',
    reason: describe(required, perNode * nodes, nodes, proposedNodes),
    value: {
      observed: {
        observed_kibana_instances: nodes,
        max_throughput_per_minute: perNode * nodes,
        max_throughput_per_minute_per_kibana: perNode,
        minutes_to_drain_overdue: Math.ceil(stats.due / (perNode * nodes)),
        avg_required_throughput_per_minute: required,
        avg_required_throughput_per_minute_per_kibana: requiredPerNode,
        avg_recurring_required_throughput_per_minute: 0,
        avg_recurring_required_throughput_per_minute_per_kibana: 0,
      },
      proposed: {
        provisioned_kibana: proposedNodes,
        min_required_kibana: minNodes,
        avg_recurring_required_throughput_per_minute_per_kibana: 0,
        avg_required_throughput_per_minute_per_kibana: Math.ceil(required / proposedNodes),
      },
    },
  };
}

function describe(required: number, possible: number, nodes: number, proposed: number): string {
  const load = `${required} of about ${possible} attempts a minute are asked of ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`;
  return proposed > nodes ? `${load}; ${proposed} would have room to spare.` : `${load}; there is room to spare.`;
}
