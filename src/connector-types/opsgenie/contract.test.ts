import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startSimulator } from '../../../simulators/harness.ts';
import { OPSGENIE_KEY, opsgenie as simulator } from '../../../simulators/opsgenie.ts';
import { httpServer } from '../../../test/support/http-servers.ts';
import jsm from '../jira-service-management/index.ts';
import { answering, tryType } from '../shared/testing.ts';
import opsgenie from './index.ts';

/**
 * What is sent, against the vendor's own description: the used parts of `swagger.json` of
 * https://github.com/opsgenie/opsgenie-oas (commit 71c5534, Apache-2.0), written as zod schemas. The document knows no
 * limits and lets unknown members pass, so the limits of https://docs.opsgenie.com/docs/alert-api are added, and the
 * objects are closed: a misspelt optional field would otherwise fit.
 */
const text = (longest: number) => z.string().max(longest);

/** `AlertActionPayload` */
const actionPayload = { user: text(100).optional(), note: text(25_000).optional(), source: text(100).optional() };

/** `Recipient`, by its discriminator: what names one depends on its type. */
const recipient = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('team'), id: z.string().optional(), name: z.string().optional() }),
  z.strictObject({ type: z.literal('escalation'), id: z.string().optional(), name: z.string().optional() }),
  z.strictObject({ type: z.literal('schedule'), id: z.string().optional(), name: z.string().optional() }),
  z.strictObject({ type: z.literal('user'), id: z.string().optional(), username: z.string().optional() }),
]);

/** `CreateAlertPayload` */
const createAlertPayload = z.strictObject({
  ...actionPayload,
  message: text(130).min(1),
  alias: text(512).optional(),
  description: text(15_000).optional(),
  responders: z.array(recipient).max(50).optional(),
  visibleTo: z.array(recipient).max(50).optional(),
  actions: z.array(text(50)).max(10).optional(),
  tags: z.array(text(50)).max(20).optional(),
  details: z.record(z.string(), z.string()).optional(),
  entity: text(512).optional(),
  priority: z.enum(['P1', 'P2', 'P3', 'P4', 'P5']).optional(),
});

/** `CloseAlertPayload` */
const closeAlertPayload = z.strictObject(actionPayload);

/** `SuccessResponse` */
const successResponse = z.object({ requestId: z.string(), took: z.number(), result: z.string().optional() });

const ALERT = {
  message: 'Disk of host-1 is 93 % full',
  alias: 'disk:host-1',
  description: 'It fills by 1 % an hour.',
  responders: [
    { type: 'team', id: '4513b7ea' },
    { type: 'user', id: 'bb4d9938' },
  ],
  visibleTo: [{ type: 'team', id: '4513b7ea' }],
  actions: ['restart'],
  tags: ['disk'],
  details: { host: 'host-1' },
  entity: 'storage',
  source: 'patchbay',
  priority: 'P2',
  user: 'monitoring',
  note: 'second time today',
};
const NAMED = {
  ...ALERT,
  responders: [
    { type: 'team', name: 'Operations' },
    { type: 'escalation', name: 'Nights' },
    { type: 'user', username: 'jim@example.com' },
  ],
  visibleTo: [{ type: 'user', username: 'jim@example.com' }],
};

async function sent(type: typeof opsgenie | typeof jsm, subAction: string, subActionParams: object): Promise<unknown> {
  const target = await httpServer(answering(202, { took: 1, requestId: 'r' }));
  const params = { subAction, subActionParams };
  await tryType(type, { config: { apiUrl: target.origin }, secrets: { apiKey: 'k' }, params });
  return JSON.parse(target.seen[0]?.body ?? '');
}

describe('fits the vendor’s schema', () => {
  test.each([
    ['.opsgenie', opsgenie, ALERT],
    ['.opsgenie, by name', opsgenie, NAMED],
    ['.opsgenie, at its limits', opsgenie, { ...ALERT, message: 'm'.repeat(15_000), alias: 'a'.repeat(600) }],
    ['.jira-service-management', jsm, ALERT],
  ])('createAlert of %s', async (_name, type, params) => {
    const body = createAlertPayload.parse(await sent(type, 'createAlert', params));
    expect(Object.keys(body).sort()).toEqual(Object.keys(params).sort());
  });

  test.each([opsgenie, jsm])('closeAlert of $id', async (type) => {
    const body = await sent(type, 'closeAlert', { alias: 'a', user: 'u', source: 's', note: 'n' });
    expect(closeAlertPayload.parse(body)).toEqual({ user: 'u', source: 's', note: 'n' });
  });

  test('and so do the answers of the simulator', async () => {
    const running = await startSimulator(simulator);
    try {
      const { verdict } = await tryType(opsgenie, {
        config: { apiUrl: running.url },
        secrets: { apiKey: OPSGENIE_KEY },
        params: { subAction: 'createAlert', subActionParams: NAMED },
      });
      expect(successResponse.safeParse(verdict.data).error).toBeUndefined();
    } finally {
      await running.close();
    }
  });
});

describe('the schema can fail', () => {
  test.each([
    ['no message', { ...ALERT, message: undefined }],
    ['a message that was not cut', { ...ALERT, message: 'm'.repeat(131) }],
    ['an alias that was not hashed', { ...ALERT, alias: 'a'.repeat(513) }],
    ['another priority', { ...ALERT, priority: 'P6' }],
    ['a number among the details', { ...ALERT, details: { disk: 93 } }],
    ['a responder without a type', { ...ALERT, responders: [{ id: 'x' }] }],
    ['a responder of another type', { ...ALERT, responders: [{ type: 'robot', id: 'x' }] }],
    ['a team with a user name', { ...ALERT, responders: [{ type: 'team', username: 'x' }] }],
    ['tags as a text', { ...ALERT, tags: 'disk' }],
    ['a tag too many', { ...ALERT, tags: Array(21).fill('t') }],
    ['a misspelt field', { ...ALERT, visible_to: [] }],
  ])('%s', (_name, body) => {
    expect(createAlertPayload.safeParse(ALERT).success).toBe(true);
    expect(createAlertPayload.safeParse(body).success).toBe(false);
  });

  test('for closing and for answers, too', () => {
    expect(closeAlertPayload.safeParse({ alias: 'a' }).success).toBe(false);
    expect(closeAlertPayload.safeParse({ note: 5 }).success).toBe(false);
    expect(successResponse.safeParse({ took: 1 }).success).toBe(false);
    expect(successResponse.safeParse({ took: '1', requestId: 'r' }).success).toBe(false);
  });
});
