import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { casesWebhook, TICKETS_USER } from './cases-webhook.ts';
import { type Simulator, startSimulator } from './harness.ts';
import { XSOAR_6_KEY, XSOAR_8_KEY, XSOAR_PLAYBOOKS, XSOAR_READ_ONLY_KEY, xsoar } from './xsoar.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** Starts one simulator for a describe block and returns a function that calls it. */
function use(definition: Parameters<typeof startSimulator>[0]) {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator(definition);
  });
  afterAll(() => simulator.close());
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(simulator.url + path, { method, body: text, headers });
    const answer = await response.text();
    return { status: response.status, body: answer === '' ? undefined : JSON.parse(answer) };
  };
}

describe('xsoar', () => {
  const call = use(xsoar);
  const six = { ...JSON_TYPE, authorization: XSOAR_6_KEY };
  const eight = { ...JSON_TYPE, authorization: XSOAR_8_KEY.key, 'x-xdr-auth-id': XSOAR_8_KEY.id };
  const incident = { name: 'Disk full', severity: 0.5, createInvestigation: false, playbookId: null };
  const create = (body: unknown, headers: Record<string, string> = six) => call('POST', '/incident', body, headers);

  test('creates incidents, and shows them', async () => {
    expect(await create(incident)).toMatchObject({ status: 201, body: { name: 'Disk full', investigationId: '' } });
    const playbookId = XSOAR_PLAYBOOKS[0].id;
    const more = { ...incident, playbookId, createInvestigation: true, CustomFields: { host: 'h' }, own: { a: 1 } };
    const { status, body } = await call('POST', '/xsoar/public/v1/incident', more, eight);
    expect([status, body.investigationId, body.playbookId]).toEqual([201, body.id, playbookId]);
    expect((await call('GET', '/incidents')).body).toHaveLength(2);
  });

  test('finds playbooks', async () => {
    const found = await call('POST', '/playbook/search', {}, six);
    expect(found).toMatchObject({ status: 200, body: { playbooks: XSOAR_PLAYBOOKS, total: 2 } });
    const one = await call('POST', '/playbook/search', { query: 'phish', page: 0, size: 1 }, six);
    expect(one.body.playbooks).toMatchObject([{ name: 'Phishing' }]);
  });

  test.each<[Record<string, unknown>, string]>([
    [{ name: '' }, 'name: '],
    [{ name: undefined }, 'name: '],
    [{ severity: 5 }, 'severity: '],
    [{ severity: '2' }, 'severity: '],
    [{ createInvestigation: 'yes' }, 'createInvestigation: '],
    [{ playbookId: 'no-such' }, 'playbook no-such was not found'],
    [{ body: '{}' }, 'body: '],
    [{ isRuleSeverity: true }, 'isRuleSeverity: '],
    [{ occurred: 'yesterday' }, 'occurred: '],
  ])('refuses %j', async (change, detail) => {
    const { status, body } = await create({ ...incident, ...change });
    expect([status, body]).toEqual([
      400,
      expect.objectContaining({ status: 400, detail: expect.stringContaining(detail) }),
    ]);
  });

  test.each<[string, string, Record<string, string>, number]>([
    ['POST', '/incident', JSON_TYPE, 401],
    ['POST', '/incident', { ...six, authorization: `Bearer ${XSOAR_6_KEY}` }, 401],
    ['POST', '/incident', eight, 401],
    ['POST', '/xsoar/public/v1/incident', six, 401],
    ['POST', '/xsoar/public/v1/incident', { ...eight, 'x-xdr-auth-id': '18' }, 401],
    ['POST', '/incident', { ...six, authorization: XSOAR_READ_ONLY_KEY }, 403],
    ['POST', '/incidents', six, 404],
    ['PUT', '/incident', six, 404],
    ['POST', '/incident', { ...six, 'content-type': 'text/plain' }, 400],
  ])('%s %s %o is refused', async (method, path, headers, status) => {
    expect((await call(method, path, incident, headers)).status).toBe(status);
  });
});

describe('cases-webhook', () => {
  const call = use(casesWebhook);
  const basic = (user: string, password: string) => ({
    ...JSON_TYPE,
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });
  const right = basic(TICKETS_USER.user, TICKETS_USER.password);
  const ticket = { summary: 'Disk full', text: 'No space', labels: ['disk'], severity: 'high' };

  test('the life of a ticket', async () => {
    const created = await call('POST', '/api/tickets', ticket, right);
    expect(created).toEqual({ status: 201, body: { id: expect.any(String), key: expect.stringMatching(/^DISK-/) } });
    const path = `/api/tickets/${created.body.id}`;
    expect((await call('PUT', path, { ...ticket, summary: 'Disk fuller' }, right)).status).toBe(204);
    expect((await call('POST', `${path}/comments`, { text: 'Now!' }, right)).status).toBe(201);
    const found = { ...ticket, summary: 'Disk fuller', comments: [{ id: '1', text: 'Now!' }] };
    expect((await call('GET', path, undefined, right)).body).toMatchObject(found);
    expect((await call('GET', '/tickets')).body).toMatchObject([found]);
  });

  test('what came with a key is done once', async () => {
    const keyed = { ...right, 'idempotency-key': 'k-1' };
    const [one, two] = [
      await call('POST', '/api/tickets', ticket, keyed),
      await call('POST', '/api/tickets', ticket, keyed),
    ];
    expect(two).toEqual(one);
    expect((await call('POST', '/api/tickets', ticket, right)).body.id).not.toBe(one.body.id);
  });

  test('a refusal is not kept for the key', async () => {
    const keyed = { ...right, 'idempotency-key': 'k-2' };
    expect((await call('POST', '/api/tickets', {}, keyed)).status).toBe(422);
    expect((await call('POST', '/api/tickets', ticket, keyed)).status).toBe(201);
  });

  test.each<[string, string, unknown, Record<string, string>, number]>([
    ['POST', '/api/tickets', ticket, JSON_TYPE, 401],
    ['POST', '/api/tickets', ticket, basic(TICKETS_USER.user, 'wrong'), 401],
    ['POST', '/api/tickets', '{"summary":', right, 400],
    ['POST', '/api/tickets', ticket, { ...right, 'content-type': 'text/plain' }, 415],
    ['POST', '/api/tickets', { ...ticket, summary: '' }, right, 422],
    ['POST', '/api/tickets', { ...ticket, summary: 'x'.repeat(256) }, right, 422],
    ['POST', '/api/tickets', { ...ticket, labels: ['a b'] }, right, 422],
    ['POST', '/api/tickets', { ...ticket, title: 'x' }, right, 422],
    ['GET', '/api/tickets', undefined, right, 405],
    ['GET', '/api/tickets/7', undefined, right, 404],
    ['PUT', '/api/tickets/', ticket, right, 404],
    ['POST', '/api/tickets/7/comments', { text: 'x' }, right, 404],
    ['GET', '/', undefined, right, 404],
  ])('%s %s %j is refused', async (method, path, body, headers, status) => {
    expect((await call(method, path, body, headers)).status).toBe(status);
  });
});
