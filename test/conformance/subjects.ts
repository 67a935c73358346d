import { resolve } from 'node:path';
import { BUILT_IN_TYPES } from '../../src/connector-types/index.ts';
import type { AnyConnectorType, Sample } from '../../src/connectors/define.ts';
import { loadUserTypes } from '../../src/connectors/user-types.ts';
import type { ErrorCode } from '../../src/errors.ts';
import { cert } from '../support/http-servers.ts';
import type { ScriptedAnswer, Seen } from './http-target.ts';

/**
 * What the suite has to be told about a type beyond its declaration. Every member has a default; a type whose vendor
 * follows the customs of HTTP needs no line at all, and a type with several ways to its target has a line for each.
 */
export interface SubjectLine {
  /** Distinguishes the lines of one type. */
  readonly variant?: string;
  /** Instead of the sample's. URLs keep their paths and lead to the suite's own servers. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, unknown>>;
  /** Instead of the sample's, and required beside another config. */
  readonly expect?: Sample['expect'];
  /** Names of secrets that must be well-formed (certificates), so that no canary can stand for them. */
  readonly fixedSecrets?: readonly string[];
  /** What the vendor answers when all went well. Default: 200 with `{}`. */
  readonly ok?: ScriptedAnswer;
  /** Statuses that, with the body of {@link SubjectLine.ok}, mean delivered. Default: 200, 201, 202 and 204. */
  readonly delivers?: readonly number[];
  /** The type does not look into the body of a success. */
  readonly anyBody?: boolean;
  /** How many requests a run makes when each is answered with {@link SubjectLine.ok}. Default 1. */
  readonly requests?: number;
  /** The type takes any JSON object as a success. */
  readonly anyObject?: boolean;
  /**
   * Refusals that no repetition mends: the type does not say whether to try again, or says no; or it says yes to all, as
   * Kibana's framework for sub-actions does. Default `unsaid`.
   */
  readonly refused?: 'unsaid' | 'retry';
  /** 429 and 5xx: tried again, at the time that `Retry-After` names; or the type does not say. Default `retry`. */
  readonly busy?: 'retry' | 'unsaid';
  /** Code of an answer that is no success. Default: by {@link usualCode}. */
  readonly codeOf?: (status: number) => ErrorCode;
  /** What saving says of any host but the vendor's own; the suite's servers are excused from it. */
  readonly elsewhere?: RegExp;
  /** Default `follow`. */
  readonly redirects?: 'follow' | 'manual';
  /** What saving says while `allowedHosts` is empty, or undefined where the type has no check of its own then. */
  readonly refusedWhenSaving?: RegExp;
  /** Whether a request of the type's `test` changes something at the vendor. Default: unless GET, HEAD or OPTIONS. */
  readonly leavesTrace?: (request: Seen) => boolean;
  /** The type's `test` cannot tell whether the credentials are right, since its target may be anything. */
  readonly testIsLenient?: boolean;
  /** Only the credentials differ from an earlier line of the type, so only what depends on them is checked. */
  readonly sameTarget?: boolean;
}

/** One type in one of its configurations. */
export interface Subject {
  readonly name: string;
  readonly type: AnyConnectorType;
  readonly line: SubjectLine;
}

/** The code of an answer by its status, as the vendors' own documents use them (RFC 9110, section 15). */
export function usualCode(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'target_auth';
  if (status === 429) return 'target_rate_limited';
  return status >= 500 ? 'target_unavailable' : 'target_rejected';
}

const base64 = (name: string) => cert(name).toString('base64');

const OK_BULK = { took: 1, errors: false, items: [{ create: { _index: 'disk-alerts', _id: '1', status: 201 } }] };
const NOT_ALLOWED = /target url ".*" is not added to the Kibana config xpack\.actions\.allowedHosts/;

/** The answer to every request of a push: the new ticket, and the ticket that is asked for. */
const TICKET = { id: '10001', key: 'DISK-1' };
const CASES_WEBHOOK: SubjectLine = {
  ok: { body: TICKET },
  // Without a body there is no id in it.
  delivers: [200, 201, 202],
  requests: 2,
  refused: 'retry',
  refusedWhenSaving: NOT_ALLOWED,
  testIsLenient: true,
};
const CASES_WEBHOOK_SAMPLE = BUILT_IN_TYPES.find(({ id }) => id === '.cases-webhook')!.sample;
const CASES_WEBHOOK_REQUEST = { ...CASES_WEBHOOK_SAMPLE.expect!, headers: { 'content-type': 'application/json' } };

