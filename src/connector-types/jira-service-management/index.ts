import { z } from 'zod';
import { header } from '../../connectors/auth.ts';
import { defineConnectorType } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { createAlertParams, responderType } from '../shared/alerts/params.ts';
import { expandRuleTags } from '../shared/alerts/rule-tags.ts';
import {
  type AlertService,
  alertActions,
  apiUrlProblem,
  baseUrlOf,
  testAlertService,
} from '../shared/alerts/service.ts';

const KEY =
  'Take the API key of an API integration of Jira Service Management; API tokens of users and keys from Opsgenie are no such keys.';

/**
 * The "integration events" of Jira Service Management's operations, the only part of its API that takes such keys:
 * https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events/
 */
const JIRA_SERVICE_MANAGEMENT: AlertService = {
  name: 'Jira Service Management',
  path: 'jsm/ops/integration/v2/alerts',
  emptyAlias: 'sent',
  // Kibana takes any object whose known members have the right type.
  answer: z.looseObject({
    took: z.number().optional(),
    requestId: z.string().optional(),
    result: z.string().optional(),
    message: z.string().optional(),
    errors: z.looseObject({ message: z.string().optional() }).optional(),
  }),
  remedies: {
    401: KEY,
    402: 'The plan of the Atlassian site does not include this.',
    403: `${KEY} The integration must be switched on and be allowed to create and update alerts.`,
    404: 'Check the URL, which is normally https://api.atlassian.com.',
  },
};

const createParams = createAlertParams({
  name: 'Jira Service Management',
  tagsLabel: 'Tags',
  responder: z.strictObject({ id: f.text('ID'), type: responderType }),
  responderHelp: 'A list of {"type": "team", "id": "…"}; names are not taken.',
  visibleTo: z.strictObject({ id: f.text('ID'), type: f.select(['team', 'user'], 'Kind') }),
  visibleToHelp: 'Teams and users that see the alert without being notified; written as responders.',
});

export default defineConnectorType({
  id: '.jira-service-management',
  name: 'Jira Service Management',
  description: 'Open and close alerts in Jira Service Management, the successor of Opsgenie.',
  category: 'paging',
  features: ['alerting', 'uptime', 'siem'],
  minimumLicense: 'platinum',
  docsUrl: 'https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events/',
  setup: [
    'In Jira Service Management, open Operations, choose the team that shall be notified, and open its integrations.',
    'Choose "Add integration", then "API"; allow it to create and update alerts, and switch it on.',
    'Copy its API key into this connector. An API token of a user is another thing and is refused.',
    'The URL is https://api.atlassian.com for every site.',
  ],

  config: z.strictObject({
    apiUrl: f.url('URL', 'The base URL of the API: https://api.atlassian.com', {
      placeholder: 'https://api.atlassian.com',
    }),
  }),
  secrets: z.strictObject({
    apiKey: f.secret(
      'API Key',
      'The key of an API integration of Jira Service Management, not an API token of a user.',
    ),
  }),
  check: { config: apiUrlProblem },
  target: ({ config }) => baseUrlOf(config),
  auth: ({ secrets }) => header('Authorization', `GenieKey ${secrets.apiKey}`),
  destinationFields: ['apiUrl'],

  style: 'subAction',
  actions: alertActions(JIRA_SERVICE_MANAGEMENT, createParams),
  expandTemplates: expandRuleTags,
  test: ({ http }) => testAlertService(JIRA_SERVICE_MANAGEMENT, http),

  sample: {
    config: { apiUrl: 'https://api.atlassian.com' },
    secrets: { apiKey: '00000000-0000-0000-0000-000000000000' },
    params: {
      subAction: 'createAlert',
      subActionParams: {
        message: 'Disk of host-1 is 93 % full',
        alias: 'disk:host-1',
        responders: [{ type: 'team', id: '4513b7ea-3b91-438f-b7e4-e3e54af9147c' }],
        tags: ['disk'],
        priority: 'P2',
      },
    },
    expect: {
      method: 'POST',
      url: '/jsm/ops/integration/v2/alerts',
      headers: {
        'content-type': 'application/json',
        authorization: 'GenieKey 00000000-0000-0000-0000-000000000000',
      },
      body: {
        message: 'Disk of host-1 is 93 % full',
        alias: 'disk:host-1',
        responders: [{ type: 'team', id: '4513b7ea-3b91-438f-b7e4-e3e54af9147c' }],
        tags: ['disk'],
        priority: 'P2',
      },
    },
  },
});
