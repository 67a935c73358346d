import { header } from '../../connectors/auth.ts';
import { type ActionContext, defineConnectorType, type ExecutionInfo } from '../../connectors/define.ts';
import { delivered, type Verdict } from '../../connectors/verdict.ts';
import type { HttpClient } from '../../egress/types.ts';
import {
  type Config,
  config,
  configProblem,
  type Params,
  params,
  paramsProblem,
  secrets,
  timestampOf,
  urlOf,
} from './schema.ts';
import { verdictOf, verdictOfTrouble } from './verdicts.ts';

/**
 * The key of an alert that was given none. PagerDuty makes one up for each event without a key, so an event that is sent
 * again, because its answer was lost, would be a second alert: what may be sent again, which is what the queue runs, gets
 * the id of its execution. What is run on the spot is sent once, and as Kibana sends it.
 */
function ownKey({ id, source }: ExecutionInfo): string | undefined {
  return source === 'http_request' || source === 'test' ? undefined : id;
}

/** `undefined` stands for a member that is not sent. */
function eventOf(given: Params, execution: ExecutionInfo) {
  const {
    eventAction = 'trigger',
    component,
    group,
    class: kind,
    customDetails,
    links,
    client,
    clientUrl,
    images,
  } = given;
  const event = { event_action: eventAction, dedup_key: given.dedupKey || undefined };
  if (eventAction !== 'trigger') return event;
  return {
    event_action: eventAction,
    dedup_key: event.dedup_key ?? ownKey(execution),
    payload: {
      summary: given.summary || 'No summary provided.',
      source: given.source || `Kibana Action ${execution.connectorId}`,
      severity: given.severity ?? 'info',
      timestamp: timestampOf(given),
      component,
      group,
      class: kind,
      custom_details: customDetails,
    },
    links,
    images,
    client,
    client_url: clientUrl,
  };
}

/** Sends one event. @throws what is no trouble of the network: a defect */
function send(http: HttpClient, event: { dedup_key?: string | undefined }): Promise<Verdict> {
  return http.post('', { json: event }).then((response) => verdictOf(response, event.dedup_key), verdictOfTrouble);
}

export default defineConnectorType({
  id: '.pagerduty',
  name: 'PagerDuty',
  description: 'Trigger, acknowledge and resolve alerts in PagerDuty through its Events API v2.',
  category: 'paging',
  features: ['alerting', 'uptime', 'siem'],
  minimumLicense: 'gold',
  docsUrl: 'https://developer.pagerduty.com/docs/events-api-v2-overview',
  setup: [
    'In PagerDuty, open Services, then the service that the alerts belong to, and its tab "Integrations".',
    'Choose "Add an integration", then "Events API V2".',
    'Copy the integration key, 32 letters and digits, into this connector.',
    'If your account is in the EU region (its address ends in eu.pagerduty.com), enter the API URL https://events.eu.pagerduty.com/v2/enqueue.',
  ],

  config,
  secrets,
  check: { config: configProblem },
  target: ({ config }) => urlOf(config),
  /** PagerDuty documents `routing_key` in the body and takes this header instead; Kibana sends the header. */
  auth: ({ secrets }) => header('X-Routing-Key', secrets.routingKey),
  destinationFields: ['apiUrl'],

  style: 'flat',
  actions: (action) => ({
    run: action(
      params,
      ({ http, params, execution }: ActionContext<Config, Params>) => send(http, eventOf(params, execution)),
      { check: paramsProblem },
    ),
  }),

  /**
   * Resolves an alert that does not exist: PagerDuty looks at the key, and drops the event
   * (https://developer.pagerduty.com/docs/send-alert-event#alert-de-duplication).
   */
  async test({ http, execution }) {
    const verdict = await send(
      http,
      eventOf({ eventAction: 'resolve', dedupKey: `patchbay-check-${execution.id}` }, execution),
    );
    return verdict.outcome === 'delivered' ? delivered() : verdict;
  },

  sample: {
    config: { apiUrl: 'https://events.pagerduty.com/v2/enqueue' },
    secrets: { routingKey: '0123456789abcdef0123456789abcdef' },
    params: {
      eventAction: 'trigger',
      dedupKey: 'disk:host-1',
      summary: 'Disk of host-1 is 93 % full',
      severity: 'warning',
      timestamp: '2030-01-02T12:30:05Z',
      component: 'disk',
      group: 'storage',
      source: 'host-1',
      class: 'disk usage',
      customDetails: { used: 93, mounts: ['/', '/var'] },
      links: [{ href: 'https://example.com/hosts/host-1', text: 'host-1' }],
    },
    expect: {
      method: 'POST',
      url: '/v2/enqueue',
      headers: { 'content-type': 'application/json', 'x-routing-key': '0123456789abcdef0123456789abcdef' },
      body: {
        event_action: 'trigger',
        dedup_key: 'disk:host-1',
        payload: {
          summary: 'Disk of host-1 is 93 % full',
          source: 'host-1',
          severity: 'warning',
          timestamp: '2030-01-02T12:30:05.000Z',
          component: 'disk',
          group: 'storage',
          class: 'disk usage',
          custom_details: { used: 93, mounts: ['/', '/var'] },
        },
        links: [{ href: 'https://example.com/hosts/host-1', text: 'host-1' }],
      },
    },
  },
});
