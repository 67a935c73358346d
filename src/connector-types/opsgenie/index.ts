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

const MOVED =
  'Opsgenie ends on 5 April 2027, and earlier for an account that was moved: then use a Jira Service Management connector.';

/**
 * Statuses and their meaning: https://docs.opsgenie.com/docs/response. The body of a 422 says itself what to mend.
 */
const OPSGENIE: AlertService = {
  name: 'Opsgenie',
  path: 'v2/alerts',
  emptyAlias: 'omitted',
  answer: z.looseObject({ took: z.coerce.number(), requestId: z.string() }),
  remedies: {
    401: `Check the API key, and that the URL is that of your region: https://api.opsgenie.com or https://api.eu.opsgenie.com. ${MOVED}`,
    402: 'The plan of the Opsgenie account does not include this.',
    403: 'Take the key of an API integration that may create and update alerts; the keys of users and of the account may not.',
    404: `Check the URL. ${MOVED}`,
    410: MOVED,
  },
};

const name = f.text('Name');
const id = f.text('ID');
const username = f.text('Username');
const user = f.of(z.literal('user'), 'Kind');
const team = f.of(z.literal('team'), 'Kind');

const createParams = createAlertParams({
  name: 'Opsgenie',
  tagsLabel: 'Opsgenie tags',
  responder: z.union([
    z.strictObject({ name, type: responderType }),
    z.strictObject({ id, type: responderType }),
    z.strictObject({ username, type: user }),
  ]),
  responderHelp: 'A list of {"type": "team", "name": "…"}; instead of "name" an "id", for users a "username".',
  visibleTo: z.union([
    z.strictObject({ name, type: team }),
    z.strictObject({ id, type: team }),
    z.strictObject({ id, type: user }),
    z.strictObject({ username, type: user }),
  ]),
  visibleToHelp: 'Teams and users that see the alert without being notified; written as responders.',
});

export default defineConnectorType({
  id: '.opsgenie',
  name: 'Opsgenie',
  description: 'Open and close alerts in Opsgenie, which Atlassian ends on 5 April 2027.',
  notice:
    'Atlassian ends Opsgenie on 5 April 2027, and 120 days after its migration for an account that was moved. Its successor is Jira Service Management, with a connector type of the same actions: docs/opsgenie.md says how to turn this connector into one.',
  category: 'paging',
  features: ['alerting', 'uptime', 'siem'],
  minimumLicense: 'platinum',
  docsUrl: 'https://docs.opsgenie.com/docs/alert-api',
  setup: [
    'In Opsgenie, open Teams, choose the team that shall be notified, and open Integrations.',
    'Choose "Add integration", then "API"; allow it to create and update alerts, and switch it on.',
    'Copy its API key into this connector. A key from "API key management" in the settings of the account opens no alerts.',
    'The URL is https://api.opsgenie.com, for accounts in the European Union https://api.eu.opsgenie.com.',
  ],

  config: z.strictObject({
    apiUrl: f.url('URL', 'https://api.opsgenie.com, or https://api.eu.opsgenie.com for accounts in the EU.', {
      placeholder: 'https://api.opsgenie.com',
    }),
  }),
  secrets: z.strictObject({
    apiKey: f.secret('API Key', 'The key of an API integration.'),
  }),
  check: { config: apiUrlProblem },
  target: ({ config }) => baseUrlOf(config),
  auth: ({ secrets }) => header('Authorization', `GenieKey ${secrets.apiKey}`),
  destinationFields: ['apiUrl'],

  style: 'subAction',
  actions: alertActions(OPSGENIE, createParams),
  expandTemplates: expandRuleTags,
  test: ({ http }) => testAlertService(OPSGENIE, http),

  sample: {
    config: { apiUrl: 'https://api.opsgenie.com' },
    secrets: { apiKey: '00000000-0000-0000-0000-000000000000' },
    params: {
      subAction: 'createAlert',
      subActionParams: {
        message: 'Disk of host-1 is 93 % full',
        alias: 'disk:host-1',
        responders: [{ type: 'team', name: 'Operations' }],
        tags: ['disk'],
        priority: 'P2',
      },
    },
    expect: {
      method: 'POST',
      url: '/v2/alerts',
      headers: {
        'content-type': 'application/json',
        authorization: 'GenieKey 00000000-0000-0000-0000-000000000000',
      },
      body: {
        message: 'Disk of host-1 is 93 % full',
        alias: 'disk:host-1',
        responders: [{ type: 'team', name: 'Operations' }],
        tags: ['disk'],
        priority: 'P2',
      },
    },
  },
});
