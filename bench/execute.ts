import { call, HEADERS, PASSWORD } from './client.ts';
import type { Figure } from './figure.ts';
import { type LoadResult, load, median, type Target } from './load.ts';
import { startForwarder, startServer } from './processes.ts';
import { startSink } from './sink-client.ts';

const BODY = JSON.stringify({ host: 'host-1', disk: 93, text: 'Disk of host-1 is 93 % full' });
const ROUNDS = 3;

/**
 * What running a webhook through `_execute` costs over calling the target with undici: the same client, the same
 * target, the same body, in turns. Everything shares the machine: client, server, database and target.
 */
export async function benchExecute(dataDir: string): Promise<Figure[]> {
  const sink = await startSink();
  const forwarder = await startForwarder(`${sink.url}hook`);
  const server = await startServer(dataDir, PASSWORD);
  try {
    const connector = await call(server.url, 'POST', '/api/actions/connector', {
      name: 'sink',
      connector_type_id: '.webhook',
      config: { url: `${sink.url}hook`, hasAuth: false, headers: { 'Content-Type': 'application/json' } },
    });
    const direct: Target = {
      url: `${sink.url}hook`,
      headers: { 'content-type': 'application/json' },
      body: BODY,
    };
    const execute: Target = {
      url: `${server.url}/api/actions/connector/${connector.id}/_execute`,
      headers: HEADERS,
      body: JSON.stringify({ params: { body: BODY } }),
    };
    const forward: Target = { ...execute, url: forwarder.url };
    const sendDirect = (connections: number, seconds: number) =>
      load(direct, { connections, seconds, isRight: (status, body) => status === 200 && body === 'ok' });
    const sendExecute = (connections: number, seconds: number) =>
      load(execute, {
        connections,
        seconds,
        isRight: (status, body) => status === 200 && body.includes('"status":"ok"'),
      });

    const sendForward = (connections: number, seconds: number) =>
      load(forward, {
        connections,
        seconds,
        isRight: (status, body) => status === 200 && body.includes('"status":"ok"'),
      });

    await sendDirect(64, 1);
    await sendForward(64, 1);
    await sendExecute(64, 3);
    const single = await inTurns(
      () => sendDirect(1, 2),
      () => sendExecute(1, 2),
    );
    const many = await inTurns(
      () => sendDirect(64, 3),
      () => sendExecute(64, 3),
    );

    const bare = await inTurns(
      () => sendForward(64, 3),
      () => sendExecute(64, 3),
    );

    const added = (key: 'p50' | 'p99') =>
      median(single.map(({ ours }) => ours[key])) - median(single.map(({ reference }) => reference[key]));
    const share = (pairs: readonly Pair[]) =>
      median(pairs.map(({ ours, reference }) => ours.perSecond / reference.perSecond));
    const ratio = share(many);
    const reference = (key: 'p50' | 'p99') =>
      `undici ${median(single.map((pair) => pair.reference[key])).toFixed(2)} ms`;
    const rates = (pairs: readonly Pair[]) => {
      const rate = (pick: (pair: Pair) => LoadResult) => median(pairs.map((pair) => pick(pair).perSecond)).toFixed(0);
      return `${rate((pair) => pair.ours)}/s of ${rate((pair) => pair.reference)}/s`;
    };
    return [
      figure('_execute of a webhook adds, median', added('p50'), 'ms', reference('p50'), 2),
      figure('_execute of a webhook adds, 99th percentile', added('p99'), 'ms', reference('p99'), 10),
      {
        name: '_execute of a webhook, share of the rate of undici',
        value: ratio,
        unit: '×',
        reference: rates(many),
        limit: 'at least 0.4',
        holds: ratio >= 0.4,
      },
      {
        name: '… share of the rate of a bare forwarding server',
        value: share(bare),
        unit: '×',
        reference: rates(bare),
      },
    ];
  } finally {
    await server.child.stop();
    await forwarder.child.stop();
    await sink.child.stop();
  }
}

interface Pair {
  readonly reference: LoadResult;
  readonly ours: LoadResult;
}

async function inTurns(reference: () => Promise<LoadResult>, ours: () => Promise<LoadResult>): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let round = 0; round < ROUNDS; round += 1) pairs.push({ reference: await reference(), ours: await ours() });
  return pairs;
}

function figure(name: string, value: number, unit: string, reference: string, most: number): Figure {
  return { name, value, unit, reference, limit: `at most ${most} ${unit}`, holds: value <= most };
}
