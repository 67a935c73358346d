import { z } from 'zod';
import { all, header } from '../../connectors/auth.ts';
import { urlProblem } from '../../connectors/checks.ts';
import { defineConnectorType } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { normalisedUrl } from '../shared/sub-action-answer.ts';
import { createIncident, runParams, severityOfRule } from './incident.ts';
import { findPlaybooks } from './playbooks.ts';

/** XSOAR 8 and XSIAM have their API below this path; XSOAR 6 has it at the root. */
const CLOUD_PATH = '/xsoar/public/v1';

const config = z.strictObject({
  url: f.url(
    'URL',
    'Of XSOAR 8 the address of the API, which begins with https://api-; of XSOAR 6 that of the server.',
    {
      placeholder: 'https://api-example.crtx.eu.paloaltonetworks.com',
    },
  ),
});

const secrets = z.strictObject({
  apiKey: f.secret('API key', 'A Standard key; an Advanced one, which is hashed for each request, cannot be used.'),
  apiKeyID: f
    .secret('API key id', 'The number beside the key. XSOAR 8 and XSIAM need it; leave it empty for XSOAR 6.')
    .nullable()
    .default(null),
});

/**
 * Requests, headers and error bodies: https://github.com/demisto/demisto-py (`server_api_swagger.json`) and
 * https://docs-cortex.paloaltonetworks.com/r/Cortex-XSOAR-8-API.
 */
export default defineConnectorType({
  id: '.xsoar',
  name: 'XSOAR',
  description: 'Create incidents in Cortex XSOAR and start playbooks on them.',
  category: 'security-operations',
  features: ['siem'],
  minimumLicense: 'platinum',
  docsUrl: 'https://docs-cortex.paloaltonetworks.com/r/Cortex-XSOAR-8-API/Cortex-XSOAR-8-overview',
  setup: [
    'Sign in to XSOAR as a user who may create incidents and see playbooks.',
    'Open Settings & Info > Settings > Integrations > API Keys (XSOAR 6: Settings > Integrations > API Keys).',
    'Create a key; in XSOAR 8 choose the security level "Standard" and a role that may create incidents. Copy the key: it is shown once.',
    'In XSOAR 8 and XSIAM, copy the number in the column "ID" of the key as well, and the address that "Copy API URL" gives as URL.',
    'In a multi-tenant XSOAR 6, add the account to the URL: https://xsoar.example.com/acc_tenant.',
  ],

  config,
  secrets,
  check: { config: ({ url }, { egress }) => urlProblem(url, egress, { prefix: 'error validating url' }) },
  // the id alone tells the two apart, as in Kibana
  target: ({ config, secrets }) => normalisedUrl(config.url) + (secrets.apiKeyID ? CLOUD_PATH : ''),
  auth: ({ secrets }) =>
    all(
      header('Authorization', secrets.apiKey),
      secrets.apiKeyID ? header('x-xdr-auth-id', secrets.apiKeyID) : undefined,
    ),
  destinationFields: ['url'],

  style: 'subAction',
  actions: (action) => ({
    run: action(runParams, ({ config, params, http, execution }) => createIncident(http, config, params, execution), {
      description: 'Creates an incident. XSOAR takes no key against repetitions: creating twice makes two incidents.',
    }),
    getPlaybooks: action(z.looseObject({}), ({ http }) => findPlaybooks(http, {}), {
      description: 'Lists the playbooks, whose ids a run takes.',
    }),
  }),
  expandTemplates: severityOfRule,

  /** One playbook at most: the search changes nothing, and needs the rights of any other call. */
  async test({ http }) {
    await findPlaybooks(http, { page: 0, size: 1 });
  },

  sample: {
    config: { url: 'https://api-example.crtx.eu.paloaltonetworks.com' },
    secrets: { apiKey: 'a standard API key', apiKeyID: '17' },
    params: {
      subAction: 'run',
      subActionParams: {
        name: 'Disk of host-1 is 93 % full',
        playbookId: '8db0105c-f674-4d83-8095-f95a9f61e77a',
        createInvestigation: true,
        severity: 2,
        body: '{"details":"No space is left in an hour.","type":"Unclassified"}',
      },
    },
    expect: {
      method: 'POST',
      url: '/xsoar/public/v1/incident',
      headers: { 'content-type': 'application/json', authorization: 'a standard API key', 'x-xdr-auth-id': '17' },
      body: {
        details: 'No space is left in an hour.',
        type: 'Unclassified',
        name: 'Disk of host-1 is 93 % full',
        playbookId: '8db0105c-f674-4d83-8095-f95a9f61e77a',
        createInvestigation: true,
        severity: 2,
      },
    },
  },
});
