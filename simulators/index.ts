import { casesWebhook } from './cases-webhook.ts';
import { d3security } from './d3security.ts';
import { elasticsearch } from './elasticsearch.ts';
import { graph } from './graph.ts';
import type { SimulatorDefinition } from './harness.ts';
import { jiraServiceManagement } from './jira-service-management.ts';
import { oauthServer } from './oauth.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack.ts';
import { slackApi } from './slack-api.ts';
import { smtpServer } from './smtp.ts';
import { teams } from './teams.ts';
import { tines } from './tines.ts';
import { torq } from './torq.ts';
import { webhook } from './webhook.ts';
import { xmatters } from './xmatters.ts';
import { xsoar } from './xsoar.ts';

/** Every simulator, in the order in which `patchbay simulate` shows them. A new vendor is one file and one line here. */
export const simulators: readonly SimulatorDefinition[] = [
  webhook,
  slack,
  slackApi(),
  teams,
  pagerduty,
  smtpServer(),
  graph,
  oauthServer(),
  elasticsearch,
  opsgenie,
  jiraServiceManagement,
  xmatters,
  torq,
  tines,
  d3security,
  xsoar,
  casesWebhook,
];

export * from './harness.ts';
