import { defineConnectorType } from '../../connectors/define.ts';
import { delivered, failed } from '../../connectors/verdict.ts';
import { isSuccess, statusLine } from '../shared/http-error.ts';
import { authOf, secretsProblem, tlsOf } from '../shared/request-auth.ts';
import { noAnswerFailure } from '../shared/sub-action-failure.ts';
import { pushToService } from './push.ts';
import { type Config, config, configProblem, connectorProblem, isUnusable, pushParams, secrets } from './schema.ts';

/** Where requests go to; all of them are the administrator's choice, so each may be given the credentials. */
function targetsOf({ createIncidentUrl, getIncidentUrl, updateIncidentUrl, createCommentUrl }: Config): string[] {
  const urls = [createIncidentUrl, getIncidentUrl, updateIncidentUrl, createCommentUrl ?? ''];
  return urls.filter((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol));
}

export default defineConnectorType({
  id: '.cases-webhook',
  name: 'Webhook - Case Management',
  description: 'Create, update and comment on cases in any ticket system that has a JSON API.',
  category: 'tickets',
  features: ['cases'],
  minimumLicense: 'gold',
  docsUrl: 'https://www.elastic.co/docs/reference/kibana/connectors-kibana/cases-webhook-action-type',
  setup: [
    'In the ticket system, make a user or a token that may create, read, update and comment on tickets, and choose the authentication that goes with it. A token goes into a secret header, such as Authorization: Bearer ….',
    'Create case: enter the URL and the JSON body that create a ticket, and where its answer has the id of the new one (for Jira: id).',
    'Get case: enter the URL that answers one ticket, and where that answer has its title (for Jira: key).',
    'External case view URL: the page of the ticket for people.',
    'Update case and, if comments are wanted, create comment: enter URL and JSON body in the same way.',
    'Variables of the case are {{{case.title}}}, {{{case.description}}}, {{{case.id}}}, {{{case.severity}}}, {{{case.status}}} and the list {{{case.tags}}}; of a comment {{{case.comment}}}.',
    'Write variables with three braces and without quotes: {"summary": {{{case.title}}}}. With two braces, quotes turn into &quot;, and the body is no JSON any more.',
  ],

  config,
  secrets,
  check: { config: configProblem, secrets: secretsProblem, connector: connectorProblem },
  target: ({ config }) => targetsOf(config)[0],
  otherTargets: ({ config }) => targetsOf(config).slice(1),
  auth: ({ config, secrets }) => authOf(config, secrets),
  tls: ({ config, secrets }) => tlsOf(config, secrets),
  traits: (details): Record<string, string> => (isUnusable(details) ? { isUnusable: 'yes' } : {}),
  destinationFields: ['createIncidentUrl', 'getIncidentUrl', 'updateIncidentUrl', 'createCommentUrl'],

  style: 'subAction',
  subActionsChecked: 'before',
  actions: (action) => ({
    pushToService: action(pushParams, pushToService, {
      description: 'Creates a case, or updates the one of the external id, and adds the comments.',
    }),
  }),

  /** OPTIONS is safe by definition (RFC 9110, 9.2.1) and passes name, TLS, proxy and certificate on its way. */
  async test({ config, http }) {
    try {
      const response = await http.request('OPTIONS', '', { headers: config.headers ?? {} });
      const answer = `The server answered ${statusLine(response)} to OPTIONS`;
      if (response.status >= 500) return failed('target_unavailable', `${answer}.`);
      return delivered(undefined, isSuccess(response) ? {} : { warning: `${answer}; it may still accept cases.` });
    } catch (error) {
      return noAnswerFailure(error);
    }
  },

  sample: {
    config: {
      createIncidentUrl: 'https://tickets.example.com/api/tickets',
      createIncidentJson: '{"summary": {{{case.title}}}, "text": {{{case.description}}}, "labels": {{{case.tags}}}}',
      createIncidentResponseKey: 'id',
      getIncidentUrl: 'https://tickets.example.com/api/tickets/{{{external.system.id}}}',
      getIncidentResponseExternalTitleKey: 'key',
      viewIncidentUrl: 'https://tickets.example.com/browse/{{{external.system.title}}}',
      updateIncidentUrl: 'https://tickets.example.com/api/tickets/{{{external.system.id}}}',
      updateIncidentJson: '{"summary": {{{case.title}}}, "text": {{{case.description}}}, "labels": {{{case.tags}}}}',
      createCommentMethod: 'post',
      createCommentUrl: 'https://tickets.example.com/api/tickets/{{{external.system.id}}}/comments',
      createCommentJson: '{"text": {{{case.comment}}}}',
      hasAuth: true,
    },
    secrets: { user: 'patchbay', password: 'a long password' },
    params: {
      subAction: 'pushToService',
      subActionParams: {
        incident: { title: 'Disk of host-1 is 93 % full', description: 'No space is left in an hour.', tags: ['disk'] },
      },
    },
    expect: {
      method: 'POST',
      url: '/api/tickets',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from('patchbay:a long password').toString('base64')}`,
      },
      body: { summary: 'Disk of host-1 is 93 % full', text: 'No space is left in an hour.', labels: ['disk'] },
    },
  },
});
