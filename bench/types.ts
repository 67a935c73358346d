import { call } from './client.ts';
import type { Figure } from './figure.ts';
import { median } from './load.ts';
import { markedText } from './marker.ts';
import { type Bench, CONNECTORS, type Round, runRound, startBench } from './queue.ts';
import { PAGERDUTY_PATH, SLACK_PATH, TEAMS_PATH } from './vendors.ts';
import { expectSucceeded } from './work.ts';

const ROUNDS = 3;
const ACTIONS = 30_000;
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
    const rounds: { webhook: Round; others: Round[] }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const webhook = await runRound(bench, ACTIONS);
      const others = [];
      for (const kind of kinds) others.push(await runRound(bench, ACTIONS, kind));
      rounds.push({ webhook, others });
    }
    await expectSucceeded(bench.stored, (WARM_UP + ROUNDS * ACTIONS) * (kinds.length + 1));

    const cpu = (round: Round) => round.cpu.server;
    const cpuOfWebhook = median(rounds.map(({ webhook }) => cpu(webhook)));
    return kinds.flatMap(({ id }, index): Figure[] => {
      const share = median(rounds.map(({ webhook, others }) => others[index]!.perSecond / webhook.perSecond));
      const rate = median(rounds.map(({ others }) => others[index]!.perSecond));
      const reference = median(rounds.map(({ webhook }) => webhook.perSecond));
      return [
        {
          name: `queued ${id}, share of the rate of .webhook`,
          value: share,
          unit: '×',
          reference: `${rate.toFixed(0)}/s of ${reference.toFixed(0)}/s, ${ROUNDS} rounds`,
          limit: `at least ${LEAST_SHARE}`,
          holds: share >= LEAST_SHARE,
        },
        {
          name: '… CPU of the server for an action',
          value: median(rounds.map(({ others }) => cpu(others[index]!))),
          unit: 'µs',
          reference: `.webhook ${cpuOfWebhook.toFixed(0)} µs`,
        },
      ];
    });
  } finally {
    await bench.stop();
  }
}
