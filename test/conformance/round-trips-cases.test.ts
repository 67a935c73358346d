import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { casesWebhook, TICKETS_USER } from '../../simulators/cases-webhook.ts';
import { type Simulator, startSimulator } from '../../simulators/harness.ts';
import { XSOAR_6_KEY, XSOAR_8_KEY, XSOAR_PLAYBOOKS, XSOAR_READ_ONLY_KEY, xsoar } from '../../simulators/xsoar.ts';
import { startTestApp, type TestApp } from '../support/app.ts';
import { until } from '../support/wait.ts';

/** From the HTTP API to Cortex XSOAR and to a ticket system and back, as a person would do it. */

let app: TestApp;
let vendors: Record<'xsoar' | 'tickets', Simulator>;
beforeAll(async () => {
  const [one, two] = await Promise.all([startSimulator(xsoar), startSimulator(casesWebhook)]);
  vendors = { xsoar: one, tickets: two };
  app = await startTestApp();
});
afterAll(async () => {
  await app.stop();
  await Promise.all(Object.values(vendors).map((simulator) => simulator.close()));
});

interface Saved {
  readonly connector_type_id: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
}

async function create(saved: Saved): Promise<string> {
  const { status, text, body } = await app.call('POST', '/api/actions/connector', { name: 'Round trip', ...saved });
  expect(status, text).toBe(200);
  return body.id;
}

async function run(saved: Saved, subAction: string, subActionParams: Record<string, unknown> = {}) {
  const path = `/api/actions/connector/${await create(saved)}/_execute?extended=true`;
  const { status, text, body } = await app.call('POST', path, { params: { subAction, subActionParams } });
  expect(status, text).toBe(200);
  return body;
}

const check = async (saved: Saved) => (await app.call('POST', '/api/actions/_check', saved)).body;

/** What a simulator shows of itself. */
async function shown(vendor: keyof typeof vendors, path: string): Promise<Record<string, unknown>[]> {
  return (await fetch(vendors[vendor].url + path)).json() as Promise<Record<string, unknown>[]>;
}

describe('.xsoar', () => {
  const at = (secrets: Record<string, string>): Saved => ({
    connector_type_id: '.xsoar',
    config: { url: `${vendors.xsoar.url}/` },
    secrets,
  });
  const eight = () => at({ apiKey: XSOAR_8_KEY.key, apiKeyID: XSOAR_8_KEY.id });
  const six = (apiKey: string = XSOAR_6_KEY) => at({ apiKey });
  const incident = { name: 'Disk "full" 👩‍🚒', createInvestigation: true, severity: 0.5 };

  test.each([
    ['8', eight],
    ['6', six],
  ])('XSOAR %s: a playbook is looked up and run on a new incident', async (_version, saved) => {
    const { status, data } = await run(saved(), 'getPlaybooks');
    expect([status, data.playbooks]).toEqual(['ok', XSOAR_PLAYBOOKS]);
    const body = '{"type":"Unclassified","details":"It is full.","name":"loses"}';
    const playbookId = data.playbooks[0].id;
    const answer = await run(saved(), 'run', { ...incident, playbookId, body });
    expect(answer).toMatchObject({ status: 'ok', data: {}, response: { status: 201 } });
    expect((await shown('xsoar', '/incidents')).at(-1)).toMatchObject({
      name: incident.name,
      details: 'It is full.',
      severity: 0.5,
      playbookId,
    });
  });

  test("XSOAR's words for what it refuses", async () => {
    const unknown = await run(six(), 'run', { ...incident, playbookId: 'no-such' });
    expect(unknown).toMatchObject({
      status: 'error',
      message: 'an error occurred while running the action',
      service_message: 'Status code: 400. Message: API Error: Bad Request. XSOAR says: playbook no-such was not found.',
      retry: true,
      errorSource: 'framework',
    });
    const forbidden = await run(six(XSOAR_READ_ONLY_KEY), 'run', incident);
    expect(forbidden.service_message).toContain('API Error: Forbidden. XSOAR says: The role of the API key may not');
    const eightWithoutId = await run(at({ apiKey: XSOAR_8_KEY.key }), 'run', incident);
    expect(eightWithoutId.service_message).toContain('XSOAR 8 and XSIAM also want its id');
  });

  test('the check looks, and creates nothing', async () => {
    const before = (await shown('xsoar', '/incidents')).length;
    expect(await check(eight())).toMatchObject({ status: 'ok' });
    expect(await check(six('wrong-key'))).toMatchObject({ status: 'error' });
    expect(await shown('xsoar', '/incidents')).toHaveLength(before);
  });
});

