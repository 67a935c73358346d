import { type Simulator, startSimulator } from '../../../simulators/harness.ts';
import { SLACK_TOKEN, type SlackApiOptions, slackApi as simulator } from '../../../simulators/slack-api.ts';
import { httpServer } from '../../../test/support/http-servers.ts';
import type { Delivered, Failed, Verdict } from '../../connectors/verdict.ts';
import { answering, type TrialRun, testSettings, tryType } from '../shared/testing.ts';
import slackApi from './index.ts';

/** What a run came to, for tests that look at members of either outcome. */
export type Outcome = Partial<Delivered> & Partial<Failed>;

type Trial = Pick<TrialRun, 'config' | 'executionId' | 'attempt'>;

/** One sub-action against `origin`, as the server runs it; without params, the type's `test`. */
export async function runAt(origin: string, params?: Record<string, unknown>, trial: Trial = {}): Promise<Verdict> {
  const settings = testSettings({ slackApiUrl: `${origin}/api/` });
  const { verdict } = await tryType(slackApi, { secrets: { token: SLACK_TOKEN }, settings, params, ...trial });
  return verdict;
}

export const message = (subActionParams: Record<string, unknown>) => ({
  subAction: 'postMessage',
  subActionParams: { text: 'hi', ...subActionParams },
});

export const TO_ALERTS = message({ channelIds: ['C0123ABCD'] });

/** A post to a Slack that gives this one answer. */
export async function runAgainst(status: number, body: unknown = '', headers: Record<string, string> = {}) {
  const target = await httpServer(answering(status, body, headers));
  return (await runAt(target.origin, TO_ALERTS)) as Outcome;
}

/** A workspace, and how to post to it. */
export async function workspace(
  options: SlackApiOptions = {},
): Promise<{ slack: Simulator; post: (params: Record<string, unknown>, trial?: Trial) => Promise<Outcome> }> {
  const slack = await startSimulator(simulator(options));
  return { slack, post: async (params, trial) => (await runAt(slack.url, message(params), trial)) as Outcome };
}

/** The methods that were called, in order. */
export function calls({ requests }: Simulator): string[] {
  return requests.map(({ path }) => path.replace('/api/', ''));
}