/** Opsgenie and Jira Service Management take a request and process it later. */
const ACCEPTED = {
  result: 'Request will be processed',
  took: 0.107,
  requestId: '43a29c5c-3dbf-4fa4-9c26-f4f71023e120',
};

/** The table. A new type needs a line only where it departs from the defaults of {@link SubjectLine}. */
const LINES: Readonly<Record<string, readonly SubjectLine[]>> = {
  '.webhook': [
    { anyBody: true, refusedWhenSaving: NOT_ALLOWED, testIsLenient: true },
    {
      variant: 'OAuth 2.0',
      config: {
        url: 'https://example.com/hooks/disk',
        authType: 'webhook-oauth2-client-credentials',
        accessTokenUrl: 'https://login.example.com/token',
        clientId: 'patchbay',
      },
      secrets: { clientSecret: 'a long secret' },
      expect: { method: 'POST', url: '/hooks/disk', body: { host: 'host-1', disk: 93 } },
      anyBody: true,
      refusedWhenSaving: NOT_ALLOWED,
      testIsLenient: true,
    },
    {
      variant: 'certificate and key',
      config: {
        url: 'https://example.com/hooks/disk',
        authType: 'webhook-authentication-ssl',
        certType: 'ssl-crt-key',
      },
      secrets: { crt: base64('client.crt'), key: base64('client.key') },
      fixedSecrets: ['crt', 'key'],
      sameTarget: true,
      expect: { method: 'POST', url: '/hooks/disk', body: { host: 'host-1', disk: 93 } },
      anyBody: true,
      refusedWhenSaving: NOT_ALLOWED,
      testIsLenient: true,
    },
    {
      variant: 'PFX file',
      config: { url: 'https://example.com/hooks/disk', authType: 'webhook-authentication-ssl', certType: 'ssl-pfx' },
      secrets: { pfx: base64('client.pfx') },
      fixedSecrets: ['pfx', 'password'],
      sameTarget: true,
      expect: { method: 'POST', url: '/hooks/disk', body: { host: 'host-1', disk: 93 } },
      anyBody: true,
      refusedWhenSaving: NOT_ALLOWED,
      testIsLenient: true,
    },
  ],
  '.slack': [
    {
      ok: { body: 'ok' },
      // Without a body there is no "ok" in it.
      delivers: [200, 201, 202],
      redirects: 'manual',
      refusedWhenSaving: NOT_ALLOWED,
      leavesTrace: ({ body }) => body !== '{}',
    },
  ],
  '.slack_api': [
    {
      ok: { body: { ok: true, channel: 'C0123ABCD', ts: '1503435956.000247', message: { text: 'hi' } } },
      // Without a body there is no "ok" in it.
      delivers: [200, 201, 202],
      refusedWhenSaving: NOT_ALLOWED,
    },
  ],
  '.teams': [
    {
      ok: { status: 202, body: '' },
      anyBody: true,
      refusedWhenSaving: NOT_ALLOWED,
      leavesTrace: ({ method }) => method !== 'GET',
    },
    {
      variant: 'Office 365 connector',
      secrets: { webhookUrl: 'https://example.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/d' },
      expect: {
        method: 'POST',
        url: '/webhookb2/a@b/IncomingWebhook/c/d',
        headers: { 'content-type': 'application/json' },
        body: { text: 'Disk of host-1 is 93 % full' },
      },
      ok: { body: '1' },
      anyBody: true,
      refusedWhenSaving: NOT_ALLOWED,
      leavesTrace: ({ body }) => body !== '{"text":""}',
    },
  ],
  '.pagerduty': [
    {
      ok: { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: 'disk:host-1' } },
      delivers: [202],
      anyBody: true,
      refusedWhenSaving: NOT_ALLOWED,
      // Resolves an alert that does not exist, which PagerDuty drops.
      leavesTrace: ({ body }) => !/^{"event_action":"resolve","dedup_key":"patchbay-check-[^"]+"}$/.test(body),
    },
  ],
  '.index': [{ ok: { body: OK_BULK }, delivers: [200, 201, 202] }],
  '.email': [
    { refusedWhenSaving: /\[host\] value '.*' is not in the allowedHosts configuration/ },
    {
      variant: 'Microsoft Graph',
      config: { service: 'exchange_server', from: 'alerts@example.com', tenantId: 'tenant-1', clientId: 'client-1' },
      secrets: { clientSecret: 'a long secret' },
      expect: {
        method: 'POST',
        url: '/v1.0/users/alerts@example.com/sendMail',
        headers: { 'content-type': 'application/json' },
      },
      ok: { status: 202 },
      delivers: [202],
      anyBody: true,
    },
  ],
  '.opsgenie': [
    {
      ok: { body: ACCEPTED },
      delivers: [200, 201, 202],
      refused: 'retry',
      refusedWhenSaving: NOT_ALLOWED,
      leavesTrace: ({ body }) => body !== '{}',
    },
  ],
  '.jira-service-management': [
    {
      ok: { body: ACCEPTED },
      delivers: [200, 201, 202],
      anyObject: true,
      refused: 'retry',
      refusedWhenSaving: NOT_ALLOWED,
      leavesTrace: ({ body }) => body !== '{}',
    },
  ],
  '.xsoar': [
    {
      ok: { status: 201, body: { id: '178791', name: 'Disk of host-1 is 93 % full' } },
      // Without a body there is no object in it.
      delivers: [200, 201, 202],
      anyObject: true,
      refused: 'retry',
      refusedWhenSaving: NOT_ALLOWED,
      leavesTrace: ({ url }) => url !== '/xsoar/public/v1/playbook/search',
    },
  ],
  '.xmatters': [
    { anyBody: true, refusedWhenSaving: NOT_ALLOWED },
    {
      variant: 'URL authentication',
      config: { usesBasic: false },
      secrets: { secretsUrl: 'https://example.xmatters.com/api/integration/1/functions/f/triggers?apiKey=1234-abcd' },
      expect: { method: 'POST', url: '/api/integration/1/functions/f/triggers?apiKey=1234-abcd' },
      anyBody: true,
      refusedWhenSaving: NOT_ALLOWED,
    },
  ],
  '.torq': [
    { anyBody: true, elsewhere: /url must begin with https:\/\/hooks\.torq\.io/, refusedWhenSaving: NOT_ALLOWED },
  ],
  '.tines': [
    {
      ok: { body: { stories: [{ id: 7, name: 'Alerts', published: true }], meta: { pages: 1 } } },
      delivers: [200, 201, 202],
      refused: 'retry',
      refusedWhenSaving: NOT_ALLOWED,
    },
  ],
  '.d3security': [
    {
      ok: { body: { refid: '80be4a0d-5f0e-4d6c-b00e-8cb918f7df1f' } },
      delivers: [200, 201, 202],
      refused: 'retry',
      refusedWhenSaving: NOT_ALLOWED,
    },
  ],
  '.cases-webhook': [
    CASES_WEBHOOK,
    {
      ...CASES_WEBHOOK,
      variant: 'certificate and key',
      config: {
        ...CASES_WEBHOOK_SAMPLE.config,
        authType: 'webhook-authentication-ssl',
        certType: 'ssl-crt-key',
      },
      secrets: { crt: base64('client.crt'), key: base64('client.key') },
      fixedSecrets: ['crt', 'key'],
      sameTarget: true,
      expect: CASES_WEBHOOK_REQUEST,
    },
    {
      ...CASES_WEBHOOK,
      variant: 'PFX file',
      config: { ...CASES_WEBHOOK_SAMPLE.config, authType: 'webhook-authentication-ssl', certType: 'ssl-pfx' },
      secrets: { pfx: base64('client.pfx') },
      fixedSecrets: ['pfx', 'password'],
      sameTarget: true,
      expect: CASES_WEBHOOK_REQUEST,
    },
    {
      ...CASES_WEBHOOK,
      variant: 'secret headers alone',
      config: { ...CASES_WEBHOOK_SAMPLE.config, hasAuth: false },
      secrets: { clientSecret: 'accepted, never used', secretHeaders: { 'x-planted': 'a long token' } },
      sameTarget: true,
      expect: CASES_WEBHOOK_REQUEST,
    },
  ],
  // Says "rejected" of everything but 200, and leaves it to the queue what comes of it: an example of 30 lines may.
  ntfy: [{ delivers: [200], anyBody: true, busy: 'unsaid', codeOf: () => 'target_rejected' }],
};

export function subjectsOf(type: AnyConnectorType): Subject[] {
  return (LINES[type.id] ?? [{}]).map((line) => ({
    name: line.variant === undefined ? type.id : `${type.id} (${line.variant})`,
    type,
    line,
  }));
}

/** The built-in types and the example of a user's own, loaded as `patchbay.connectorTypes` loads it. */
export async function everyType(): Promise<readonly AnyConnectorType[]> {
  const root = resolve(import.meta.dirname, '../..');
  const own = await loadUserTypes(
    ['examples/connector-types/*.ts'],
    root,
    BUILT_IN_TYPES.map(({ id }) => id),
  );
  return [...BUILT_IN_TYPES, ...own];
}