describe('.cases-webhook', () => {
  const saved = (config: Record<string, unknown> = {}, password: string = TICKETS_USER.password): Saved => ({
    connector_type_id: '.cases-webhook',
    config: { ...casesWebhook.examples(vendors.tickets.endpoints)[0]!.config, ...config },
    secrets: { user: TICKETS_USER.user, password },
  });
  const incident = { title: 'Disk "full" 👩‍🚒', description: 'Line 1\nLine 2', tags: ['disk'], severity: 'high' };
  const comments = [{ commentId: 'c1', comment: 'It is "urgent".' }];

  test('a case is created, updated and commented on', async () => {
    const created = await run(saved(), 'pushToService', { incident, comments });
    expect(created).toMatchObject({
      status: 'ok',
      data: { id: expect.any(String), title: expect.stringMatching(/^DISK-/), comments: [{ commentId: 'c1' }] },
    });
    const { id, title, url } = created.data;
    expect(url).toBe(`${vendors.tickets.url}/browse/${title}`);

    const changed = { ...incident, title: 'Disk fuller', externalId: id };
    expect(await run(saved(), 'pushToService', { incident: changed })).toMatchObject({ status: 'ok', data: { id } });
    expect((await shown('tickets', '/tickets')).find((ticket) => ticket.id === id)).toMatchObject({
      summary: 'Disk fuller',
      text: incident.description,
      labels: ['disk'],
      severity: 'high',
      comments: [{ text: 'It is "urgent".' }],
    });
  });

  test('the words of the ticket system', async () => {
    const wrong = await run(saved({}, 'wrong password'), 'pushToService', { incident });
    expect(wrong.service_message).toBe(
      '[Action][Webhook - Case Management]: Unable to create case. Error: Request failed with status code 401. {"message":"User or password is wrong."} Reason: Unauthorized',
    );
    const unknown = await run(saved(), 'pushToService', { incident: { ...incident, externalId: '7/../1' } });
    expect(unknown.service_message).toContain('Unable to update case with id 7/../1. Error: Request failed');
    expect(vendors.tickets.requests.at(-1)).toMatchObject({ method: 'PUT', path: '/api/tickets/7/../1', status: 404 });
  });

  test('a queued push that failed halfway is repeated only if the service knows repetitions', async () => {
    const push = async (config: Record<string, unknown>) => {
      const path = `/api/actions/connector/${await create(saved(config))}/_enqueue`;
      // the ticket is made as usual, and asking for it fails
      vendors.tickets.failNext(1, { delayMs: 0 });
      vendors.tickets.failNext(1, { status: 503 });
      const params = { subAction: 'pushToService', subActionParams: { incident } };
      const { body } = await app.call('POST', path, { params });
      const look = async () => (await app.call('GET', `/api/actions/execution/${body.execution_id}`)).body;
      await until(async () => (await look()).attempts.length > 0, 'the first attempt');
      return look();
    };
    const before = (await shown('tickets', '/tickets')).length;
    const once = await push({});
    expect(once).toMatchObject({ status: 'failed', attempts: [{ outcome: 'failed' }] });
    const { id } = (await shown('tickets', '/tickets'))[before]!;
    expect(once.attempts[0].service_message).toContain(`The case was created with the id "${id}".`);
    expect(await push({ sendIdempotencyKey: true })).toMatchObject({ status: 'retrying' });
    expect(await shown('tickets', '/tickets')).toHaveLength(before + 2);
  });

  test('the check leaves no trace', async () => {
    const before = (await shown('tickets', '/tickets')).length;
    expect(await check(saved())).toMatchObject({ status: 'ok' });
    expect(await shown('tickets', '/tickets')).toHaveLength(before);
  });
});

test('the log holds none of the credentials of all this', () => {
  for (const secret of [XSOAR_6_KEY, XSOAR_8_KEY.key, TICKETS_USER.password, 'wrong-key', 'wrong password']) {
    expect(app.log()).not.toContain(secret);
  }
});
