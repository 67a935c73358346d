import { alertApi } from './alerts.ts';
import type { SimulatorDefinition } from './harness.ts';

/** The key of an API integration. */
export const OPSGENIE_KEY = '11111111-2222-4333-8444-555555555555';
/** A key of the account, which opens no alerts. */
export const OPSGENIE_ACCOUNT_KEY = '99999999-2222-4333-8444-555555555555';

/** Opsgenie's alert API; `GET /alerts` shows what came of the requests. */
export const opsgenie: SimulatorDefinition = {
  id: 'opsgenie',
  title: 'Opsgenie',

  start: () =>
    alertApi({
      path: '/v2/alerts',
      key: OPSGENIE_KEY,
      otherKey: OPSGENIE_ACCOUNT_KEY,
      takesNames: true,
      tellsStatus: true,
    }),

  examples: ({ http }) => [
    {
      name: 'Opsgenie simulator',
      connector_type_id: '.opsgenie',
      config: { apiUrl: http },
      secrets: { apiKey: OPSGENIE_KEY },
      params: { subAction: 'createAlert', subActionParams: { message: 'Hello from Patchbay', alias: 'hello' } },
    },
  ],
};
