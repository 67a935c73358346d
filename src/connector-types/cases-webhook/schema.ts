import { z } from 'zod';
import type { CheckContext, Details } from '../../connectors/define.ts';
import { f } from '../../connectors/fields.ts';
import { errorText } from '../../errors.ts';
import { comments, externalId } from '../shared/case-push.ts';
import { authFields, authSecrets, OAUTH2, tlsOf, usesBasic } from '../shared/request-auth.ts';

const BRACES = 'Write three braces and no quotes around variables: {"title": {{{case.title}}}}.';
const ID_IN_URL = '{{{external.system.id}}} is the id of the case.';
const noOauth = { when: { field: 'authType', is: [OAUTH2] } };

/** In the order of the form, which is also the order of problems. `sendIdempotencyKey` is Patchbay's own. */
export const config = z.strictObject({
  ...authFields,
  createIncidentMethod: f.select(['post', 'put', 'patch'], 'Create case method').default('post'),
  createIncidentUrl: f.url('Create case URL', 'Takes no variables.'),
  createIncidentJson: f.json('Create case object', `Takes all variables of the case. ${BRACES}`),
  createIncidentResponseKey: f.text(
    'Create case response external key',
    'Where the answer has the id of the new case: id, data.id, items[0].key.',
  ),
  getIncidentMethod: f.select(['get', 'post'], 'Get case method').default('get'),
  getIncidentUrl: f.url('Get case URL', ID_IN_URL),
  getIncidentJson: f
    .json('Get case object', 'Sent with POST. {{{external.system.id}}} is the id of the case, quotes included.', {
      when: { field: 'getIncidentMethod', is: ['post'] },
    })
    .nullable()
    .default(null),
  getIncidentResponseExternalTitleKey: f.text(
    'Get case response external title key',
    'Where the answer has what people call the case: key, fields.summary.',
  ),
  viewIncidentUrl: f.url(
    'External case view URL',
    'Where people see the case; takes {{{external.system.id}}} and {{{external.system.title}}}.',
  ),
  updateIncidentMethod: f.select(['post', 'patch', 'put'], 'Update case method').default('put'),
  updateIncidentUrl: f.url('Update case URL', ID_IN_URL),
  updateIncidentJson: f.json(
    'Update case object',
    `Takes all variables of the case, and {{{external.system.id}}}. ${BRACES}`,
  ),
  createCommentMethod: f.select(['post', 'put', 'patch'], 'Create comment method').nullable().default('put'),
  createCommentUrl: f
    .url('Create comment URL', `${ID_IN_URL} Without it, comments are not sent.`)
    .nullable()
    .default(null),
  createCommentJson: f
    .json('Create comment object', `Takes {{{case.comment}}} and {{{external.system.id}}}. ${BRACES}`)
    .nullable()
    .default(null),
  sendIdempotencyKey: f
    .flag(
      'Idempotency key',
      'Adds the header Idempotency-Key to what creates, updates and comments, the same at every attempt of one execution, so that a service which honours it acts once. Without it, a queued push that fails after the case was created is not tried again. A header of that name of your own wins.',
    )
    .optional(),
  accessTokenUrl: f.text('Access token URL', 'Accepted, and not used.', noOauth).optional(),
  clientId: f.text('Client ID', 'Accepted, and not used.', noOauth).optional(),
  scope: f.text('Scope', 'Accepted, and not used.', noOauth).optional(),
  additionalFields: f.text('Additional fields', 'Accepted, and not used.', noOauth).nullable().optional(),
});
export type Config = z.output<typeof config>;

export const secrets = z.strictObject(authSecrets);
export type Secrets = z.output<typeof secrets>;

const text = (label: string, help?: string) => f.text(label, help).nullable().default(null);

export const pushParams = z.strictObject({
  incident: f.of(
    z.strictObject({
      title: f.text('Title'),
      tags: f.of(z.array(z.string()), 'Tags', undefined, { widget: 'list' }).nullable().default(null),
      id: text('Case ID', 'Of the case here.'),
      severity: text('Severity', 'E.g. low, medium, high, critical.'),
      status: text('Status', 'E.g. open, in-progress, closed.'),
      description: f.longText('Description').nullable().default(null),
      externalId,
    }),
    'Case',
  ),
  comments,
});
export type PushParams = z.output<typeof pushParams>;

const PREFIX = 'error configuring cases webhook action';

/**
 * The URLs must parse and lead to allowed hosts as they are written, variables and all; whether what becomes of them is
 * a URL to call shows when they are called, as in Kibana.
 *
 * @returns the first problem
 */
export function configProblem(values: Config, { egress }: CheckContext): string | undefined {
  if (values.authType === OAUTH2) return 'OAuth2 authentication is not supported for cases webhook connector';
  const { createIncidentUrl, createCommentUrl, viewIncidentUrl, getIncidentUrl, updateIncidentUrl } = values;
  for (const url of [createIncidentUrl, createCommentUrl, viewIncidentUrl, getIncidentUrl, updateIncidentUrl]) {
    if (!url) continue;
    try {
      new URL(url);
    } catch (error) {
      return `${PREFIX}: unable to parse ${url}: ${String(error)}`;
    }
    try {
      egress.assertUrlAllowed(url);
    } catch (error) {
      return `${PREFIX}: ${errorText(error)}`;
    }
  }
  return undefined;
}

export function connectorProblem({ config, secrets }: Details<Config, Secrets>): string | undefined {
  const isEmpty = Object.values(secrets).every((value) => value === null);
  return config.hasAuth && isEmpty ? 'must specify a secrets configuration' : undefined;
}

/** Kibana saves such connectors, and says so when they run. */
export function isUnusable({ config, secrets }: Details<Config, Secrets>): boolean {
  const { hasAuth, getIncidentUrl, createIncidentUrl, viewIncidentUrl, updateIncidentUrl } = config;
  if ([getIncidentUrl, createIncidentUrl, viewIncidentUrl, updateIncidentUrl].includes('')) return true;
  if (usesBasic(config)) return !secrets.user || !secrets.password;
  return hasAuth && Object.keys(tlsOf(config, secrets)).length === 0;
}
