import { call } from './client.ts';
import type { Figure } from './figure.ts';
import { median } from './load.ts';
import { markedText } from './marker.ts';
import { type Bench, CONNECTORS, type Round, runRound, startBench } from './queue.ts';
import { PAGERDUTY_PATH, SLACK_PATH, TEAMS_PATH } from './vendors.ts';
import { expectSucceeded } from './work.ts';

const ROUNDS = 5;
const ACTIONS = 10_000;
const WARM_UP = 5_000;
/** Of the rate of `.webhook`: a type adds shape, not cost. */
const LEAST_SHARE = 0.8;

/** A connector type that leads to the sink, which answers as its vendor does. */
interface BenchType {
  readonly id: string;
  readonly connector: (sinkUrl: string) => { config: Record<string, unknown>; secrets: Record<string, unknown> };
  readonly paramsOf: (marker: number) => Record<string, unknown>;
}

const TYPES: readonly BenchType[] = [
  {
    id: '.slack',
    connector: (sinkUrl) => ({ config: {}, secrets: { webhookUrl: sinkUrl + SLACK_PATH } }),
    paramsOf: (marker) => ({ message: markedText(marker) }),
  },
  {
    id: '.teams',
    connector: (sinkUrl) => ({ config: {}, secrets: { webhookUrl: sinkUrl + TEAMS_PATH } }),
    paramsOf: (marker) => ({ message: markedText(marker) }),
  },
  {
    id: '.pagerduty',
    connector: (sinkUrl) => ({
      config: { apiUrl: sinkUrl + PAGERDUTY_PATH },
      secrets: { routingKey: '0123456789abcdef0123456789abcdef' },
    }),
    paramsOf: (marker) => ({
      eventAction: 'trigger',
      dedupKey: 'disk:host-1',
      summary: markedText(marker),
      severity: 'warning',
      source: 'host-1',
    }),
  },
];

async function createConnectors({ server, sink }: Bench, { id, connector }: BenchType): Promise<string[]> {
  const ids = Array.from({ length: CONNECTORS }, (_, index) => `${id.slice(1)}-${index}`);
  for (const one of ids) {
    const body = { name: one, connector_type_id: id, ...connector(new URL(sink.url).origin) };
    await call(server.url, 'POST', `/api/actions/connector/${one}`, body);
  }
  return ids;
}

/** The rates of the vendors' types, enqueue to delivery, each in turns with `.webhook`. */
export async function benchTypes(dataDir: string): Promise<Figure[]> {
  const bench = await startBench(dataDir);
  try {
    const kinds = [];
    for (const type of TYPES) kinds.push({ ...type, connectorIds: await createConnectors(bench, type) });

    await runRound(bench, WARM_UP);
    for (const kind of kinds) await runRound(bench, WARM_UP, kind);
    const pairs: { ours: Round; webhook: Round }[][] = kinds.map(() => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      // Side by side, since the speed of a machine changes from minute to minute.
      for (const [index, kind] of kinds.entries()) {
        const webhook = await runRound(bench, ACTIONS);
        pairs[index]!.push({ webhook, ours: await runRound(bench, ACTIONS, kind) });
      }
    }
    const actions = WARM_UP * (1 + kinds.length) + ACTIONS * ROUNDS * 2 * kinds.length;
    await expectSucceeded(bench.stored, actions);
    return kinds.flatMap(({ id }, index) => figuresOf(id, pairs[index]!));
  } finally {
    await bench.stop();
  }
}

function figuresOf(id: string, pairs: readonly { ours: Round; webhook: Round }[]): Figure[] {
  const share = median(pairs.map(({ ours, webhook }) => ours.perSecond / webhook.perSecond));
  const rates = [
    median(pairs.map(({ ours }) => ours.perSecond)),
    median(pairs.map(({ webhook }) => webhook.perSecond)),
  ];
  const [rate, reference] = rates.map((one) => one.toFixed(0));
  return [
    {
      name: `queued ${id}, share of the rate of .webhook`,
      value: share,
      unit: '×',
      reference: `${rate}/s of ${reference}/s, ${ROUNDS} rounds`,
      limit: `at least ${LEAST_SHARE}`,
      holds: share >= LEAST_SHARE,
    },
    {
      name: '… CPU of the server for an action',
      value: median(pairs.map(({ ours }) => ours.cpu.server)),
      unit: 'µs',
      reference: `.webhook ${median(pairs.map(({ webhook }) => webhook.cpu.server)).toFixed(0)} µs`,
    },
  ];
}
