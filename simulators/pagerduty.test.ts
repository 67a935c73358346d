import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Simulator, startSimulator } from './harness.ts';
import { PAGERDUTY_BUSY_KEY, PAGERDUTY_KEY, pagerduty } from './pagerduty.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator(pagerduty);
});
afterAll(() => simulator.close());

const trigger = { event_action: 'trigger', payload: { summary: 's', source: 'x', severity: 'info' } };

async function enqueue(body: unknown, headers: Record<string, string> = { 'x-routing-key': PAGERDUTY_KEY }) {
  const response = await fetch(`${simulator.url}/v2/enqueue`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
}
const alerts = async () => (await fetch(`${simulator.url}/alerts`)).json() as Promise<Record<string, unknown>[]>;

test('takes the key in the header or in the body, and makes up a dedup key', async () => {
  const expected = {
    status: 202,
    body: { status: 'success', message: 'Event processed', dedup_key: expect.any(String) },
  };
  const first = await enqueue(trigger);
  const second = await enqueue({ ...trigger, routing_key: PAGERDUTY_KEY }, {});
  expect([first, second]).toEqual([expected, expected]);
  expect(first.body.dedup_key).not.toBe(second.body.dedup_key);
});

test('events of one key are one alert, until it is resolved', async () => {
  const of = (event_action: string) =>
    enqueue({ ...(event_action === 'trigger' ? trigger : {}), event_action, dedup_key: 'k' });
  const alert = async () => (await alerts()).find(({ dedup_key }) => dedup_key === 'k');
  await of('resolve');
  expect(await alert()).toBeUndefined();
  await of('trigger');
  await of('trigger');
  expect(await alert()).toMatchObject({ status: 'triggered', events: 2, summary: 's', severity: 'info' });
  await of('acknowledge');
  expect(await alert()).toMatchObject({ status: 'acknowledged', events: 3 });
  await of('resolve');
  expect(await alert()).toMatchObject({ status: 'resolved', events: 4 });
  await of('trigger');
  expect(await alert()).toMatchObject({ status: 'triggered', events: 1 });
});

test.each([
  [{ 'x-routing-key': 'short' }, trigger, ["Length of 'routing_key' is incorrect (should be 32 characters)"]],
  [{ 'x-routing-key': `${'a'.repeat(31)}-` }, trigger, ["'routing_key' cannot contain non-alphanumeric characters."]],
  [{ 'x-routing-key': 'a'.repeat(32) }, trigger, ['Invalid routing key']],
  [{}, trigger, ["'routing_key' is missing or blank"]],
  [undefined, { event_action: 'trigger' }, ["'payload' is missing or blank"]],
  [undefined, { event_action: 'resolve', dedup_key: ' ' }, ["'dedup_key' is missing or blank"]],
  [undefined, { ...trigger, payload: { ...trigger.payload, summary: ' ' } }, ["'payload.summary' is missing or blank"]],
  [undefined, { ...trigger, event_action: 'open' }, [expect.stringContaining("'event_action' is invalid")]],
  [undefined, '{', ['Event object is invalid JSON']],
  [{ 'x-routing-key': PAGERDUTY_KEY, 'content-type': 'text/plain' }, trigger, ['Event object is invalid JSON']],
])('%j %j is refused', async (headers, body, errors) => {
  expect(await enqueue(body, headers as Record<string, string> | undefined)).toEqual({
    status: 400,
    body: { status: 'invalid event', message: 'Event object is invalid', errors },
  });
});

test('too many events, too large an event, another path', async () => {
  expect(await enqueue(trigger, { 'x-routing-key': PAGERDUTY_BUSY_KEY })).toMatchObject({ status: 429 });
  const payload = { ...trigger.payload, custom_details: { a: 'x'.repeat(512 * 1024) } };
  expect(await enqueue({ ...trigger, payload })).toMatchObject({ status: 413 });
  expect((await fetch(`${simulator.url}/v1/enqueue`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${simulator.url}/v2/enqueue`)).status).toBe(405);
});
