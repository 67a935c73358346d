import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { clockMs } from './clock.ts';
import type { Figure } from './figure.ts';
import { median, percentiles } from './load.ts';
import { markedBody } from './marker.ts';
import { type Bench, runRound, startBench } from './queue.ts';
import type { Sink } from './sink-client.ts';
import { bulkBodies } from './work.ts';

const SINGLES = 300;
const WARM_UP = 10_000;
const LOAD_ROUNDS = 3;
const CEILING_ACTIONS = 20_000;
const SHARE = 0.8;
const LOAD_SECONDS = 8;
const PER_REQUEST = 100;

/** How long until the first byte reaches the target: idle, and at 80 % of what this machine does at most. */
export async function benchLatency(dataDir: string): Promise<Figure[]> {
  const bench = await startBench(dataDir);
  try {
    await runRound(bench, WARM_UP);
    return [...(await idle(bench)), ...(await underLoad(bench))];
  } finally {
    await bench.stop();
  }
}

/** Pauses of 20 to 60 ms, so that the queue is at rest and no rhythm of the server can be hit each time. */
const pause = (index: number) => sleep(20 + ((index * 7) % 41));

async function idle(bench: Bench): Promise<Figure[]> {
  const direct = await sendDirect(bench.sink);
  const { sink, enqueuer, connectorIds } = bench;
  await sink.reset();
  const sent: number[] = [];
  const accepted: number[] = [];
  for (let index = 0; index < SINGLES; index += 1) {
    const body = JSON.stringify({ params: { body: markedBody(index) } });
    sent.push(clockMs());
    await enqueuer.one(connectorIds[index % connectorIds.length]!, body);
    accepted.push(clockMs());
    await pause(index);
  }
  await sink.reached(SINGLES, 30_000);
  const arrived = await sink.times(0, SINGLES);
  const sinceAccepted = percentiles(arrived.map((at, index) => at - accepted[index]!));
  const sinceSent = percentiles(arrived.map((at, index) => at - sent[index]!));
  const reference = (key: 'p50' | 'p99') => `undici, from its call: ${direct[key].toFixed(2)} ms`;
  return [
    figure('idle, from 202 to the first byte at the target, median', sinceAccepted.p50, reference('p50'), 10),
    figure('… 99th percentile', sinceAccepted.p99, reference('p99'), 50),
    figure('idle, from the request to the first byte, median', sinceSent.p50, reference('p50')),
    figure('… 99th percentile', sinceSent.p99, reference('p99')),
  ];
}

/** From the call of undici to the first byte at the target, at the same pace. */
async function sendDirect(sink: Sink): Promise<{ p50: number; p99: number }> {
  await sink.reset();
  const dispatcher = new Agent();
  const headers = { 'content-type': 'application/json' };
  const sent: number[] = [];
  for (let index = 0; index < SINGLES; index += 1) {
    sent.push(clockMs());
    const answer = await request(sink.hookUrl, { dispatcher, method: 'POST', headers, body: markedBody(index) });
    await answer.body.text();
    await pause(index);
  }
  await dispatcher.close();
  return percentiles((await sink.times(0, SINGLES)).map((at, index) => at - sent[index]!));
}

/**
 * Requests of a hundred actions at a steady pace, sent whether or not the earlier ones have been answered. In short rounds, each
 * with a ceiling of its own, because a machine that others use is not as fast a minute later.
 */
async function underLoad(bench: Bench): Promise<Figure[]> {
  const rounds: { ceiling: number; p50: number; p99: number }[] = [];
  for (let round = 0; round < LOAD_ROUNDS; round += 1) {
    const ceiling = (await runRound(bench, CEILING_ACTIONS)).perSecond;
    const perSecond = ceiling * SHARE;
    const count = Math.floor((perSecond * LOAD_SECONDS) / PER_REQUEST) * PER_REQUEST;
    rounds.push({ ceiling, ...(await paced(bench, { count, perRequest: PER_REQUEST, perSecond })) });
  }
  const of = (key: 'ceiling' | 'p50' | 'p99') => median(rounds.map((round) => round[key]));
  const reference = `80 % of ${of('ceiling').toFixed(0)}/s`;
  return [
    figure('at 80 % of the ceiling, from the request, median', of('p50'), reference),
    figure('… 99th percentile', of('p99'), `${LOAD_ROUNDS} rounds of ${LOAD_SECONDS} s`, 1_000),
  ];
}

/** Enqueues at a steady pace. What it gives is from each request, so from before the action was due, to its first byte. */
export async function paced(
  { sink, enqueuer, connectorIds }: Bench,
  options: { count: number; perRequest: number; perSecond: number },
): Promise<{ p50: number; p99: number }> {
  const { count, perRequest, perSecond } = options;
  const bodies = bulkBodies({ connectorIds, first: 0, count, perRequest });
  await sink.reset();
  const sent: number[] = [];
  const answers: Promise<void>[] = [];
  const started = clockMs();
  for (const body of bodies) {
    const at = started + ((sent.length * perRequest) / perSecond) * 1000;
    const now = clockMs();
    if (at > now) await sleep(at - now);
    // When it should have gone: a late start of ours is no excuse.
    sent.push(at);
    answers.push(enqueuer.bulk(body));
  }
  await Promise.all(answers);
  await sink.reached(count, 120_000);
  const arrived = await sink.times(0, count);
  return percentiles(arrived.map((time, index) => time - sent[Math.floor(index / perRequest)]!));
}

function figure(name: string, value: number, reference: string, most?: number): Figure {
  const limit = most === undefined ? {} : { limit: `at most ${most} ms`, holds: value <= most };
  return { name, value, unit: 'ms', reference, ...limit };
}
