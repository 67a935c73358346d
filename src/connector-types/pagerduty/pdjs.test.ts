import { Agent } from 'node:https';
import { event } from '@pagerduty/pdjs';
import { describe, expect, test } from 'vitest';
import { pagerDutyProblems } from '../../../simulators/pagerduty.ts';
import { cert, httpServer, httpsServer } from '../../../test/support/http-servers.ts';
import { answering, tryType } from '../shared/testing.ts';
import pagerduty from './index.ts';

const routingKey = '0123456789abcdef0123456789abcdef';
type PdEvent = Parameters<typeof event>[0]['data'];

/** The request of PagerDuty's own client. */
async function theirs(data: PdEvent) {
  const target = await httpsServer(answering(202, {}));
  const agent = new Agent({ ca: cert('ca.crt') });
  // node-fetch, which the client uses, takes an agent; its types are those of browsers
  await event({ data, server: new URL(target.origin).host, requestTimeout: 0, agent } as Parameters<typeof event>[0]);
  agent.destroy();
  return target.seen[0]!;
}

async function ours(params: Record<string, unknown>) {
  const target = await httpServer(answering(202, {}));
  const config = { apiUrl: `${target.origin}/v2/enqueue` };
  await tryType(pagerduty, { config, secrets: { routingKey }, params });
  return target.seen[0]!;
}

const FULL = {
  eventAction: 'trigger',
  dedupKey: 'srv01/mysql',
  summary: 'DISK at 99 % "ä👩‍🚒"\n',
  source: 'prod-datapipe03.example.com',
  severity: 'critical',
  timestamp: '2015-07-17T08:42:58.315+0000',
  component: 'mysql',
  group: 'prod-datapipe',
  class: 'disk',
  customDetails: { 'free space': '1%', 'load avg': 0.75, list: [1, true, null] },
  links: [{ href: 'http://pagerduty.example.com', text: 'An example link.' }],
  images: [{ src: 'https://example.com/a.png', href: 'https://example.com', alt: 'An example' }],
};
const FULL_EVENT: PdEvent = {
  routing_key: routingKey,
  event_action: 'trigger',
  dedup_key: FULL.dedupKey,
  payload: {
    summary: FULL.summary,
    source: FULL.source,
    severity: 'critical',
    timestamp: '2015-07-17T08:42:58.315Z',
    component: FULL.component,
    group: FULL.group,
    class: FULL.class,
    custom_details: FULL.customDetails,
  },
  links: FULL.links,
  images: FULL.images,
};
const RESOLVE: PdEvent = { routing_key: routingKey, event_action: 'resolve', dedup_key: 'k' } as PdEvent;

describe('the same bytes as @pagerduty/pdjs, with the key in the header instead of the body', () => {
  test.each([
    ['every field', FULL, FULL_EVENT],
    ['resolve', { eventAction: 'resolve', dedupKey: 'k' }, RESOLVE],
  ])('%s', async (_name, params, data) => {
    const [our, their] = [await ours(params), await theirs(data)];
    const { routing_key: key, ...rest } = JSON.parse(their.body);
    expect(our).toMatchObject({ method: their.method, url: their.url, body: JSON.stringify(rest) });
    expect(our.headers['x-routing-key']).toBe(key);
    expect(our.headers['content-type']).toBe(their.headers['content-type']?.split(';')[0]);
  });
});

describe('the contract of the vendor', () => {
  test('takes what the client sends and what we send', async () => {
    expect(pagerDutyProblems(JSON.parse((await theirs(FULL_EVENT)).body))).toEqual([]);
    for (const params of [FULL, {}, { eventAction: 'acknowledge', dedupKey: 'k' }, { links: [], customDetails: {} }]) {
      expect(pagerDutyProblems(JSON.parse((await ours(params)).body))).toEqual([]);
    }
  });

  const { payload, ...withoutPayload } = FULL_EVENT;
  test.each([
    ['a misspelt member', { ...FULL_EVENT, dedupKey: 'k' }],
    ['an unknown action', { ...FULL_EVENT, event_action: 'close' }],
    ['a trigger without payload', withoutPayload],
    ['a resolve without key', { event_action: 'resolve' }],
    ['an unknown severity', { ...FULL_EVENT, payload: { ...payload, severity: 'high' } }],
    ['a summary that is too long', { ...FULL_EVENT, payload: { ...payload, summary: 'x'.repeat(1025) } }],
    ['a key that is too long', { ...FULL_EVENT, dedup_key: 'x'.repeat(256) }],
    ['a time that is none', { ...FULL_EVENT, payload: { ...payload, timestamp: 'yesterday' } }],
    ['a link without address', { ...FULL_EVENT, links: [{ text: 'x' }] }],
    ['an image over plain HTTP', { ...FULL_EVENT, images: [{ src: 'http://example.com/a.png' }] }],
  ])('refuses %s', (_name, body) => expect(pagerDutyProblems(body)).not.toEqual([]));
});
