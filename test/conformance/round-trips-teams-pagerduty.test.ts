import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulators/harness.ts';
import { PAGERDUTY_BUSY_KEY, PAGERDUTY_KEY, pagerduty } from '../../simulators/pagerduty.ts';
import { TEAMS_CONNECTOR_PATH, TEAMS_THROTTLED_PATH, teams, teamsFlowPath } from '../../simulators/teams.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';

/** From the HTTP API to Teams and PagerDuty and back, as a person would do it. */

let app: TestApp;
let vendors: Record<'teams' | 'pagerduty', Simulator>;
beforeAll(async () => {
  const [one, two] = await Promise.all([startSimulator(teams), startSimulator(pagerduty)]);
  vendors = { teams: one, pagerduty: two };
  app = await startTestApp();
});
afterAll(async () => {
  await app.stop();
  await Promise.all(Object.values(vendors).map((simulator) => simulator.close()));
});

interface Saved {
  readonly connector_type_id: string;
  readonly config?: Record<string, unknown>;
  readonly secrets: Record<string, unknown>;
}

async function create(saved: Saved): Promise<string> {
  const { status, text, body } = await app.call('POST', '/api/actions/connector', { name: 'Round trip', ...saved });
  expect(status, text).toBe(200);
  return body.id;
}

async function run(saved: Saved, params: Record<string, unknown>) {
  const path = `/api/actions/connector/${await create(saved)}/_execute?extended=true`;
  const { status, text, body } = await app.call('POST', path, { params });
  expect(status, text).toBe(200);
  return body;
}

async function check(saved: Saved) {
  return (await app.call('POST', '/api/actions/_check', { config: {}, ...saved })).body;
}

/** What a simulator shows of itself. */
async function shown(vendor: keyof typeof vendors, path: string): Promise<unknown[]> {
  return (await fetch(vendors[vendor].url + path)).json() as Promise<unknown[]>;
}

describe('.teams', () => {
  const at = (path: string): Saved => ({
    connector_type_id: '.teams',
    secrets: { webhookUrl: vendors.teams.url + path },
  });
  const message = 'Disk is **full** "👩‍🚒"\nnow';

  test.each(['cards', 'text'] as const)('a flow that posts %s posts the message', async (flow) => {
    const answer = await run(at(teamsFlowPath(flow)), { message });
    expect(answer).toMatchObject({ status: 'ok', data: { text: message }, response: { status: 202 } });
    expect((await shown('teams', '/runs'))[0]).toEqual({ flow, status: 'Succeeded' });
    expect((await shown('teams', '/messages'))[0]).toBe(message);
  });

  test('a flow that posts the whole body wants the card alone', async () => {
    await run({ ...at(teamsFlowPath('card')), config: { payloadFormat: 'bareCard' } }, { message });
    expect((await shown('teams', '/runs'))[0]).toEqual({ flow: 'card', status: 'Succeeded' });
  });

  test('an Office 365 connector posts the message, and says later that there are too many', async () => {
    expect(await run(at(TEAMS_CONNECTOR_PATH), { message })).toMatchObject({ status: 'ok', data: { text: message } });
    expect((await shown('teams', '/messages'))[0]).toBe(message);
    expect(vendors.teams.requests.at(-1)?.text).toBe(JSON.stringify({ text: message }));

    expect(await run(at(TEAMS_THROTTLED_PATH), { message })).toMatchObject({
      status: 'error',
      message: expect.stringMatching(/^error posting a Microsoft Teams message, retry at \d{4}-/),
      retry: expect.stringMatching(/^\d{4}-/),
    });
  });

  test.each([
    ['a wrong signature', teamsFlowPath('cards', 'wrong'), '[401] Unauthorized: DirectApiAuthorizationRequired'],
    ['a flow that is off', teamsFlowPath('off'), '[400] Bad Request: WorkflowTriggerIsNotEnabled'],
    ['a flow that is gone', teamsFlowPath('gone'), '[404] Not Found: WorkflowNotFound'],
    ['a connector that is gone', '/webhookb2/T/IncomingWebhook/Y/C', '[404] Not Found: Webhook not found.'],
  ])('%s', async (_name, path, words) => {
    const expected = { status: 'error', service_message: expect.stringContaining(words) };
    expect(await run(at(path), { message })).toMatchObject(expected);
    expect(await check(at(path))).toMatchObject(expected);
  });

  test('the check finds a webhook without posting', async () => {
    const before = [await shown('teams', '/messages'), await shown('teams', '/runs')];
    for (const path of [teamsFlowPath('cards'), TEAMS_CONNECTOR_PATH]) {
      expect(await check(at(path))).toMatchObject({ status: 'ok' });
    }
    expect([await shown('teams', '/messages'), await shown('teams', '/runs')]).toEqual(before);
  });
});

describe('.pagerduty', () => {
  const withKey = (routingKey: string): Saved => ({
    connector_type_id: '.pagerduty',
    config: { apiUrl: `${vendors.pagerduty.url}/v2/enqueue` },
    secrets: { routingKey },
  });
  async function alert(key: string): Promise<unknown> {
    const alerts = (await shown('pagerduty', '/alerts')) as { dedup_key: string }[];
    return alerts.find(({ dedup_key }) => dedup_key === key);
  }

  test('triggers, acknowledges and resolves an alert', async () => {
    const event = (eventAction: string) =>
      run(withKey(PAGERDUTY_KEY), { eventAction, dedupKey: 'disk', summary: 'Full 👩‍🚒', severity: 'critical' });
    expect(await event('trigger')).toMatchObject({
      status: 'ok',
      data: { status: 'success', message: 'Event processed', dedup_key: 'disk' },
    });
    expect(await alert('disk')).toMatchObject({ status: 'triggered', summary: 'Full 👩‍🚒', severity: 'critical' });
    await event('acknowledge');
    expect(await alert('disk')).toMatchObject({ status: 'acknowledged' });
    await event('resolve');
    expect(await alert('disk')).toMatchObject({ status: 'resolved', events: 3 });
  });

  test('an alert from the queue is named by its execution', async () => {
    const id = await create(withKey(PAGERDUTY_KEY));
    const { body } = await app.call('POST', `/api/actions/connector/${id}/_enqueue`, { params: { summary: 'queued' } });
    await until(async () => (await alert(body.execution_id)) !== undefined, 'the alert');
    expect(await alert(body.execution_id)).toMatchObject({ status: 'triggered', events: 1, summary: 'queued' });
  });

  test('its words for a key that is wrong, and for too many events', async () => {
    const wrong = withKey('no such key');
    const expected = {
      status: 'error',
      message: 'error posting pagerduty event: unexpected status 400',
      service_message: expect.stringMatching(
        /^Event object is invalid: Length of 'routing_key' .*Copy the integration key/,
      ),
    };
    expect(await run(wrong, {})).toMatchObject(expected);
    expect(await check(wrong)).toMatchObject(expected);
    expect(await run(withKey(PAGERDUTY_BUSY_KEY), {})).toMatchObject({
      message: 'error posting pagerduty event: http status 429, retry later',
      retry: true,
    });
  });

  test('the check finds the key right and leaves no alert', async () => {
    const before = await shown('pagerduty', '/alerts');
    expect(await check(withKey(PAGERDUTY_KEY))).toMatchObject({ status: 'ok' });
    expect(await shown('pagerduty', '/alerts')).toEqual(before);
  });
});

test('the log holds none of the credentials of all this', () => {
  for (const secret of [PAGERDUTY_KEY, PAGERDUTY_BUSY_KEY, 'XXXXXXXX']) expect(app.log()).not.toContain(secret);
});
