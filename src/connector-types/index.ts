import type { AnyConnectorType } from '../connectors/define.ts';
import casesWebhook from './cases-webhook/index.ts';
import d3security from './d3security/index.ts';
import email from './email/index.ts';
import esIndex from './es-index/index.ts';
import jiraServiceManagement from './jira-service-management/index.ts';
import opsgenie from './opsgenie/index.ts';
import pagerduty from './pagerduty/index.ts';
import serverLog from './server-log/index.ts';
import slack from './slack/index.ts';
import slackApi from './slack-api/index.ts';
import teams from './teams/index.ts';
import tines from './tines/index.ts';
import torq from './torq/index.ts';
import webhook from './webhook/index.ts';
import xmatters from './xmatters/index.ts';
import xsoar from './xsoar/index.ts';

/** The types that come with Patchbay, in the order in which they are listed. A new type is a folder and a line here. */
export const BUILT_IN_TYPES: readonly AnyConnectorType[] = [
  email,
  esIndex,
  serverLog,
  slack,
  slackApi,
  teams,
  pagerduty,
  webhook,
  jiraServiceManagement,
  opsgenie,
  xmatters,
  xsoar,
  casesWebhook,
  torq,
  tines,
  d3security,
];
