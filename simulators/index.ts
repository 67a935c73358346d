import { elasticsearch } from './elasticsearch.ts';
import { graph } from './graph.ts';
import type { SimulatorDefinition } from './harness.ts';
import { oauthServer } from './oauth.ts';
import { slack } from './slack.ts';
import { smtpServer } from './smtp.ts';
import { webhook } from './webhook.ts';

/** Every simulator, in the order in which `patchbay simulate` shows them. A new vendor is one file and one line here. */
export const simulators: readonly SimulatorDefinition[] = [
  webhook,
  slack,
  smtpServer(),
  graph,
  oauthServer(),
  elasticsearch,
];

export * from './harness.ts';
