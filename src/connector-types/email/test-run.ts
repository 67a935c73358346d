import { afterEach, expect } from 'vitest';
import type { TypeSettings } from '../../connectors/define.ts';
import { resolveAuth } from '../../connectors/oauth.ts';
import type { Failed, Verdict } from '../../connectors/verdict.ts';
import { createEgress, type EgressOptions } from '../../egress/index.ts';
import email from './index.ts';
import { config as configSchema, secrets as secretsSchema } from './schema.ts';
import { testContext, testSettings } from './test-support.ts';

/** Stands for the token that the OAuth part would have fetched. */
export const TEST_TOKEN = 'Bearer token-1';

/** Run after each test, last first. */
export const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const message = { to: ['Jim <jim@x.org>'], subject: 'Hello', message: '**Hi**' };

export interface Given {
  config: Parameters<typeof testContext>[0]['config'];
  secrets?: Parameters<typeof secretsSchema.parse>[0];
  params?: object;
  settings?: TypeSettings;
  egress?: EgressOptions;
  source?: Parameters<typeof testContext>[0]['source'];
}

/** What the runner does: the type says where to and with which credentials, the action gets clients that know them. */
export async function contextOf(given: Given) {
  const settings = given.settings ?? testSettings();
  const details = {
    config: configSchema.parse(given.config),
    secrets: secretsSchema.parse(given.secrets ?? {}),
    settings,
  };
  const egress = createEgress(given.egress);
  cleanUps.push(egress.close);
  const server = email.smtp?.(details);
  const auth = await resolveAuth(email.auth?.(details), { token: async () => TEST_TOKEN });
  return testContext({
    config: given.config,
    params: { ...message, ...given.params },
    settings,
    source: given.source,
    executionId: 'e-1',
    smtp: server && egress.smtp(server, {}),
    http: egress.http({ connection: { baseUrl: email.target?.(details), ...auth } }),
  });
}

/** Runs the action as the runner does, without checking the params before. */
export async function send(given: Given): Promise<Verdict> {
  return (await email.actions.run!.run(await contextOf(given))) as Verdict;
}

/** A failure of sending, whatever its service message. */
export const failedWith = (code: string, more: Partial<Failed> = {}) =>
  expect.objectContaining({ outcome: 'failed', code, message: 'error sending email', ...more });
