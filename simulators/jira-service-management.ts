import { alertApi } from './alerts.ts';
import type { SimulatorDefinition } from './harness.ts';

/** The key of an API integration. */
export const JSM_KEY = '22222222-3333-4444-8555-666666666666';
/** A key that exists and may not open alerts. */
export const JSM_OTHER_KEY = '99999999-3333-4444-8555-666666666666';

/** The integration events of Jira Service Management's operations; `GET /alerts` shows what came of the requests. */
export const jiraServiceManagement: SimulatorDefinition = {
  id: 'jira-service-management',
  title: 'Jira Service Management',

  start: () =>
    alertApi({
      path: '/jsm/ops/integration/v2/alerts',
      key: JSM_KEY,
      otherKey: JSM_OTHER_KEY,
      takesNames: false,
      // Asking is another API with other credentials there.
      tellsStatus: false,
    }),

  examples: ({ http }) => [
    {
      name: 'Jira Service Management simulator',
      connector_type_id: '.jira-service-management',
      config: { apiUrl: http },
      secrets: { apiKey: JSM_KEY },
      params: { subAction: 'createAlert', subActionParams: { message: 'Hello from Patchbay', alias: 'hello' } },
    },
  ],
};
