import { headers } from '../../connectors/auth.ts';
import { urlProblem } from '../../connectors/checks.ts';
import { defineConnectorType } from '../../connectors/define.ts';
import { normalisedUrl } from '../shared/sub-action-answer.ts';
import { run, stories, test, webhooks } from './api.ts';
import { config, runParams, secrets, storiesParams, webhooksParams } from './schema.ts';
import { withAllVariables } from './variables.ts';

export default defineConnectorType({
  id: '.tines',
  name: 'Tines',
  description: 'Send events to a Tines story.',
  category: 'security-operations',
  features: ['siem'],
  minimumLicense: 'gold',
  docsUrl: 'https://www.tines.com/docs/api/authentication/',
  setup: [
    'In Tines, open the API keys from the menu and add one: a personal key, or one of a service account that may see the story.',
    'Copy the key into "API token" and enter the email of the user that it belongs to; the tenant URL is the beginning of the address that the browser shows.',
    'In the story, add a webhook action and leave its access control at the secret. The sub-actions "stories" and "webhooks" list what can be chosen.',
    'If the API is not to be asked at each run, give the URL of the webhook action instead of its id.',
  ],

  config,
  secrets,
  check: { config: ({ url }, { egress }) => urlProblem(url, egress, { prefix: 'error validating url' }) },
  target: ({ config }) => normalisedUrl(config.url),
  auth: ({ secrets: { email, token } }) => headers({ 'x-user-email': email, 'x-user-token': token }),
  destinationFields: ['url'],

  style: 'subAction',
  actions: (action) => ({
    stories: action(storiesParams, stories, { description: 'List the stories, at most 500.' }),
    webhooks: action(webhooksParams, webhooks, { description: 'List the webhook actions of a story, at most 500.' }),
    run: action(runParams, run, { description: 'Send an event; in a rule, all that is known of the alert.' }),
    test: action(runParams, run, { description: 'Send an event to try a webhook; the same as "run".' }),
  }),
  templates: {},
  expandTemplates: withAllVariables,
  test,

  sample: {
    config: { url: 'https://some-tenant-2345.tines.com' },
    secrets: { email: 'alerts@example.com', token: 'a long token' },
    params: { subAction: 'stories', subActionParams: {} },
    expect: {
      method: 'GET',
      url: '/api/v1/stories?per_page=500',
      headers: {
        'content-type': 'application/json',
        'x-user-email': 'alerts@example.com',
        'x-user-token': 'a long token',
      },
      body: {},
    },
  },
});
